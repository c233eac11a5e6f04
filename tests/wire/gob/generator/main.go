// Makes the golden gob streams, and checks streams that others made, with Go's own encoding/gob.
//
//	go run .                 writes the streams of all cases as JSON to stdout
//	go run . check           reads lines "CASE HEX", CASE with _ for blanks, and says of each whether Go decodes it to the case
//	go run . echo            reads lines "HEX", each a stream of one Everything, and encodes it again
package main

import (
	"bytes"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"strings"
)

func main() {
	switch {
	case len(os.Args) == 1:
		generate()
	case os.Args[1] == "one":
		one(os.Args[2])
	case os.Args[1] == "check":
		answer(check)
	case os.Args[1] == "echo":
		answer(echo)
	}
}

// generate runs each case in a process of its own: gob numbers types by process, not by stream.
func generate() {
	self, err := os.Executable()
	must(err)
	streams := map[string]json.RawMessage{}
	for _, c := range cases {
		output, err := exec.Command(self, "one", c.name).Output()
		must(err)
		streams[c.name] = output
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	must(encoder.Encode(map[string]any{"go": runtime.Version(), "streams": streams}))
}

// one writes the bytes of one case, those of each value by themselves.
func one(name string) {
	var buffer bytes.Buffer
	encoder := gob.NewEncoder(&buffer)
	chunks := []string{}
	for _, value := range find(name).values {
		must(encoder.Encode(value))
		chunks = append(chunks, hex.EncodeToString(buffer.Bytes()))
		buffer.Reset()
	}
	must(json.NewEncoder(os.Stdout).Encode(chunks))
}

// check decodes a stream into fresh variables of the case's types and compares.
func check(line string) string {
	name, text, _ := strings.Cut(line, " ")
	name = strings.ReplaceAll(name, "_", " ")
	stream, err := hex.DecodeString(text)
	must(err)
	decoder := gob.NewDecoder(bytes.NewReader(stream))
	c := find(name)
	expected := c.decoded
	if expected == nil {
		expected = c.values
	}
	for i, want := range expected {
		got := reflect.New(reflect.TypeOf(want))
		if err := decoder.DecodeValue(got); err != nil {
			return fmt.Sprintf("value %d: %v", i, err)
		}
		if !same(got.Elem().Interface(), want) {
			return fmt.Sprintf("value %d is %#v, not %#v", i, got.Elem().Interface(), want)
		}
	}
	if err := decoder.DecodeValue(reflect.Value{}); err != io.EOF {
		return fmt.Sprintf("more behind the last value: %v", err)
	}
	return "ok"
}

// same also takes NaN for NaN.
func same(got, want any) bool {
	return reflect.DeepEqual(got, want) || fmt.Sprintf("%#v", got) == fmt.Sprintf("%#v", want)
}

func echo(line string) string {
	stream, err := hex.DecodeString(line)
	must(err)
	var value Everything
	if err := gob.NewDecoder(bytes.NewReader(stream)).Decode(&value); err != nil {
		return err.Error()
	}
	var buffer bytes.Buffer
	must(gob.NewEncoder(&buffer).Encode(value))
	return hex.EncodeToString(buffer.Bytes())
}

// answer reads everything before it answers: not every parent writes and reads at the same time.
func answer(do func(string) string) {
	input, err := io.ReadAll(os.Stdin)
	must(err)
	for _, line := range strings.Split(strings.TrimSpace(string(input)), "\n") {
		fmt.Println(do(line))
	}
}

func find(name string) streamCase {
	for _, c := range cases {
		if c.name == name {
			return c
		}
	}
	panic("no case " + name)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
