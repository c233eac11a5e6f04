// The cases: what is encoded on one stream each. tests/wire/gob/cases.ts says the same in TypeScript.
package main

import (
	"math"
	"strings"
	"time"
)

type streamCase struct {
	name   string
	values []any
	// What Go itself decodes the values to, where that is not what they were.
	decoded []any
}

var (
	seven  = 7
	zero   = 0
	text   = "text"
	point  = Point{1, -2}
	atWill = &point
	list   = []int{1, 2}
	ages   = map[string]int{"one": 1}
	boxed  = any(Box{"boxed", 5, 6})
)

func moment(zone *time.Location) time.Time {
	return time.Date(2024, 2, 29, 12, 34, 56, 789012345, zone)
}

var cases = []streamCase{
	{name: "bool", values: []any{true, false}},
	{name: "int", values: []any{0, 1, -1, 63, 64, -64, -65, 127, 128, -128, -129, 255, 256, 1 << 31, -1 << 31}},
	{name: "int large", values: []any{1<<52 - 1, 1 << 52, -1 << 52, 1<<53 - 1, 1 - 1<<53}},
	{name: "int64", values: []any{int64(1) << 53, int64(-1) << 53, int64(1)<<53 + 1, int64(math.MaxInt64), int64(math.MinInt64), int64(5)}},
	{name: "uint", values: []any{uint(0), uint(127), uint(128), uint(255), uint(256), uint(65535), uint(1 << 32), uint(1<<53 - 1)}},
	{name: "uint64", values: []any{uint64(1) << 53, uint64(1)<<53 + 1, uint64(math.MaxUint64), uint64(5)}},
	{name: "float", values: []any{0.0, 1.0, 17.0, -17.0, 0.1, math.Pi, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), float64(float32(0.1))}},
	{name: "float minus zero", values: []any{math.Copysign(0, -1)}},
	{name: "float NaN", values: []any{math.NaN()}},
	{name: "complex", values: []any{complex(0, 0), complex(1.5, -2), complex64(complex(0, 1))}},
	{name: "string", values: []any{"", "hello", "grüß dich", "\u65e5\u672c \U0001F9A7", strings.Repeat("x", 42), strings.Repeat("é", 42), strings.Repeat("long ", 100), "\ufeffmark\x00end"}},
	{name: "string ill-formed", values: []any{"a\xffb"}},
	{name: "bytes", values: []any{[]byte(nil), []byte{0, 1, 254, 255}, []byte(strings.Repeat("b", 300))}},
	{name: "large", values: []any{[]byte(strings.Repeat("z", 70000)), "after"}},
	{name: "slice", values: []any{[]int{1, -2, 300}, []int(nil), []string{"a", "", "c"}, []bool{true, false}, []float64{0, 0.5}, [][]int{{1}, nil, {2, 3}}, []uint16{1, 65535}}},
	{name: "named slice", values: []any{Names{"red", "green"}}},
	{name: "array", values: []any{[3]int{1, 0, 3}, [4]byte{0, 127, 128, 255}, [2][2]string{{"a", "b"}, {"", "d"}}, [0]int{}}},
	{name: "map", values: []any{map[string]int{"one": 1}, map[string]int{}, map[int]string{-5: "minus five"}, map[Point]bool{{1, 2}: false}, map[string]map[string]int{"a": {"b": 0}}}},
	{name: "map of many", values: []any{map[string]int{"one": 1, "two": 2, "three": 3, "__proto__": 4}}},
	{name: "struct", values: []any{point, Point{}, Point{Y: 5}}},
	{name: "scalars", values: []any{
		Scalars{true, -8, -16, -32, -64, 1, 8, 16, 32, 64, 1, 1.5, 2.5, complex(1, 2), "text", []byte("bytes")},
		Scalars{},
		Scalars{Uint8: 255, Bytes: []byte{}},
	}, decoded: []any{
		Scalars{true, -8, -16, -32, -64, 1, 8, 16, 32, 64, 1, 1.5, 2.5, complex(1, 2), "text", []byte("bytes")},
		Scalars{},
		Scalars{Uint8: 255},
	}},
	{name: "nested", values: []any{
		Segment{"s", Point{1, 2}, Point{3, 4}, []Point{{}, {5, 6}}},
		Segment{},
		point,
	}},
	{name: "collections", values: []any{
		Collections{
			[]string{"x"}, [][]int{{1, 2}, {3}}, [3]int{1, 2, 3}, [4]byte{1, 2, 3, 200}, [2]Point{{1, 2}, {}},
			map[string]int{"a": 1}, map[int]string{1: "a"}, map[Point]bool{{1, 1}: true},
			map[string][]string{"k": {"v", "w"}}, map[string]map[string]Point{"o": {"i": {7, 8}}},
		},
		Collections{
			Ages: map[string]int{}, Names: map[int]string{}, Grid: map[Point]bool{},
			Lists: map[string][]string{}, Nested: map[string]map[string]Point{},
		},
	}},
	{name: "nil maps", values: []any{Collections{}}},
	{name: "pointers", values: []any{
		Pointers{&seven, nil, &text, &point, &atWill, &list, &ages},
		Pointers{},
	}},
	{name: "pointer to zero", values: []any{Pointers{Zero: &zero, Point: &Point{}}}, decoded: []any{Pointers{Point: &Point{}}}},
	{name: "tree", values: []any{Tree{"root", []Tree{{"a", nil}, {"b", []Tree{{"c", nil}}}}}}},
	{name: "linked list", values: []any{Link{1, &Link{2, &Link{3, nil}}}}},
	{name: "mutual recursion", values: []any{Ping{1, &Pong{"p", &Ping{2, nil}, map[string]*Ping{"k": {Count: 3}}}}}},
	{name: "slice of itself", values: []any{Lists{nil, Lists{nil}}}},
	{name: "map of itself", values: []any{Maps{"a": {Maps{}, Maps{"b": nil}}}}},
	{name: "hidden fields", values: []any{Hidden{Seen: 1, unseen: 2, After: "a"}}, decoded: []any{Hidden{Seen: 1, After: "a"}}},
	{name: "embedded", values: []any{Embedding{point, "named"}}},
	{name: "anonymous", values: []any{Anonymous{struct{ A, B string }{"a", "b"}}}},
	{name: "many fields", values: []any{Many{F00: 1, F09: 2, F19: "x"}, Many{}}},
	{name: "interface nil", values: []any{Holder{Before: "b", After: "a"}}},
	{name: "interface basic", values: []any{Holder{"b", nil, 5, "a"}, Holder{"", nil, "text", ""}, Holder{Any: []string{"x", "y"}}, Holder{Any: []byte{1}}, Holder{Any: uint8(200)}, Holder{Any: int64(1) << 60}, Holder{Any: false}}},
	{name: "interface new types", values: []any{
		Holder{"b", Square{1.5}, Point{1, 2}, "a"},
		Holder{"b", Square{2.5}, Point{3, 4}, "a"},
		Holder{Shape: &Circle{Point{1, 1}, Point{2, 2}}, Any: Names{"red"}},
	}},
	{name: "interface in interface", values: []any{
		Box{"outer", Box{"inner", Leaf{"leaf", Point{1, 2}}, 3}, 4},
		Box{"again", Leaf{"leaf", Square{2}}, 5},
	}},
	{name: "interface slices", values: []any{
		[]any{1, "two", nil, 3.5, Point{1, 2}, []any{Square{1}, true}, Point{3, 4}},
		map[string]any{"k": Leaf{"l", []any{Names{"n"}}}},
	}},
	{name: "interface top-level", values: []any{&boxed}},
	{name: "interface time", values: []any{Holder{Any: moment(time.UTC)}}},
	{name: "opaque", values: []any{
		Opaques{
			Secret{"s"}, Secret{}, &Secret{"p"}, Version{1, 2}, []Version{{3, 4}, {}}, map[string]Version{"v": {5, 6}},
			moment(time.UTC), time.Time{}, []time.Time{moment(time.FixedZone("", 5400))},
		},
		Opaques{ByKey: map[string]Version{}},
	}},
	{name: "opaque top-level", values: []any{Version{9, 8}, moment(time.UTC)}},
	{name: "time", values: []any{
		moment(time.UTC),
		moment(time.FixedZone("", 19800)),
		moment(time.FixedZone("", -12600)),
		moment(time.FixedZone("", 3630)),
		time.Time{},
		time.Unix(-1, 999999999).UTC(),
	}},
	{name: "several types", values: []any{point, "text", Segment{Name: "s"}, []Point{{1, 2}}, point, 5, Segment{Name: "t"}, map[string]Point{"p": {1, 1}}}},
	{name: "brpc handshake", values: []any{PluginInfo{"math", "v1.2.3", map[string]Function{
		"add": {"add", &Entity{"input", "struct", false, []Entity{
			{"A", "int", true, nil},
			{"B", "[]struct", false, []Entity{{"C", "map[string]string", true, nil}}},
		}}, &Entity{Type: "float64"}},
	}}}},
	{name: "brpc handshake without functions", values: []any{PluginInfo{Name: "idle"}}},
	{name: "brpc handshake of old", values: []any{OldPluginInfo{"math", "v0.0.14", []Function{{Name: "add"}, {"ping", nil, &Entity{Type: "string"}}}}}},
	{name: "brpc envelopes", values: []any{
		Envelope{0, "0190-trace", "add", "", []byte(`{"a":1}`)},
		Envelope{1, "0190-trace", "add", "", nil},
		Envelope{1, "0190-trace", "", "method not found", nil},
		Envelope{Method: "Shutdown"},
		Envelope{Seq: 1 << 20, Payload: []byte(strings.Repeat("[0]", 100))},
	}},
}
