// The messages between hub and plugin, and a connection that carries them in gob.
package main

import (
	"encoding/gob"
	"encoding/json"
	"net"
	"strings"
	"sync"
)

type Entity struct {
	Name, Type string
	Mandatory  bool
	Fields     []Entity
}

type Function struct {
	Name          string
	Input, Output *Entity
}

type PluginInfo struct {
	Name, Version string
	Functions     map[string]Function
}

// OlderInfo is what plugins before 0.0.19 said of themselves.
type OlderInfo struct {
	Name, Version string
	Functions     []Function
}

type Envelope struct {
	Seq                  uint64
	Trace, Method, Error string
	Payload              []byte
}

type link struct {
	conn    net.Conn
	writing sync.Mutex
	enc     *gob.Encoder
	dec     *gob.Decoder
}

func newLink(conn net.Conn) *link {
	return &link{conn: conn, enc: gob.NewEncoder(conn), dec: gob.NewDecoder(conn)}
}

func (l *link) write(value any) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	return l.enc.Encode(value)
}

func network(address string) string {
	if strings.Contains(address, "/") {
		return "unix"
	}
	return "tcp"
}

// raw is the payload as JSON for a report; nothing is null.
func raw(payload []byte) json.RawMessage {
	if len(payload) == 0 {
		return json.RawMessage("null")
	}
	return payload
}
