// The plugin's side: methods for everything that a hub can be tried with.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

type call struct {
	link  *link
	trace string
	input json.RawMessage
}

var methods = map[string]func(c call) (any, error){
	"echo": func(c call) (any, error) { return c.input, nil },
	"add": func(c call) (any, error) {
		var in struct{ A, B float64 }
		err := json.Unmarshal(c.input, &in)
		return in.A + in.B, err
	},
	"nothing": func(call) (any, error) { return nil, nil },
	"trace":   func(c call) (any, error) { return c.trace, nil },
	"fail":    func(call) (any, error) { return nil, errors.New("went wrong on purpose") },
	"panic":   func(call) (any, error) { panic("on purpose") },
	"slow": func(c call) (any, error) {
		var ms int
		err := json.Unmarshal(c.input, &ms)
		time.Sleep(time.Duration(ms) * time.Millisecond)
		return ms, err
	},
	"announce": func(c call) (any, error) {
		return true, c.link.write(Envelope{Method: "Async", Payload: c.input})
	},
	"flood": func(c call) (any, error) {
		var count int
		err := json.Unmarshal(c.input, &count)
		payload, _ := json.Marshal(strings.Repeat("x", 1000))
		for range count {
			_ = c.link.write(Envelope{Method: "Async", Payload: payload})
		}
		return count, err
	},
}

func describe() map[string]Function {
	float := Entity{Type: "float64"}
	pair := Entity{Type: "struct", Fields: []Entity{
		{Name: "a", Type: "float64", Mandatory: true},
		{Name: "b", Type: "float64"},
		{Name: "more", Type: "[]struct", Fields: []Entity{
			{Name: "tags", Type: "map[string]string", Mandatory: true},
		}},
	}}
	functions := map[string]Function{}
	for name := range methods {
		functions[name] = Function{Name: name, Input: &Entity{Type: "interface"}}
	}
	functions["add"] = Function{Name: "add", Input: &pair, Output: &float}
	return functions
}

func run(c call, method string) (result any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	fn, found := methods[method]
	if !found {
		return nil, errors.New("method not found")
	}
	return fn(c)
}

func answer(l *link, e Envelope) {
	result, err := run(call{l, e.Trace, e.Payload}, e.Method)
	if err != nil {
		e.Error, e.Payload = err.Error(), nil
	} else if result != nil {
		// A nil result leaves the request's payload where it is, as Go's plugin does.
		if e.Payload, err = json.Marshal(result); err != nil {
			e.Error, e.Payload = err.Error(), nil
		}
	}
	_ = l.write(e)
}

// runPlugin connects and answers until the hub says Shutdown or is gone.
func runPlugin(address, name, version string, older bool) error {
	conn, err := net.Dial(network(address), address)
	if err != nil {
		return err
	}
	defer conn.Close()
	l := newLink(conn)
	if err := l.write(handshake(name, version, older)); err != nil {
		return err
	}
	var underWay sync.WaitGroup
	for {
		var e Envelope
		if err := l.dec.Decode(&e); err != nil {
			return err
		}
		if e.Method == "Shutdown" {
			underWay.Wait()
			if e.Error != "" {
				return errors.New("refused: " + e.Error)
			}
			fmt.Fprintln(os.Stderr, "stopped")
			return nil
		}
		underWay.Add(1)
		go func() {
			defer underWay.Done()
			answer(l, e)
		}()
	}
}

func handshake(name, version string, older bool) any {
	if !older {
		return PluginInfo{name, version, describe()}
	}
	info := OlderInfo{Name: name, Version: version}
	for _, function := range describe() {
		info.Functions = append(info.Functions, function)
	}
	return info
}
