// The hub's side: told what to do by lines of JSON on stdin, it says what happens in lines on stdout.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

type order struct {
	ID                        int
	Op, Plugin, Method, Trace string
	Payload                   json.RawMessage
	Seconds                   float64
	Callers                   int
}

type plugged struct {
	*link
	info    PluginInfo
	mu      sync.Mutex
	seq     uint64
	pending map[uint64]chan Envelope
	gone    chan struct{}
}

type hub struct {
	mu      sync.Mutex
	plugins map[string]*plugged
	out     sync.Mutex
}

func (h *hub) say(report map[string]any) {
	h.out.Lock()
	defer h.out.Unlock()
	line, _ := json.Marshal(report)
	fmt.Println(string(line))
}

func (h *hub) serve(conn net.Conn) {
	defer conn.Close()
	p := &plugged{link: newLink(conn), pending: map[uint64]chan Envelope{}, gone: make(chan struct{})}
	if err := p.dec.Decode(&p.info); err != nil {
		h.say(map[string]any{"event": "no handshake", "error": err.Error()})
		return
	}
	name := p.info.Name
	h.mu.Lock()
	_, taken := h.plugins[name]
	if !taken {
		h.plugins[name] = p
	}
	h.mu.Unlock()
	if taken {
		_ = p.write(Envelope{Method: "Shutdown", Error: "plugin name is not unique"})
		_ = p.dec.Decode(new(Envelope))
		h.say(map[string]any{"event": "refused", "plugin": name})
		return
	}
	h.say(map[string]any{"event": "connected", "plugin": name, "info": p.info})
	p.receive(h)
	h.mu.Lock()
	delete(h.plugins, name)
	h.mu.Unlock()
	h.say(map[string]any{"event": "disconnected", "plugin": name})
}

func (p *plugged) receive(h *hub) {
	defer p.fail()
	for {
		var e Envelope
		if err := p.dec.Decode(&e); err != nil {
			return
		}
		if e.Method == "Async" {
			h.say(map[string]any{"event": "async", "plugin": p.info.Name, "payload": raw(e.Payload)})
			continue
		}
		p.mu.Lock()
		answered := p.pending[e.Seq]
		delete(p.pending, e.Seq)
		p.mu.Unlock()
		if answered != nil {
			answered <- e
		}
	}
}

func (p *plugged) fail() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.gone)
	for _, answered := range p.pending {
		answered <- Envelope{Error: "the plugin is gone"}
	}
}

func (p *plugged) call(method, trace string, payload []byte) (Envelope, error) {
	answered := make(chan Envelope, 1)
	p.mu.Lock()
	seq := p.seq
	p.seq++
	p.pending[seq] = answered
	p.mu.Unlock()
	if err := p.write(Envelope{Seq: seq, Trace: trace, Method: method, Payload: payload}); err != nil {
		return Envelope{}, err
	}
	e := <-answered
	if e.Error != "" {
		return e, errors.New(e.Error)
	}
	return e, nil
}

func (h *hub) carryOut(o order) {
	h.mu.Lock()
	p := h.plugins[o.Plugin]
	h.mu.Unlock()
	if p == nil {
		h.say(map[string]any{"id": o.ID, "error": "plugin " + o.Plugin + " not found"})
		return
	}
	switch o.Op {
	case "call":
		e, err := p.call(o.Method, o.Trace, o.Payload)
		if err != nil {
			h.say(map[string]any{"id": o.ID, "error": err.Error()})
		} else {
			h.say(map[string]any{"id": o.ID, "result": raw(e.Payload), "empty": len(e.Payload) == 0})
		}
	case "unplug":
		_ = p.write(Envelope{Trace: o.Trace, Method: "Shutdown"})
		<-p.gone
		h.say(map[string]any{"id": o.ID})
	case "bench":
		h.say(map[string]any{"id": o.ID, "calls": p.bench(o)})
	}
}

type pair struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
}

// add is a call as a caller has it: values in and out, with JSON between.
func (p *plugged) add(in pair) (sum float64, err error) {
	payload, err := json.Marshal(in)
	if err != nil {
		return 0, err
	}
	e, err := p.call("add", "", payload)
	if err != nil {
		return 0, err
	}
	return sum, json.Unmarshal(e.Payload, &sum)
}

// bench counts the calls of so many callers, each with one under way, after a quarter of warming up.
func (p *plugged) bench(o order) int64 {
	var calls atomic.Int64
	var counting, over atomic.Bool
	var callers sync.WaitGroup
	for range o.Callers {
		callers.Add(1)
		go func() {
			defer callers.Done()
			for n := 0.0; !over.Load(); n++ {
				if sum, err := p.add(pair{n, 1}); err != nil || sum != n+1 {
					return
				}
				if counting.Load() {
					calls.Add(1)
				}
			}
		}()
	}
	whole := time.Duration(o.Seconds * float64(time.Second))
	time.Sleep(whole / 4)
	counting.Store(true)
	time.Sleep(whole)
	counting.Store(false)
	over.Store(true)
	callers.Wait()
	return calls.Load()
}

func runHub(address string) error {
	listener, err := net.Listen(network(address), address)
	if err != nil {
		return err
	}
	h := &hub{plugins: map[string]*plugged{}}
	h.say(map[string]any{"event": "listening", "address": listener.Addr().String()})
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go h.serve(conn)
		}
	}()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var o order
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			return err
		}
		go h.carryOut(o)
	}
	return listener.Close()
}
