// Package wire is as much of ProtoBuf:1 as the bench needs: frames, and fields of messages.
package wire

import (
	"bufio"
	"encoding/binary"
)

// Fields of Kong's messages RpcCall, RpcReturn and InstanceStatus.
const (
	Sequence       = 1
	StartInstance  = 33
	HandleEvent    = 36
	InstanceStatus = 33
	InstanceID     = 2
)

// Call is a PDK call of the bench's plugin.
type Call struct {
	Method string
	// Arguments as the plugin makes them, and what the gateway answers: messages.
	Arguments, Answer []byte
}

// Calls are those of one event.
var Calls = []Call{
	{"kong.request.get_header", []byte("\x0a\x04host"), []byte("\x0a\x0bexample.com")},
	{"kong.client.get_ip", nil, []byte("\x0a\x09127.0.0.1")},
	{"kong.response.set_header", []byte("\x0a\x07x-bench\x12\x03\x1a\x011"), nil},
}

// Frame gives a message as a frame: its length, then itself.
func Frame(message []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(message))), message...)
}

// ReadFrame gives the next frame's message; it holds until the next one is read.
func ReadFrame(in *bufio.Reader) ([]byte, error) {
	head, err := in.Peek(4)
	if err != nil {
		return nil, err
	}
	length := int(binary.LittleEndian.Uint32(head))
	whole, err := in.Peek(4 + length)
	if err != nil {
		return nil, err
	}
	_, err = in.Discard(len(whole))
	return whole[4:], err
}

// VarintField gives a field with an integer that is not negative.
func VarintField(number int, value uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, uint64(number)<<3), value)
}

// BytesField gives a field with bytes, text or a message.
func BytesField(number int, value []byte) []byte {
	head := binary.AppendUvarint(binary.AppendUvarint(nil, uint64(number)<<3|2), uint64(len(value)))
	return append(head, value...)
}

// Find gives the field of a message, if it is there and nothing but integers and bytes are before it:
// an integer, or the length of the bytes and the bytes.
func Find(message []byte, number int) (value uint64, bytes []byte, found bool) {
	for len(message) > 0 {
		tag, tagBytes := binary.Uvarint(message)
		if tagBytes <= 0 {
			return 0, nil, false
		}
		value, valueBytes := binary.Uvarint(message[tagBytes:])
		if valueBytes <= 0 {
			return 0, nil, false
		}
		message = message[tagBytes+valueBytes:]
		bytes = nil
		if tag&7 == 2 {
			if value > uint64(len(message)) {
				return 0, nil, false
			}
			bytes, message = message[:value], message[value:]
		}
		if int(tag>>3) == number {
			return value, bytes, true
		}
	}
	return 0, nil, false
}
