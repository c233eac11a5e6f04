// A host of one plugin in Go, written from docs/prox.md: it calls every hook once and many at the same time, and prints what
// came of it as one JSON object. It reads the plugin as prox does: lines of 64 KiB at most, and Go's types for everything.
//
//	host PLUGIN [ARGUMENT...]
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"time"

	"gibbon-prox-peers/wire"

	"github.com/vmihailenco/msgpack/v5"
)

type push struct {
	Method string `json:"method"`
	Params struct {
		RouteID      string              `json:"route_id"`
		Action       string              `json:"action"`
		Targets      []string            `json:"targets"`
		Groups       map[string][]string `json:"groups"`
		DownloadMbps float64             `json:"download_mbps"`
		Socket       string              `json:"socket"`
		Hooks        []string            `json:"hooks"`
		Level        string              `json:"level"`
		Message      string              `json:"message"`
		Args         []any               `json:"args"`
	} `json:"params"`
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "host:", err)
		os.Exit(1)
	}
}

// call sends one call, and reads the answer into result unless it is nil.
func call(connection net.Conn, hook byte, data, result any) {
	framed, err := wire.Call(hook, data)
	must(err)
	must(connection.SetDeadline(time.Now().Add(20 * time.Second)))
	_, err = connection.Write(framed)
	must(err)
	if result == nil {
		return
	}
	payload, err := wire.ReadFrame(connection)
	must(err)
	must(msgpack.Unmarshal(payload, result))
}

func configure(stdin *json.Encoder, routes ...string) {
	for _, route := range routes {
		must(stdin.Encode(map[string]any{
			"method": "configure",
			"params": map[string]any{"route_id": route, "match": map[string]string{"domain": "*.**", "path": "/ws"}},
		}))
	}
}

func request(path, query string) *wire.RequestInfo {
	return &wire.RequestInfo{
		RouteID: "a:0", Method: "POST", Path: path, Query: query, Domain: "de.example.com", RemoteAddr: "192.0.2.1:9",
		ContentLength: 5_000_000_000, Headers: map[string]string{"X-Name": "Ann"}, Body: []byte{0, 255},
	}
}

func main() {
	plugin := exec.Command(os.Args[1], os.Args[2:]...)
	plugin.Stderr = os.Stderr
	stdin, err := plugin.StdinPipe()
	must(err)
	stdout, err := plugin.StdoutPipe()
	must(err)
	must(plugin.Start())

	ready := make(chan push, 32)
	pushes := []push{}
	notJSON := 0
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			var message push
			if json.Unmarshal(lines.Bytes(), &message) != nil {
				notJSON++
			} else if message.Method == "ready" {
				ready <- message
			} else if message.Method != "" {
				pushes = append(pushes, message)
			}
		}
	}()

	lifecycle := json.NewEncoder(stdin)
	configure(lifecycle, "a:0", "b:0")
	first := <-ready
	dial := func() net.Conn {
		connection, err := net.Dial("unix", first.Params.Socket)
		must(err)
		return connection
	}

	report := map[string]any{"hooks": first.Params.Hooks}
	connection := dial()
	for _, path := range []string{"/", "/deny", "/drop", "/fallback", "/throw"} {
		var verdict wire.AuthorizeResult
		call(connection, wire.OnRequest, request(path, "name=Bob"), &verdict)
		report[path] = verdict
	}
	var changes wire.ResponseModResult
	call(connection, wire.OnResponse, &wire.ResponsePair{
		Req: *request("/p", ""), Resp: wire.UpstreamResponseInfo{Status: 200, Headers: map[string]string{"Server": "x"}},
	}, &changes)
	report["response"] = changes
	for _, domain := range []string{"evil.example.com", "good.example.com"} {
		var verdict wire.ConnResult
		call(connection, wire.OnConnect, &wire.ConnInfo{RouteID: "a:0", Domain: domain}, &verdict)
		report[domain] = verdict.Allow
	}
	call(connection, wire.OnDisconnect, &wire.DisconnectInfo{RouteID: "a:0", BytesTx: 1 << 40}, nil)

	allowed := make(chan bool, 3200)
	var callers sync.WaitGroup
	for range 32 {
		callers.Add(1)
		go func() {
			defer callers.Done()
			own := dial()
			defer own.Close()
			for range 100 {
				var verdict wire.AuthorizeResult
				call(own, wire.OnRequest, request("/", ""), &verdict)
				allowed <- verdict.Allow
			}
		}()
	}
	configure(lifecycle, "a:0", "b:0")
	callers.Wait()
	close(allowed)
	count := 0
	for yes := range allowed {
		if yes {
			count++
		}
	}
	report["allowed"] = count
	time.Sleep(100 * time.Millisecond)

	connection.Close()
	stdin.Close()
	<-read
	report["exit"] = fmt.Sprint(plugin.Wait())
	report["readyAgain"] = len(ready)
	report["notJSON"] = notJSON
	report["pushes"] = pushes
	_, err = os.Stat(first.Params.Socket)
	report["socketGone"] = os.IsNotExist(err)
	must(json.NewEncoder(os.Stdout).Encode(report))
}
