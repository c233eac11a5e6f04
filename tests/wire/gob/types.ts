// The described types of the golden cases; tests/wire/gob/generator/types.go has them in Go.
import { gob, type GobType } from "../../../src/wire/gob/mod.ts";

export const Scalars = gob.struct("Scalars", {
  Bool: gob.bool,
  Int8: gob.int,
  Int16: gob.int,
  Int32: gob.int,
  Int64: gob.int64,
  Int: gob.int,
  Uint8: gob.uint,
  Uint16: gob.uint,
  Uint32: gob.uint,
  Uint64: gob.uint64,
  Uint: gob.uint,
  Float32: gob.float,
  Float64: gob.float,
  Complex: gob.complex,
  String: gob.string,
  Bytes: gob.bytes,
});

export const Point = gob.struct("Point", { X: gob.int, Y: gob.int });
/** Go leaves out the names of structs that it meets first inside of a map or array. */
export const NamelessPoint = gob.struct("", { X: gob.int, Y: gob.int });
const Points = gob.slice(Point, "[]main.Point");

export const Segment = gob.struct("Segment", {
  Name: gob.string,
  From: Point,
  To: Point,
  Via: Points,
});

const Ages = gob.map(gob.string, gob.int, "map[string]int");

export const Collections = gob.struct("Collections", {
  Strings: gob.slice(gob.string, "[]string"),
  Matrix: gob.slice(gob.slice(gob.int), "[][]int"),
  Array: gob.array(3, gob.int, "[3]int"),
  Digest: gob.array(4, gob.uint, "[4]uint8"),
  Corners: gob.array(2, NamelessPoint, "[2]main.Point"),
  Ages: Ages,
  Names: gob.map(gob.int, gob.string, "map[int]string"),
  Grid: gob.map(NamelessPoint, gob.bool, "map[main.Point]bool"),
  Lists: gob.map(gob.string, gob.slice(gob.string, "[]string"), "map[string][]string"),
  Nested: gob.map(
    gob.string,
    gob.map(gob.string, NamelessPoint),
    "map[string]map[string]main.Point",
  ),
});

export const Names = gob.slice(gob.string, "Names");

export const Pointers = gob.struct("Pointers", {
  Int: gob.pointer(gob.int),
  Zero: gob.pointer(gob.int),
  String: gob.pointer(gob.string),
  Point: gob.pointer(Point),
  Twice: gob.pointer(gob.pointer(Point)),
  List: gob.pointer(gob.slice(gob.int, "[]int")),
  Map: gob.pointer(Ages),
});

export interface Tree {
  Label: string;
  Children: Tree[];
}
export const Tree: GobType<Tree> = gob.struct("Tree", {
  Label: gob.string,
  Children: gob.slice(gob.lazy(() => Tree), "[]main.Tree"),
});

export interface Link {
  Value: number;
  Next?: Link | undefined;
}
export const Link: GobType<Link> = gob.struct("Link", {
  Value: gob.int,
  Next: gob.pointer(gob.lazy(() => Link)),
});

interface Ping {
  Count: number;
  Pong?: Pong | undefined;
}
interface Pong {
  Name: string;
  Ping?: Ping | undefined;
  All: Map<string, Ping | undefined>;
}
export const Ping: GobType<Ping> = gob.struct("Ping", {
  Count: gob.int,
  Pong: gob.pointer(gob.lazy(() => Pong)),
});
const Pong: GobType<Pong> = gob.struct("Pong", {
  Name: gob.string,
  Ping: gob.pointer(Ping),
  All: gob.map(gob.string, gob.pointer(Ping), "map[string]*main.Ping"),
});

type Lists = Lists[];
export const Lists: GobType<Lists> = gob.slice(gob.lazy(() => Lists), "Lists");

type Maps = Map<string, Maps[]>;
export const Maps: GobType<Maps> = gob.map(
  gob.string,
  gob.slice(gob.lazy(() => Maps)),
  "Maps",
);

