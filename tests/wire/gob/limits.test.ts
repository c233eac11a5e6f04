// Bad input: refused with an error that says why and where, before it costs anything.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gob, GobDecoder, GobEncoder, type GobLimits } from "../../../src/wire/gob/mod.ts";
import { WireError } from "../../../src/wire/wire_error.ts";
import { array, definition, map, message, slice, struct, writeDefinition } from "./hostile.ts";
import { concat, decodeAll, fromHex } from "./support.ts";
import { Link } from "./types.ts";

type Chunks = readonly Uint8Array[];

function refuses(
  code: "MALFORMED" | "LIMIT",
  chunks: Chunks,
  message: RegExp,
  limits: Partial<GobLimits> = {},
): void {
  const error = { name: "WireError", code, message };
  assert.throws(() => decodeAll([concat(chunks)], limits), error);
  const bytes = Array.from(concat(chunks), (byte) => Uint8Array.of(byte));
  assert.throws(() => decodeAll(bytes, limits), error);
}

describe("the length of a message", () => {
  test("of 2^40 is refused as soon as it is known", () => {
    refuses("LIMIT", [fromHex("fa010000000000")], /a message of 1099511627776 bytes, at byte 0/);
  });

  test("of 2^64 - 1 is refused", () => {
    refuses("LIMIT", [fromHex("f8ffffffffffffffff")], /the limit is 16777216/);
  });

  test("may be as long as the limit, and not longer", () => {
    const long = message((sink) => sink.raw(fromHex("0a000161")));
    assert.equal(long.length, 5);
    decodeAll([fromHex("040c000161")], { messageBytes: 4 });
    refuses("LIMIT", [fromHex("050c00026162")], /a message of 5 bytes/, { messageBytes: 4 });
  });

  test("in more than 8 bytes is none", () => {
    refuses("MALFORMED", [fromHex("f7ffff")], /no length of a message, at byte 0/);
  });

  test("of 0 is refused: there is no empty message", () => {
    refuses("MALFORMED", [fromHex("00")], /ends too early, at byte 1/);
  });

  test("is offset by what came before", () => {
    refuses("LIMIT", [fromHex("03040006"), fromHex("fa010000000000")], /at byte 4;/);
  });
});

describe("what is not gob", () => {
  const garbage = [
    "GET / HTTP/1.1\r\nHost: localhost\r\n" + "X-Header: value\r\n".repeat(9),
    '{"jsonrpc":"2.0","method":"ping"}\n'.repeat(9),
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "t".repeat(600),
    "\x00".repeat(100),
  ];
  for (const text of garbage) {
    test(`${JSON.stringify(text.slice(0, 12))}... is refused`, () => {
      const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
      refuses("MALFORMED", [bytes], /at byte \d/);
    });
  }
});

describe("values", () => {
  const refused: [string, Chunks, RegExp][] = [
    ["of no type", [fromHex("02ff80")], /too early|not defined/],
    ["of a type that nobody defined", [fromHex("04ff860005")], /type 67 is not defined/],
    ["of type 0", [fromHex("03000001")], /type 0 is not defined/],
    ["without the 0 in front", [fromHex("03040106")], /no 0 in front/],
    ["with bytes behind", [fromHex("0404000600")], /bytes behind a value, at byte 4/],
    ["cut short", [fromHex("020400")], /ends too early/],
    ["with a number of 9 bytes", [fromHex("0c0400f7010203040506070809")], /a number of 9 bytes/],
    ["with a number cut short", [fromHex("040400fc01")], /ends too early/],
    ["with a string longer than the message", [fromHex("040c006461")], /100 bytes of a string/],
    ["with bytes of 2^63", [fromHex("0b0a00f87fffffffffffffff")], /bytes of a byte string/],
    [
      "with more elements than bytes",
      [slice(64, 2), message((s) => s.raw(fromHex("ff8000fd0fffff02")))],
      /1048575 elements, but 1 bytes are left/,
    ],
    [
      "with more elements than the array has",
      [array(64, 2, 1), message((s) => s.raw(fromHex("ff8000020202")))],
      /2 elements in an array of 1/,
    ],
    [
      "with a field too many",
      [struct(64, { A: 2 }), message((s) => s.raw(fromHex("ff80020200")))],
      /field 1 of a struct with 1/,
    ],
    [
      "with a step of 2^64 - 1 fields",
      [struct(64, { A: 2 }), message((s) => s.raw(fromHex("ff80f8ffffffffffffffff0200")))],
      /of a struct with 1/,
    ],
    [
      "with a struct that does not end",
      [struct(64, { A: 2 }), message((s) => s.raw(fromHex("ff800102")))],
      /ends too early/,
    ],
  ];
  for (const [title, chunks, message] of refused) {
    test(`${title} are refused`, () => refuses("MALFORMED", chunks, message));
  }

  test("inside each other are refused past the depth", () => {
    let link: Link = { Value: 1 };
    for (let i = 1; i < 200; i++) link = { Value: 1, Next: link };
    decodeAll([new GobEncoder().encode(Link, link)]);
    const deeper = new GobEncoder().encode(Link, { Value: 1, Next: link });
    refuses("LIMIT", [deeper], /values inside each other, 200 deep/);
  });

  test("inside each other count interfaces too", () => {
    const nested = (depth: number): unknown =>
      depth === 0 ? null : { name: "I", value: [nested(depth - 1)] };
    const encoder = new GobEncoder({ register: { I: gob.slice(gob.any) } });
    const stream = encoder.encode(gob.any, nested(20) as null);
    decodeAll([stream], { depth: 41 });
    refuses("LIMIT", [stream], /40 deep/, { depth: 40 });
  });

  test("that are many are refused, however small they are", () => {
    const stream = [
      struct(64, {}),
      slice(65, 64),
      message((sink) => {
        sink.int(65);
        sink.uint(0);
        sink.counted(new Uint8Array(1000));
      }),
    ];
    assert.equal((decodeAll(stream, { values: 1001 })[0]?.value as unknown[]).length, 1000);
    refuses("LIMIT", stream, /1000 elements are too many/, { values: 1000 });
  });

  test("in the fields of structs count as well", () => {
    const T = gob.struct("T", { A: gob.int, B: gob.slice(gob.int) });
    const stream = new GobEncoder().encode(T, { A: 1, B: [1, 2] });
    decodeAll([stream], { values: 5 });
    refuses("LIMIT", [stream], /2 elements are too many/, { values: 4 });
    refuses("LIMIT", [stream], /more values than/, { values: 1 });
  });

  test("of a type in an interface with a name without end are refused", () => {
    const name = "n".repeat(1025);
    const encoder = new GobEncoder({ register: { [name]: gob.int } });
    refuses("LIMIT", [encoder.encode(gob.any, { name, value: 1 })], /name of a type/);
  });
});

