// The golden cases; tests/wire/gob/generator/cases.go says the same in Go.
import { gob, type GobTime, type GobType } from "../../../src/wire/gob/mod.ts";
import * as t from "./types.ts";

/** Values on one stream. */
export interface Case {
  readonly name: string;
  readonly values: readonly { readonly type: GobType<unknown>; readonly value: unknown }[];
  /** Why our bytes for it are not exactly Go's. */
  readonly differs?: string;
  /** Go does not get its own value back: what it has is not what is described here. */
  readonly lossy?: true;
}

const DEFINITIONS_AHEAD = "Go defines types that interfaces show in the middle of the value";

function of<T>(type: GobType<T>, ...values: T[]) {
  return values.map((value) => ({ type: type as GobType<unknown>, value: value as unknown }));
}

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function named(name: string, value: unknown) {
  return { name, value };
}

/** 2024-02-29 12:34:56.789012345 in a zone so many seconds east, as clocks there show it. */
function moment(offset?: number): GobTime {
  const seconds = 1709210096 - (offset ?? 0);
  return offset === undefined
    ? { seconds, nanoseconds: 789012345 }
    : { seconds, nanoseconds: 789012345, offset };
}

const NEVER: GobTime = { seconds: -62135596800, nanoseconds: 0 };
const EMPTY = bytes();
const point = { X: 1, Y: -2 };
const origin = { X: 0, Y: 0 };

const scalars = {
  Bool: false,
  Int8: 0,
  Int16: 0,
  Int32: 0,
  Int64: 0n,
  Int: 0,
  Uint8: 0,
  Uint16: 0,
  Uint32: 0,
  Uint64: 0n,
  Uint: 0,
  Float32: 0,
  Float64: 0,
  Complex: { re: 0, im: 0 },
  String: "",
  Bytes: EMPTY,
};
const collections = {
  Strings: [],
  Matrix: [],
  Array: [0, 0, 0],
  Digest: [0, 0, 0, 0],
  Corners: [origin, origin],
  Ages: new Map(),
  Names: new Map(),
  Grid: new Map(),
  Lists: new Map(),
  Nested: new Map(),
};
const holder = { Before: "", Shape: null, Any: null, After: "" };
const many = {
  ...Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`F0${i}`, 0])),
  ...Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`F1${i}`, ""])),
};
const envelope = { Seq: 0n, Trace: "", Method: "", Error: "", Payload: EMPTY };
const entity = { Name: "", Type: "", Mandatory: false, Fields: [] };