export const Hidden = gob.struct("Hidden", { Seen: gob.int, After: gob.string });

export const Embedding = gob.struct("Embedding", { Point: Point, Name: gob.string });

export const Anonymous = gob.struct("Anonymous", {
  Inner: gob.struct("struct { A string; B string }", { A: gob.string, B: gob.string }),
});

export const Square = gob.struct("Square", { Side: gob.float });
const Circle = gob.struct("Circle", { Centre: Point, Edge: Point });
export const Holder = gob.struct("Holder", {
  Before: gob.string,
  Shape: gob.any,
  Any: gob.any,
  After: gob.string,
});
export const Box = gob.struct("Box", { Label: gob.string, Content: gob.any, Tail: gob.int });
const Leaf = gob.struct("Leaf", { Text: gob.string, More: gob.any });

/** What the Go types are registered as. */
export const REGISTER = {
  "main.Square": Square,
  "*main.Circle": Circle,
  "main.Point": Point,
  "main.Box": Box,
  "main.Leaf": Leaf,
  "map[string]interface {}": gob.map(gob.string, gob.any),
  "[]interface {}": gob.slice(gob.any),
  "time.Time": gob.time,
  "colour": Names,
};

export const Version = gob.opaque("Version", "binary");
const Secret = gob.opaque("Secret");
export const Opaques = gob.struct("Opaques", {
  Secret: Secret,
  Nothing: Secret,
  Pointer: gob.pointer(Secret),
  Version: Version,
  Versions: gob.slice(Version, "[]main.Version"),
  ByKey: gob.map(gob.string, Version, "map[string]main.Version"),
  Time: gob.time,
  Never: gob.time,
  Times: gob.slice(gob.time, "[]time.Time"),
});

const numbered = <T>(prefix: string, type: GobType<T>) =>
  Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`${prefix}${i}`, type]));
export const Many = gob.struct("Many", {
  ...numbered("F0", gob.int),
  ...numbered("F1", gob.string),
});

export interface Entity {
  Name: string;
  Type: string;
  Mandatory: boolean;
  Fields: Entity[];
}
export const Entity: GobType<Entity> = gob.struct("Entity", {
  Name: gob.string,
  Type: gob.string,
  Mandatory: gob.bool,
  Fields: gob.slice(gob.lazy(() => Entity), "[]main.Entity"),
});
const functionFields = {
  Name: gob.string,
  Input: gob.pointer(Entity),
  Output: gob.pointer(Entity),
};
export const PluginInfo = gob.struct("PluginInfo", {
  Name: gob.string,
  Version: gob.string,
  Functions: gob.map(gob.string, gob.struct("", functionFields), "map[string]main.Function"),
});
export const OldPluginInfo = gob.struct("OldPluginInfo", {
  Name: gob.string,
  Version: gob.string,
  Functions: gob.slice(gob.struct("Function", functionFields), "[]main.Function"),
});
export const Envelope = gob.struct("Envelope", {
  Seq: gob.uint64,
  Trace: gob.string,
  Method: gob.string,
  Error: gob.string,
  Payload: gob.bytes,
});

export const Everything = gob.struct("Everything", {
  Bool: gob.bool,
  Int: gob.int64,
  Uint: gob.uint64,
  Float: gob.float,
  Complex: gob.complex,
  String: gob.string,
  Bytes: gob.bytes,
  Ints: gob.slice(gob.int64),
  Floats: gob.slice(gob.float),
  Strings: gob.slice(gob.string),
  Triple: gob.array(3, gob.int64),
  Points: gob.slice(Point),
  Scores: gob.map(gob.string, gob.int64),
  ByNumber: gob.map(gob.int64, gob.string),
  Pointer: gob.pointer(Point),
  Tree: Tree,
  Any: gob.any,
  Anys: gob.slice(gob.any),
  Time: gob.time,
  Version: Version,
});
