// Writes golden frames of prox's messages: Go's types, encoded by the library that prox encodes with.
//
//	go run ./generator > ../data/frames.json
package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"

	"gibbon-prox-peers/wire"

	"github.com/vmihailenco/msgpack/v5"
)

// golden is one frame. Value holds a message's fields by the names of gibbon's own types.
type golden struct {
	Name  string         `json:"name"`
	Hook  string         `json:"hook"`
	Kind  string         `json:"kind"`
	Frame string         `json:"frame"`
	Value map[string]any `json:"value"`
}

type object = map[string]any

var hooks = map[string]byte{
	"on_request": wire.OnRequest, "on_response": wire.OnResponse,
	"on_connect": wire.OnConnect, "on_disconnect": wire.OnDisconnect,
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func frame(payload []byte) string {
	return hex.EncodeToString(wire.Frame(payload))
}

func call(name, hook string, data any, value object) golden {
	framed, err := wire.Call(hooks[hook], data)
	must(err)
	return golden{name, hook, "call", hex.EncodeToString(framed), value}
}

// compactCall has every integer in as few bytes as it fits into.
func compactCall(name, hook string, data any, value object) golden {
	inner := compact(data)
	return golden{name, hook, "call", frame(compact(&wire.Envelope{Hook: hooks[hook], Data: inner})), value}
}

func compact(data any) []byte {
	var buffer bytes.Buffer
	encoder := msgpack.NewEncoder(&buffer)
	encoder.UseCompactInts(true)
	encoder.UseCompactFloats(true)
	must(encoder.Encode(data))
	return buffer.Bytes()
}

func result(name, hook string, data any, value object) golden {
	payload, err := msgpack.Marshal(data)
	must(err)
	return golden{name, hook, "result", frame(payload), value}
}

func compactResult(name, hook string, data any, value object) golden {
	return golden{name, hook, "result", frame(compact(data)), value}
}

func main() {
	fullRequest := wire.RequestInfo{
		RouteID: "gateway:0", Method: "POST", Path: "/api/ä", Query: "a=1&b=%20", Domain: "de.example.com",
		Host: "de.example.com:8443", Proto: "HTTP/1.1", RemoteAddr: "192.0.2.7:51234", ContentLength: 5_000_000_000,
		Headers: map[string]string{"Authorization": "Bearer x"}, Body: []byte{0, 0x80, 0xff, 'a'},
		MatchDomain: "de", MatchGlob: "example.com", MatchPath: "/api/*", Vars: map[string]string{"tier": "gold"},
		Target: "10.0.1.1:3505",
	}
	fullRequestValue := object{
		"routeId": "gateway:0", "method": "POST", "path": "/api/ä", "query": "a=1&b=%20", "domain": "de.example.com",
		"host": "de.example.com:8443", "proto": "HTTP/1.1", "remoteAddr": "192.0.2.7:51234", "contentLength": 5_000_000_000,
		"headers": object{"Authorization": "Bearer x"}, "body": "0080ff61",
		"matchDomain": "de", "matchGlob": "example.com", "matchPath": "/api/*", "vars": object{"tier": "gold"},
		"target": "10.0.1.1:3505",
	}
	bareRequest := wire.RequestInfo{RouteID: "r", Method: "GET", Path: "/", Domain: "d", RemoteAddr: "a", ContentLength: -1}
	bareRequestValue := object{
		"routeId": "r", "method": "GET", "path": "/", "domain": "d", "remoteAddr": "a", "contentLength": -1,
		"headers": object{},
	}
	frames := []golden{
		call("a request with everything", "on_request", &fullRequest, fullRequestValue),
		compactCall("a request in as few bytes as possible", "on_request", &fullRequest, fullRequestValue),
		call("a request with next to nothing, and nil headers", "on_request", &bareRequest, bareRequestValue),
		call("a response", "on_response",
			&wire.ResponsePair{fullRequest, wire.UpstreamResponseInfo{404, map[string]string{"Server": "x"}}},
			object{"req": fullRequestValue, "resp": object{"status": 404, "headers": object{"Server": "x"}}}),
		call("a connection", "on_connect",
			&wire.ConnInfo{"tcp:1", "db.example.com", "192.0.2.7:1", "db", "example.com"},
			object{"routeId": "tcp:1", "domain": "db.example.com", "remoteAddr": "192.0.2.7:1", "matchDomain": "db", "matchGlob": "example.com"}),
		call("a connection without matches", "on_connect", &wire.ConnInfo{RouteID: "tcp:1"}, object{"routeId": "tcp:1", "domain": "", "remoteAddr": ""}),
		call("a disconnect", "on_disconnect",
			&wire.DisconnectInfo{"tcp:1", "10.0.0.1:5432", "192.0.2.7:1", 1, 4_294_967_296, 0},
			object{"routeId": "tcp:1", "target": "10.0.0.1:5432", "remoteAddr": "192.0.2.7:1", "bytesRx": 1, "bytesTx": 4_294_967_296, "durationMs": 0}),
		call("a disconnect with the largest and the smallest numbers", "on_disconnect",
			&wire.DisconnectInfo{RouteID: "tcp:1", BytesRx: math.MaxInt64, BytesTx: math.MinInt64, DurationMs: math.MaxInt32},
			object{"routeId": "tcp:1", "remoteAddr": "", "bytesRx": float64(math.MaxInt64), "bytesTx": float64(math.MinInt64), "durationMs": math.MaxInt32}),
		result("permission", "on_request", &wire.AuthorizeResult{Allow: true}, object{"allow": true}),
		result("permission with everything", "on_request",
			&wire.AuthorizeResult{Allow: true, Headers: map[string]string{"X-User": "1"}, SpeedLimit: &wire.SpeedLimit{10, 2.5, "user-1"}, CleanQuery: true, RewritePath: "/v2"},
			object{"allow": true, "headers": object{"X-User": "1"}, "speedLimit": object{"downloadMbps": 10, "uploadMbps": 2.5, "groupKey": "user-1"}, "cleanQuery": true, "rewritePath": "/v2"}),
		compactResult("permission with a speed limit in as few bytes as possible", "on_request",
			&wire.AuthorizeResult{Allow: true, SpeedLimit: &wire.SpeedLimit{DownloadMbps: 10}},
			object{"allow": true, "speedLimit": object{"downloadMbps": 10}}),
		result("a denial", "on_request",
			&wire.AuthorizeResult{Status: 401, Body: "Unauthorized", Headers: map[string]string{"WWW-Authenticate": "Bearer"}},
			object{"allow": false, "status": 401, "body": "Unauthorized", "headers": object{"WWW-Authenticate": "Bearer"}}),
		result("a drop", "on_request", &wire.AuthorizeResult{Drop: true}, object{"allow": false, "drop": true}),
		result("a fallback", "on_request", &wire.AuthorizeResult{Fallback: true}, object{"allow": false, "fallback": true}),
		result("no change of a response", "on_response", &wire.ResponseModResult{}, object{}),
		result("changes of a response", "on_response",
			&wire.ResponseModResult{418, map[string]string{"X-Frame-Options": "DENY"}, []string{"Server", "Via"}},
			object{"status": 418, "headers": object{"X-Frame-Options": "DENY"}, "remove": []string{"Server", "Via"}}),
		result("an accepted connection", "on_connect", &wire.ConnResult{true}, object{"allow": true}),
		result("a rejected connection", "on_connect", &wire.ConnResult{false}, object{"allow": false}),
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	must(encoder.Encode(frames))
}
