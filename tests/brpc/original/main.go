// brpc itself as a hub or a plugin, for tests that have its source. The hub is told what to do by lines of
// JSON on stdin, and says what happens in lines on stdout, as the peer's does.
//
//	original hub ADDRESS
//	original plugin ADDRESS NAME VERSION
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/easysy/brpc"
)

type order struct {
	ID                        int
	Op, Plugin, Method, Trace string
	Payload                   json.RawMessage
}

type hub struct {
	socket brpc.Socket
	values atomic.Int64
	out    sync.Mutex
}

func (h *hub) say(report map[string]any) {
	h.out.Lock()
	defer h.out.Unlock()
	line, _ := json.Marshal(report)
	fmt.Println(string(line))
}

// read counts what plugins send, and says what the hub itself says of them.
func (h *hub) read() {
	for {
		data, err := h.socket.Async()
		if err != nil {
			return
		}
		word, isText := data.Payload.(string)
		if isText && strings.HasSuffix(word, "connected") {
			h.say(map[string]any{"event": word, "plugin": data.Name})
		} else {
			h.values.Add(1)
		}
	}
}

func (h *hub) carryOut(o order) {
	report := map[string]any{"id": o.ID}
	switch o.Op {
	case "call":
		var payload any
		if len(o.Payload) > 0 {
			payload = o.Payload
		}
		result, err := h.socket.Call(o.Trace, o.Plugin, o.Method, payload)
		if err != nil {
			report["error"] = err.Error()
		} else {
			report["result"] = result
		}
	case "info":
		report["info"] = h.socket.PluginInfo(o.Plugin)
	case "values":
		report["values"] = h.values.Load()
	case "unplug":
		h.socket.Unplug(o.Trace, o.Plugin)
	case "shutdown":
		_ = h.socket.Shutdown(o.Trace)
	}
	h.say(report)
}

func runHub(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	h := &hub{}
	h.socket.Serve(listener)
	go h.read()
	h.say(map[string]any{"event": "listening", "address": listener.Addr().String()})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var o order
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			return err
		}
		go h.carryOut(o)
	}
	return nil
}

type traceKey struct{}

type pair struct {
	A      float64 `json:"a"`
	B      float64 `json:"b,omitempty"`
	Hidden string  `json:"hidden" brpc:"-"`
}

type sample struct{ hook chan any }

func (s *sample) UseAsyncHook(hook chan any) { s.hook = hook }

func (s *sample) Echo(_ context.Context, in any) (any, error) { return in, nil }

func (s *sample) Add(_ context.Context, in pair) (float64, error) { return in.A + in.B, nil }

func (s *sample) Fail(context.Context, any) (any, error) {
	return nil, errors.New("went wrong on purpose")
}

func (s *sample) Panic(context.Context, any) (any, error) { panic("on purpose") }

func (s *sample) Trace(ctx context.Context, _ any) (any, error) {
	return ctx.Value(traceKey{}), nil
}

func (s *sample) Slow(_ context.Context, ms int) (int, error) {
	time.Sleep(time.Duration(ms) * time.Millisecond)
	return ms, nil
}

func (s *sample) Burst(_ context.Context, count int) (int, error) {
	for i := range count {
		s.hook <- i
	}
	return count, nil
}

func runPlugin(address, name, version string) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	info := &brpc.PluginInfo{Name: name, Version: version}
	return new(brpc.Plugin).Start(&sample{}, info, conn, traceKey{})
}

func main() {
	var err error
	switch args := os.Args[1:]; {
	case len(args) == 2 && args[0] == "hub":
		err = runHub(args[1])
	case len(args) == 4 && args[0] == "plugin":
		err = runPlugin(args[1], args[2], args[3])
	default:
		err = errors.New("usage: original hub ADDRESS | original plugin ADDRESS NAME VERSION")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
