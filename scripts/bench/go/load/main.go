// The load over ProtoBuf:1: keeps connections busy with events and counts. Started with an order as
// JSON; prints a tally as JSON.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"

	"log"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"gibbon/bench/wire"
)

// Order says what to do.
type Order struct {
	Socket      string `json:"socket"`
	Plugin      string `json:"plugin"`
	Connections int    `json:"connections"`
	WarmUpMs    int    `json:"warmUpMs"`
	CountMs     int    `json:"countMs"`
}

// Tally says what was counted.
type Tally struct {
	// Events that ended while it was counted, and with those of the warm-up.
	Events int `json:"events"`
	Total  int `json:"total"`
	// Events by their duration, a slot of 10 microseconds each.
	Durations [][2]int `json:"durations"`
	// Cores that this process kept busy.
	Busy float64 `json:"busy"`
}

const slot = 10 * time.Microsecond

// Durations past this are counted as this: 10 s.
const slots = 1_000_000

func main() {
	var order Order
	if err := json.Unmarshal([]byte(os.Args[1]), &order); err != nil {
		log.Fatal(err)
	}
	tally, err := run(order)
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(tally); err != nil {
		log.Fatal(err)
	}
}

func run(order Order) (*Tally, error) {
	instance, err := startInstance(order)
	if err != nil {
		return nil, err
	}
	from := time.Now().Add(time.Duration(order.WarmUpMs) * time.Millisecond)
	until := from.Add(time.Duration(order.CountMs) * time.Millisecond)
	lanes := make([]*lane, order.Connections)
	errs := make([]error, order.Connections)
	var all sync.WaitGroup
	for i := range lanes {
		lanes[i] = &lane{counts: map[int]int{}}
		all.Add(1)
		go func() {
			defer all.Done()
			errs[i] = lanes[i].run(order.Socket, instance, from, until)
		}()
	}
	time.Sleep(time.Until(from))
	before := cpuTime()
	time.Sleep(time.Until(until))
	used := cpuTime() - before
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return sum(lanes, used.Seconds()/until.Sub(from).Seconds()), nil
}

func sum(lanes []*lane, busy float64) *Tally {
	tally := &Tally{Busy: busy}
	counts := map[int]int{}
	for _, lane := range lanes {
		tally.Total += lane.total
		for slot, events := range lane.counts {
			counts[slot] += events
			tally.Events += events
		}
	}
	for slot, events := range counts {
		tally.Durations = append(tally.Durations, [2]int{slot, events})
	}
	return tally
}

// One connection's events, one after the other.
type lane struct {
	counts map[int]int
	total  int
}

func (l *lane) run(socket string, instance uint64, from, until time.Time) error {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	access := append(wire.VarintField(1, instance), wire.BytesField(2, []byte("access"))...)
	begin := command(wire.HandleEvent, access)
	answers := make([][]byte, len(wire.Calls))
	for i, call := range wire.Calls {
		answers[i] = wire.Frame(call.Answer)
	}
	for {
		begun := time.Now()
		if err := event(conn, in, begin, answers); err != nil {
			return err
		}
		ended := time.Now()
		l.total++
		if ended.After(until) {
			return nil
		}
		if !begun.Before(from) {
			l.counts[min(int(ended.Sub(begun)/slot), slots)]++
		}
	}
}

// One event: three calls, each in two frames, then an empty frame and the command's answer.
func event(conn net.Conn, in *bufio.Reader, begin []byte, answers [][]byte) error {
	if _, err := conn.Write(begin); err != nil {
		return err
	}
	for i, call := range wire.Calls {
		method, err := wire.ReadFrame(in)
		if err != nil {
			return err
		}
		if string(method) != call.Method {
			return fmt.Errorf("the server called %q instead of %s", method, call.Method)
		}
		if _, err := wire.ReadFrame(in); err != nil {
			return err
		}
		if _, err := conn.Write(answers[i]); err != nil {
			return err
		}
	}
	if end, err := wire.ReadFrame(in); err != nil || len(end) != 0 {
		return fmt.Errorf("the event did not end: %q, %v", end, err)
	}
	_, err := wire.ReadFrame(in)
	return err
}

func startInstance(order Order) (uint64, error) {
	conn, err := net.Dial("unix", order.Socket)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	start := append(wire.BytesField(1, []byte(order.Plugin)), wire.BytesField(2, []byte("{}"))...)
	if _, err := conn.Write(command(wire.StartInstance, start)); err != nil {
		return 0, err
	}
	answer, err := wire.ReadFrame(bufio.NewReader(conn))
	if err != nil {
		return 0, fmt.Errorf("no instance: %w", err)
	}
	_, status, _ := wire.Find(answer, wire.InstanceStatus)
	id, _, found := wire.Find(status, wire.InstanceID)
	if !found {
		return 0, fmt.Errorf("no instance: %q", answer)
	}
	return id, nil
}

// A command as a frame. One is under way on a connection, so all have the same number.
func command(field int, message []byte) []byte {
	return wire.Frame(append(wire.VarintField(wire.Sequence, 1), wire.BytesField(field, message)...))
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