export const CASES: readonly Case[] = [
  { name: "bool", values: of(gob.bool, true, false) },
  {
    name: "int",
    values: of(
      gob.int,
      ...[0, 1, -1, 63, 64, -64, -65, 127, 128, -128, -129, 255, 256, 2 ** 31, -(2 ** 31)],
    ),
  },
  {
    name: "int large",
    values: of(gob.int, 2 ** 52 - 1, 2 ** 52, -(2 ** 52), 2 ** 53 - 1, 1 - 2 ** 53),
  },
  {
    name: "int64",
    values: of(
      gob.int64,
      ...[2n ** 53n, -(2n ** 53n), 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 5n],
    ),
  },
  {
    name: "uint",
    values: of(gob.uint, 0, 127, 128, 255, 256, 65535, 2 ** 32, 2 ** 53 - 1),
  },
  { name: "uint64", values: of(gob.uint64, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n, 5n) },
  {
    name: "float",
    values: of(
      gob.float,
      ...[0, 1, 17, -17, 0.1, Math.PI, Number.MAX_VALUE, Number.MIN_VALUE],
      ...[Infinity, -Infinity, Math.fround(0.1)],
    ),
  },
  { name: "float minus zero", values: of(gob.float, -0) },
  { name: "float NaN", values: of(gob.float, NaN), differs: "Go's NaN has a bit more set" },
  {
    name: "complex",
    values: of(gob.complex, { re: 0, im: 0 }, { re: 1.5, im: -2 }, { re: 0, im: 1 }),
  },
  {
    name: "string",
    values: of(
      gob.string,
      "",
      "hello",
      "grüß dich",
      "\u65e5\u672c \u{1F9A7}",
      "x".repeat(42),
      "é".repeat(42),
      "long ".repeat(100),
      "\ufeffmark\x00end",
    ),
  },
  {
    name: "string ill-formed",
    values: of(gob.string, "a\ufffdb"),
    differs: "a string of ours is always well-formed",
    lossy: true,
  },
  {
    name: "bytes",
    values: of(gob.bytes, EMPTY, bytes(0, 1, 254, 255), utf8("b".repeat(300))),
  },
  {
    name: "large",
    values: [...of(gob.bytes, utf8("z".repeat(70000))), ...of(gob.string, "after")],
  },
  {
    name: "slice",
    values: [
      ...of(gob.slice(gob.int), [1, -2, 300], []),
      ...of(gob.slice(gob.string), ["a", "", "c"]),
      ...of(gob.slice(gob.bool), [true, false]),
      ...of(gob.slice(gob.float), [0, 0.5]),
      ...of(gob.slice(gob.slice(gob.int)), [[1], [], [2, 3]]),
      ...of(gob.slice(gob.uint), [1, 65535]),
    ],
  },
  { name: "named slice", values: of(t.Names, ["red", "green"]) },
  {
    name: "array",
    values: [
      ...of(gob.array(3, gob.int), [1, 0, 3]),
      ...of(gob.array(4, gob.uint), [0, 127, 128, 255]),
      ...of(gob.array(2, gob.array(2, gob.string)), [["a", "b"], ["", "d"]]),
      ...of(gob.array(0, gob.int), []),
    ],
  },
  {
    name: "map",
    values: [
      ...of(gob.map(gob.string, gob.int), new Map([["one", 1]]), new Map()),
      ...of(gob.map(gob.int, gob.string), new Map([[-5, "minus five"]])),
      ...of(gob.map(t.NamelessPoint, gob.bool), new Map([[{ X: 1, Y: 2 }, false]])),
      ...of(
        gob.map(gob.string, gob.map(gob.string, gob.int)),
        new Map([["a", new Map([["b", 0]])]]),
      ),
    ],
  },
  {
    name: "map of many",
    values: of(
      gob.map(gob.string, gob.int),
      new Map([["one", 1], ["two", 2], ["three", 3], ["__proto__", 4]]),
    ),
    differs: "Go's maps have no order",
  },
  { name: "struct", values: of(t.Point, point, origin, { X: 0, Y: 5 }) },
  {
    name: "scalars",
    values: of(
      t.Scalars,
      {
        Bool: true,
        Int8: -8,
        Int16: -16,
        Int32: -32,
        Int64: -64n,
        Int: 1,
        Uint8: 8,
        Uint16: 16,
        Uint32: 32,
        Uint64: 64n,
        Uint: 1,
        Float32: 1.5,
        Float64: 2.5,
        Complex: { re: 1, im: 2 },
        String: "text",
        Bytes: utf8("bytes"),
      },
      scalars,
      { ...scalars, Uint8: 255 },
    ),
  },
  {
    name: "nested",
    values: [
      ...of(
        t.Segment,
        {
          Name: "s",
          From: { X: 1, Y: 2 },
          To: { X: 3, Y: 4 },
          Via: [origin, { X: 5, Y: 6 }],
        },
        { Name: "", From: origin, To: origin, Via: [] },
      ),
      ...of(t.Point, point),
    ],
  },
  {
    name: "collections",
    values: of(t.Collections, {
      Strings: ["x"],
      Matrix: [[1, 2], [3]],
      Array: [1, 2, 3],
      Digest: [1, 2, 3, 200],
      Corners: [{ X: 1, Y: 2 }, origin],
      Ages: new Map([["a", 1]]),
      Names: new Map([[1, "a"]]),
      Grid: new Map([[{ X: 1, Y: 1 }, true]]),
      Lists: new Map([["k", ["v", "w"]]]),
      Nested: new Map([["o", new Map([["i", { X: 7, Y: 8 }]])]]),
    }, collections),
  },
  {
    name: "nil maps",
    values: of(t.Collections, collections),
    differs: "maps of ours are never nil",
    lossy: true,
  },
  {
    name: "pointers",
    values: of(t.Pointers, {
      Int: 7,
      String: "text",
      Point: point,
      Twice: point,
      List: [1, 2],
      Map: new Map([["one", 1]]),
    }, {}),
  },
  { name: "pointer to zero", values: of(t.Pointers, { Point: origin }) },
  {
    name: "tree",
    values: of(t.Tree, {
      Label: "root",
      Children: [
        { Label: "a", Children: [] },
        { Label: "b", Children: [{ Label: "c", Children: [] }] },
      ],
    }),
  },
  {
    name: "linked list",
    values: of(t.Link, { Value: 1, Next: { Value: 2, Next: { Value: 3 } } }),
  },
  {
    name: "mutual recursion",
    values: of(t.Ping, {
      Count: 1,
      Pong: { Name: "p", Ping: { Count: 2 }, All: new Map([["k", { Count: 3 }]]) },
    }),
  },
  { name: "slice of itself", values: of(t.Lists, [[], [[]]]) },
  {
    name: "map of itself",
    values: of(t.Maps, new Map([["a", [new Map(), new Map([["b", []]])]]])),
  },
  { name: "hidden fields", values: of(t.Hidden, { Seen: 1, After: "a" }) },
  { name: "embedded", values: of(t.Embedding, { Point: point, Name: "named" }) },
  { name: "anonymous", values: of(t.Anonymous, { Inner: { A: "a", B: "b" } }) },
  { name: "many fields", values: of(t.Many, { ...many, F00: 1, F09: 2, F19: "x" }, many) },
  { name: "interface nil", values: of(t.Holder, { ...holder, Before: "b", After: "a" }) },
  {
    name: "interface basic",
    values: of(
      t.Holder,
      { Before: "b", Shape: null, Any: named("int", 5), After: "a" },
      { ...holder, Any: named("string", "text") },
      { ...holder, Any: named("[]string", ["x", "y"]) },
      { ...holder, Any: named("[]uint8", bytes(1)) },
      { ...holder, Any: named("uint8", 200) },
      { ...holder, Any: named("int64", 2n ** 60n) },
      { ...holder, Any: named("bool", false) },
    ),
    differs: DEFINITIONS_AHEAD,
  },
  {
    name: "interface new types",
    values: of(
      t.Holder,
      {
        Before: "b",
        Shape: named("main.Square", { Side: 1.5 }),
        Any: named("main.Point", { X: 1, Y: 2 }),
        After: "a",
      },
      {
        Before: "b",
        Shape: named("main.Square", { Side: 2.5 }),
        Any: named("main.Point", { X: 3, Y: 4 }),
        After: "a",
      },
      {
        ...holder,
        Shape: named("*main.Circle", { Centre: { X: 1, Y: 1 }, Edge: { X: 2, Y: 2 } }),
        Any: named("colour", ["red"]),
      },
    ),
    differs: DEFINITIONS_AHEAD,
  },
  {
    name: "interface in interface",
    values: of(
      t.Box,
      {
        Label: "outer",
        Content: named("main.Box", {
          Label: "inner",
          Content: named("main.Leaf", {
            Text: "leaf",
            More: named("main.Point", { X: 1, Y: 2 }),
          }),
          Tail: 3,
        }),
        Tail: 4,
      },
      {
        Label: "again",
        Content: named("main.Leaf", { Text: "leaf", More: named("main.Square", { Side: 2 }) }),
        Tail: 5,
      },
    ),
    differs: DEFINITIONS_AHEAD,
  },
  {
    name: "interface slices",
    values: [
      ...of(gob.slice(gob.any), [
        named("int", 1),
        named("string", "two"),
        null,
        named("float64", 3.5),
        named("main.Point", { X: 1, Y: 2 }),
        named("[]interface {}", [named("main.Square", { Side: 1 }), named("bool", true)]),
        named("main.Point", { X: 3, Y: 4 }),
      ]),
      ...of(
        gob.map(gob.string, gob.any),
        new Map([[
          "k",
          named("main.Leaf", {
            Text: "l",
            More: named("[]interface {}", [named("colour", ["n"])]),
          }),
        ]]),
      ),
    ],
    differs: DEFINITIONS_AHEAD,
  },
  {
    name: "interface top-level",
    values: of(
      gob.any,
      named("main.Box", { Label: "boxed", Content: named("int", 5), Tail: 6 }),
    ),
    differs: DEFINITIONS_AHEAD,
  },
  {
    name: "interface time",
    values: of(t.Holder, {
      ...holder,
      Any: named("time.Time", moment()),
    }),
    differs: DEFINITIONS_AHEAD,
  },
  {
    name: "opaque",
    values: of(
      t.Opaques,
      {
        Secret: utf8("secret:s"),
        Nothing: EMPTY,
        Pointer: utf8("secret:p"),
        Version: bytes(1, 2),
        Versions: [bytes(3, 4), bytes(0, 0)],
        ByKey: new Map([["v", bytes(5, 6)]]),
        Time: moment(),
        Never: NEVER,
        Times: [moment(5400)],
      },
      {
        Secret: EMPTY,
        Nothing: EMPTY,
        Version: EMPTY,
        Versions: [],
        ByKey: new Map(),
        Time: NEVER,
        Never: NEVER,
        Times: [],
      },
    ),
  },
  {
    name: "opaque top-level",
    values: [...of(t.Version, bytes(9, 8)), ...of(gob.time, moment())],
  },
  {
    name: "time",
    values: of(
      gob.time,
      ...[moment(), moment(19800), moment(-12600), moment(3630)],
      ...[NEVER, { seconds: -1, nanoseconds: 999999999 }],
    ),
  },
  {
    name: "several types",
    values: [
      ...of(t.Point, point),
      ...of(gob.string, "text"),
      ...of(t.Segment, { Name: "s", From: origin, To: origin, Via: [] }),
      ...of(gob.slice(t.Point, "[]main.Point"), [{ X: 1, Y: 2 }]),
      ...of(t.Point, point),
      ...of(gob.int, 5),
      ...of(t.Segment, { Name: "t", From: origin, To: origin, Via: [] }),
      ...of(gob.map(gob.string, t.Point), new Map([["p", { X: 1, Y: 1 }]])),
    ],
  },
  {
    name: "brpc handshake",
    values: of(t.PluginInfo, {
      Name: "math",
      Version: "v1.2.3",
      Functions: new Map([["add", {
        Name: "add",
        Input: {
          Name: "input",
          Type: "struct",
          Mandatory: false,
          Fields: [
            { Name: "A", Type: "int", Mandatory: true, Fields: [] },
            {
              Name: "B",
              Type: "[]struct",
              Mandatory: false,
              Fields: [{ Name: "C", Type: "map[string]string", Mandatory: true, Fields: [] }],
            },
          ],
        },
        Output: { ...entity, Type: "float64" },
      }]]),
    }),
  },
  {
    name: "brpc handshake without functions",
    values: of(t.PluginInfo, { Name: "idle", Version: "", Functions: new Map() }),
    differs: "maps of ours are never nil",
    lossy: true,
  },
  {
    name: "brpc handshake of old",
    values: of(t.OldPluginInfo, {
      Name: "math",
      Version: "v0.0.14",
      Functions: [
        { Name: "add" },
        { Name: "ping", Output: { ...entity, Type: "string" } },
      ],
    }),
  },
  {
    name: "brpc envelopes",
    values: of(
      t.Envelope,
      { ...envelope, Trace: "0190-trace", Method: "add", Payload: utf8('{"a":1}') },
      { ...envelope, Seq: 1n, Trace: "0190-trace", Method: "add" },
      { ...envelope, Seq: 1n, Trace: "0190-trace", Error: "method not found" },
      { ...envelope, Method: "Shutdown" },
      { ...envelope, Seq: 1n << 20n, Payload: utf8("[0]".repeat(100)) },
    ),
  },
];
