// A plugin for prox in Go, written from docs/prox.md: the peer of gibbon's host in tests, and the control in the bench.
// Like prox's own SDK it says ready after every configure, and reads and writes a frame's length and its payload each by a
// system call of its own.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"

	"gibbon-prox-peers/wire"

	"github.com/vmihailenco/msgpack/v5"
)

var stdout sync.Mutex

func say(message any) {
	stdout.Lock()
	defer stdout.Unlock()
	_ = json.NewEncoder(os.Stdout).Encode(message)
}

func push(method string, params any) { say(map[string]any{"method": method, "params": params}) }

func request(info *wire.RequestInfo) *wire.AuthorizeResult {
	switch info.Path {
	case "/deny":
		return &wire.AuthorizeResult{Status: 401, Body: "Who are you?\n", Headers: map[string]string{"WWW-Authenticate": "Bearer"}}
	case "/drop":
		return &wire.AuthorizeResult{Drop: true}
	case "/fallback":
		return &wire.AuthorizeResult{Fallback: true}
	}
	return &wire.AuthorizeResult{
		Allow:      true,
		Headers:    map[string]string{"X-Greeting": info.Headers["X-Name"]},
		SpeedLimit: &wire.SpeedLimit{DownloadMbps: 2.5, GroupKey: info.MatchDomain},
	}
}

func answer(call *wire.Envelope) (any, error) {
	switch call.Hook {
	case wire.OnRequest:
		var info wire.RequestInfo
		err := msgpack.Unmarshal(call.Data, &info)
		return request(&info), err
	case wire.OnResponse:
		var pair wire.ResponsePair
		err := msgpack.Unmarshal(call.Data, &pair)
		return &wire.ResponseModResult{
			Status: pair.Resp.Status + 3, Headers: map[string]string{"X-Path": pair.Req.Path}, Remove: []string{"Server"},
		}, err
	case wire.OnConnect:
		var info wire.ConnInfo
		err := msgpack.Unmarshal(call.Data, &info)
		return &wire.ConnResult{Allow: info.Domain != "evil.example.com"}, err
	case wire.OnDisconnect:
		var info wire.DisconnectInfo
		err := msgpack.Unmarshal(call.Data, &info)
		push("log", map[string]any{"level": "info", "message": "disconnected", "args": []any{"bytes", info.BytesTx}})
		return nil, err
	}
	return nil, fmt.Errorf("no hook %d", call.Hook)
}

func serve(connection net.Conn) {
	defer connection.Close()
	for {
		payload, err := wire.ReadFrame(connection)
		if err != nil {
			return
		}
		var call wire.Envelope
		if err := msgpack.Unmarshal(payload, &call); err != nil {
			fmt.Fprintln(os.Stderr, "no call:", err)
			return
		}
		result, err := answer(&call)
		if err != nil {
			fmt.Fprintln(os.Stderr, "no data:", err)
			return
		}
		if result == nil {
			continue
		}
		encoded, _ := msgpack.Marshal(result)
		framed := wire.Frame(encoded)
		for _, part := range [][]byte{framed[:4], framed[4:]} {
			if _, err := connection.Write(part); err != nil {
				return
			}
		}
	}
}

func main() {
	folder, err := os.MkdirTemp("", "prox-go-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	socket := filepath.Join(folder, "socket")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(connection)
		}
	}()
	lines := bufio.NewScanner(os.Stdin)
	for routes := 1; lines.Scan(); routes++ {
		say(map[string]string{"result": "ok"})
		push("ready", map[string]any{"socket": socket, "hooks": []string{"on_request", "on_response", "on_connect", "on_disconnect"}})
		push("set_targets", map[string]any{"action": "dynamic", "targets": []string{fmt.Sprintf("127.0.0.1:%d", routes)}})
	}
}
