// Puts load on one plugin: callers that call on_request one after the other, each on a connection of its own. Prints one JSON
// object for each number of callers.
//
//	load SECONDS CALLERS[,CALLERS...] PLUGIN [ARGUMENT...]
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"gibbon-prox-peers/wire"

	"github.com/vmihailenco/msgpack/v5"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// start gives the socket of a plugin, and what ends it.
func start(args []string) (string, func()) {
	plugin := exec.Command(args[0], args[1:]...)
	plugin.Stderr = os.Stderr
	stdin, err := plugin.StdinPipe()
	must(err)
	stdout, err := plugin.StdoutPipe()
	must(err)
	must(plugin.Start())
	must(json.NewEncoder(stdin).Encode(map[string]any{"method": "configure", "params": map[string]any{"route_id": "a:0"}}))
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		var message struct {
			Method string
			Params struct{ Socket string }
		}
		if json.Unmarshal(lines.Bytes(), &message) == nil && message.Method == "ready" {
			go func() {
				for lines.Scan() {
				}
			}()
			return message.Params.Socket, func() {
				stdin.Close()
				must(plugin.Wait())
			}
		}
	}
	must(fmt.Errorf("the plugin never got ready"))
	return "", nil
}

// call makes calls on one connection until the time is up, and gives how long each took.
func call(socket string, until time.Time) []time.Duration {
	connection, err := net.Dial("unix", socket)
	must(err)
	defer connection.Close()
	reader := bufio.NewReader(connection)
	info := &wire.RequestInfo{
		RouteID: "a:0", Method: "GET", Path: "/api/users", Query: "page=2", Domain: "de.example.com", Host: "de.example.com",
		Proto: "HTTP/1.1", RemoteAddr: "192.0.2.7:51234", MatchDomain: "de", MatchGlob: "example.com", MatchPath: "/api/*",
		Headers: map[string]string{
			"Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": "bench", "Authorization": "Bearer 0123456789", "X-Name": "Ann",
		},
	}
	var took []time.Duration
	for {
		began := time.Now()
		if began.After(until) {
			return took
		}
		framed, err := wire.Call(wire.OnRequest, info)
		must(err)
		_, err = connection.Write(framed)
		must(err)
		payload, err := wire.ReadFrame(reader)
		must(err)
		var verdict wire.AuthorizeResult
		must(msgpack.Unmarshal(payload, &verdict))
		if !verdict.Allow {
			must(fmt.Errorf("a call was denied: %+v", verdict))
		}
		took = append(took, time.Since(began))
	}
}

func measure(socket string, callers int, length time.Duration) []time.Duration {
	results := make([][]time.Duration, callers)
	var running sync.WaitGroup
	until := time.Now().Add(length)
	for caller := range callers {
		running.Add(1)
		go func() {
			defer running.Done()
			results[caller] = call(socket, until)
		}()
	}
	running.Wait()
	all := slices.Concat(results...)
	slices.Sort(all)
	return all
}

func main() {
	seconds, err := strconv.ParseFloat(os.Args[1], 64)
	must(err)
	length := time.Duration(seconds * float64(time.Second))
	socket, stop := start(os.Args[3:])
	measure(socket, 8, length) // for the compilers
	for _, text := range strings.Split(os.Args[2], ",") {
		callers, err := strconv.Atoi(text)
		must(err)
		took := measure(socket, callers, length)
		micros := func(part float64) float64 { return float64(took[int(part*float64(len(took)-1))].Nanoseconds()) / 1000 }
		must(json.NewEncoder(os.Stdout).Encode(map[string]any{
			"callers": callers, "perSecond": float64(len(took)) / seconds, "p50": micros(0.5), "p99": micros(0.99),
		}))
	}
	stop()
}
