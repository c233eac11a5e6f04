// The Go types of the cases.
package main

import (
	"encoding/gob"
	"fmt"
	"time"
)

type Scalars struct {
	Bool    bool
	Int8    int8
	Int16   int16
	Int32   int32
	Int64   int64
	Int     int
	Uint8   uint8
	Uint16  uint16
	Uint32  uint32
	Uint64  uint64
	Uint    uint
	Float32 float32
	Float64 float64
	Complex complex128
	String  string
	Bytes   []byte
}

type Point struct{ X, Y int }

type Segment struct {
	Name     string
	From, To Point
	Via      []Point
}

type Collections struct {
	Strings []string
	Matrix  [][]int
	Array   [3]int
	Digest  [4]byte
	Corners [2]Point
	Ages    map[string]int
	Names   map[int]string
	Grid    map[Point]bool
	Lists   map[string][]string
	Nested  map[string]map[string]Point
}

type Names []string

type Pointers struct {
	Int    *int
	Zero   *int
	String *string
	Point  *Point
	Twice  **Point
	List   *[]int
	Map    *map[string]int
}

type Tree struct {
	Label    string
	Children []Tree
}

type Link struct {
	Value int
	Next  *Link
}

type Ping struct {
	Count int
	Pong  *Pong
}

type Pong struct {
	Name string
	Ping *Ping
	All  map[string]*Ping
}

type Lists []Lists

type Maps map[string][]Maps

type Hidden struct {
	Seen   int
	unseen int
	Signal chan int
	Call   func()
	After  string
}

type Embedding struct {
	Point
	Name string
}

type Anonymous struct {
	Inner struct{ A, B string }
}

type Shape interface{ Area() float64 }

type Square struct{ Side float64 }

func (s Square) Area() float64 { return s.Side * s.Side }

type Circle struct{ Centre, Edge Point }

func (c *Circle) Area() float64 { return 3 }

type Holder struct {
	Before string
	Shape  Shape
	Any    any
	After  string
}

type Box struct {
	Label   string
	Content any
	Tail    int
}

type Leaf struct {
	Text string
	More any
}

type Secret struct{ text string }

func (s Secret) GobEncode() ([]byte, error)    { return []byte("secret:" + s.text), nil }
func (s *Secret) GobDecode(b []byte) error     { s.text = string(b[len("secret:"):]); return nil }
func (s Secret) Format(f fmt.State, verb rune) { fmt.Fprintf(f, "Secret(%s)", s.text) }

type Version struct{ major, minor byte }

func (v Version) MarshalBinary() ([]byte, error)  { return []byte{v.major, v.minor}, nil }
func (v *Version) UnmarshalBinary(b []byte) error { v.major, v.minor = b[0], b[1]; return nil }

type Opaques struct {
	Secret   Secret
	Nothing  Secret
	Pointer  *Secret
	Version  Version
	Versions []Version
	ByKey    map[string]Version
	Time     time.Time
	Never    time.Time
	Times    []time.Time
}

type Many struct {
	F00, F01, F02, F03, F04, F05, F06, F07, F08, F09 int
	F10, F11, F12, F13, F14, F15, F16, F17, F18, F19 string
}

// What brpc sends, after its published description.

type PluginInfo struct {
	Name      string
	Version   string
	Functions map[string]Function
}

type OldPluginInfo struct {
	Name      string
	Version   string
	Functions []Function
}

type Function struct {
	Name          string
	Input, Output *Entity
}

type Entity struct {
	Name, Type string
	Mandatory  bool
	Fields     []Entity
}

type Envelope struct {
	Seq                  uint64
	Trace, Method, Error string
	Payload              []byte
}

// Everything is what random values are made of.
type Everything struct {
	Bool     bool
	Int      int64
	Uint     uint64
	Float    float64
	Complex  complex128
	String   string
	Bytes    []byte
	Ints     []int64
	Floats   []float64
	Strings  []string
	Triple   [3]int64
	Points   []Point
	Scores   map[string]int64
	ByNumber map[int64]string
	Pointer  *Point
	Tree     Tree
	Any      any
	Anys     []any
	Time     time.Time
	Version  Version
}

func init() {
	gob.Register(Square{})
	gob.Register(&Circle{})
	gob.Register(Point{})
	gob.Register(Box{})
	gob.Register(Leaf{})
	gob.Register(map[string]any{})
	gob.Register([]any{})
	gob.Register(time.Time{})
	gob.RegisterName("colour", Names{})
}
