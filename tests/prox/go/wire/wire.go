// Package wire has the messages of prox's hooks as Go has them, and the frames that they go in.
package wire

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/vmihailenco/msgpack/v5"
)

// MaxFrame is the longest frame, in bytes.
const MaxFrame = 1 << 20

// Numbers of the hooks.
const (
	OnRequest byte = iota + 1
	OnResponse
	OnConnect
	OnDisconnect
)

type Envelope struct {
	Hook byte   `msgpack:"t"`
	Data []byte `msgpack:"d"`
}

type RequestInfo struct {
	RouteID       string            `msgpack:"r"`
	Method        string            `msgpack:"m"`
	Path          string            `msgpack:"p"`
	Query         string            `msgpack:"q,omitempty"`
	Domain        string            `msgpack:"d"`
	Host          string            `msgpack:"ho,omitempty"`
	Proto         string            `msgpack:"pr,omitempty"`
	RemoteAddr    string            `msgpack:"a"`
	ContentLength int64             `msgpack:"cl,omitempty"`
	Headers       map[string]string `msgpack:"h"`
	Body          []byte            `msgpack:"bd,omitempty"`
	MatchDomain   string            `msgpack:"md,omitempty"`
	MatchGlob     string            `msgpack:"mg,omitempty"`
	MatchPath     string            `msgpack:"mp,omitempty"`
	Vars          map[string]string `msgpack:"v,omitempty"`
	Target        string            `msgpack:"tg,omitempty"`
}

type SpeedLimit struct {
	DownloadMbps float64 `msgpack:"dl,omitempty"`
	UploadMbps   float64 `msgpack:"ul,omitempty"`
	GroupKey     string  `msgpack:"gk,omitempty"`
}

type AuthorizeResult struct {
	Allow       bool              `msgpack:"ok"`
	Drop        bool              `msgpack:"dr,omitempty"`
	Fallback    bool              `msgpack:"fb,omitempty"`
	Status      int               `msgpack:"s,omitempty"`
	Body        string            `msgpack:"b,omitempty"`
	Headers     map[string]string `msgpack:"h,omitempty"`
	SpeedLimit  *SpeedLimit       `msgpack:"sp,omitempty"`
	CleanQuery  bool              `msgpack:"cq,omitempty"`
	RewritePath string            `msgpack:"rp,omitempty"`
}

type UpstreamResponseInfo struct {
	Status  int               `msgpack:"s"`
	Headers map[string]string `msgpack:"h"`
}

type ResponsePair struct {
	Req  RequestInfo          `msgpack:"req"`
	Resp UpstreamResponseInfo `msgpack:"resp"`
}

type ResponseModResult struct {
	Status  int               `msgpack:"s,omitempty"`
	Headers map[string]string `msgpack:"h,omitempty"`
	Remove  []string          `msgpack:"rm,omitempty"`
}

type ConnInfo struct {
	RouteID     string `msgpack:"r"`
	Domain      string `msgpack:"d"`
	RemoteAddr  string `msgpack:"a"`
	MatchDomain string `msgpack:"md,omitempty"`
	MatchGlob   string `msgpack:"mg,omitempty"`
}

type ConnResult struct {
	Allow bool `msgpack:"ok"`
}

type DisconnectInfo struct {
	RouteID    string `msgpack:"r"`
	Target     string `msgpack:"tg,omitempty"`
	RemoteAddr string `msgpack:"a"`
	BytesRx    int64  `msgpack:"rx"`
	BytesTx    int64  `msgpack:"tx"`
	DurationMs int64  `msgpack:"ms"`
}

// Frame puts a payload's length in front of it.
func Frame(payload []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))), payload...)
}

// ReadFrame reads one frame's payload.
func ReadFrame(from io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(head[:])
	if length > MaxFrame {
		return nil, fmt.Errorf("a frame of %d bytes", length)
	}
	payload := make([]byte, length)
	_, err := io.ReadFull(from, payload)
	return payload, err
}

// Call makes the frame of a call.
func Call(hook byte, data any) ([]byte, error) {
	inner, err := msgpack.Marshal(data)
	if err != nil {
		return nil, err
	}
	outer, err := msgpack.Marshal(&Envelope{Hook: hook, Data: inner})
	return Frame(outer), err
}