describe("definitions", () => {
  const refused: [string, Chunks, RegExp][] = [
    ["of a basic type", [slice(6, 2)], /type 6 cannot be defined/],
    ["given twice", [slice(64, 2), slice(64, 2)], /type 64 is defined twice/],
    ["without content", [definition(64, {})], /definition of type 64 is empty/],
    ["of a field without a name", [struct(64, { "": 2 })], /field of type 64 has no name/],
    ["of an array with a negative length", [array(64, 2, -1)], /an array of -1 elements/],
    ["of an array of itself", [array(64, 64, 1)], /type 64 is an array of itself/],
    [
      "of arrays of each other",
      [array(64, 65, 2), array(65, 66, 2), array(66, 64, 2)],
      /type 66 is an array of itself/,
    ],
    [
      "with something behind",
      [message((sink) => {
        writeDefinition(sink, 64, { SliceT: { CommonType: { Name: "", Id: 64 }, Elem: 2 } });
        sink.uint(0);
      })],
      /bytes behind/,
    ],
    [
      "of a field with an id that is none",
      // The writer takes bigints for ints, whatever their type says here.
      [struct(64, { A: 2n ** 62n as unknown as number })],
      /StructT\.Field\.0\.Id is bigint, not a safe integer, at byte/,
    ],
  ];
  for (const [title, chunks, message] of refused) {
    test(`${title} are refused`, () => refuses("MALFORMED", chunks, message));
  }

  test("of types that contain themselves otherwise are good", () => {
    const stream = [
      slice(64, 64),
      map(65, 6, 65),
      struct(66, { Self: 66, Array: 67 }),
      array(67, 66, 1),
      message((sink) => sink.raw(fromHex("ff8000020000"))),
      message((sink) => sink.raw(fromHex("ff84010000"))),
    ];
    assert.deepEqual(decodeAll(stream).map((item) => item.value), [[[], []], { Self: {} }]);
  });

  test("are refused past their number", () => {
    const some = Array.from({ length: 10 }, (_, i) => slice(64 + i, 2));
    decodeAll(some, { types: 10 });
    refuses("LIMIT", some, /more than 9 types/, { types: 9 });
  });

  test("are refused past their size", () => {
    const some = [struct(64, { A: 2, B: 2 }), struct(65, { A: 2, B: 2 })];
    // Without the length and the id, which take a byte and two.
    const definitionBytes = concat(some).length - some.length - 3;
    decodeAll(some, { definitionBytes });
    refuses("LIMIT", some, /bytes of definitions, at byte/, {
      definitionBytes: definitionBytes - 1,
    });
  });

  test("of too many fields are refused before they are read", () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`F${i}`, 2]));
    refuses("LIMIT", [struct(64, many)], /1000 elements are too many/, { definitionBytes: 500 });
  });
});

describe("a value in several messages", () => {
  const box = struct(64, { Label: 6, Content: 8 });

  /** A part of a value that ends where a type for its interface is defined. */
  function part(id: number, label: string): Uint8Array {
    return message((sink) => {
      sink.int(64);
      sink.uint(1);
      sink.string(label);
      sink.uint(1);
      sink.string("T");
      writeDefinition(sink, id, { SliceT: { CommonType: { Name: "", Id: id }, Elem: 2 } });
    });
  }

  test("counts as one message", () => {
    const parts = [part(65, "x".repeat(50)), slice(66, 2), slice(67, 2)];
    // Each has its length in one byte.
    const messageBytes = concat(parts).length - parts.length;
    assert.deepEqual(decodeAll([box, ...parts], { messageBytes }), []);
    refuses("LIMIT", [box, ...parts], /too many messages/, { messageBytes: messageBytes - 1 });
  });

  test("is not begun again without end", () => {
    const definitions = Array.from({ length: 100 }, (_, i) => slice(66 + i, 2));
    const bytes = concat(definitions).length;
    const chunks = [box, part(65, "x".repeat(bytes * 4)), ...definitions];
    const limits = { messageBytes: bytes * 6 };
    assert.deepEqual(decodeAll([concat(chunks)], limits), []);
    assert.throws(() => decodeAll(chunks, limits), /in too many messages/);
  });
});

test("after an error there is nothing but that error", () => {
  const decoder = new GobDecoder();
  decoder.push(fromHex("03000001"));
  let first: unknown;
  assert.throws(() => decoder.next(), (error) => {
    first = error;
    return error instanceof WireError;
  });
  decoder.push(fromHex("03040006"));
  assert.throws(() => decoder.next(), (error) => error === first);
});
