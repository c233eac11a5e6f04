// The bare responder over ProtoBuf:1: answers the bench's events, and knows nothing of plugins. It
// shows what the load can put on a server. Started with the path of its socket.
package main

import (
	"bufio"
	"log"
	"net"
	"os"

	"gibbon/bench/wire"
)

func main() {
	listener, err := net.Listen("unix", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(conn, answers())
	}
}

// What an event's frames are answered with, by the number of frames before it in its event.
func answers() [][]byte {
	var all [][]byte
	for _, call := range wire.Calls {
		all = append(all, append(wire.Frame([]byte(call.Method)), wire.Frame(call.Arguments)...))
	}
	return append(all, append(wire.Frame(nil), returned(nil)...))
}

// The load's commands all carry this number.
func returned(message []byte) []byte {
	return wire.Frame(append(wire.VarintField(wire.Sequence, 1), message...))
}

func serve(conn net.Conn, answers [][]byte) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for turn := 0; ; turn++ {
		message, err := wire.ReadFrame(in)
		if err != nil {
			return
		}
		answer := answers[turn%len(answers)]
		if _, _, found := wire.Find(message, wire.StartInstance); turn == 0 && found {
			status := wire.VarintField(wire.InstanceID, 1)
			answer = returned(wire.BytesField(wire.InstanceStatus, status))
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}
