// The short ways of MessagePack give what the codec gives, or leave a value to it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { Packr } from "msgpackr/pack";
import { decode, encode } from "../../src/wire/msgpack/codec.ts";
import { MessageReader } from "../../src/wire/msgpack/reader.ts";
import { SHORT_BYTES, ShortReader } from "../../src/wire/msgpack/short_reader.ts";
import { encodeShort } from "../../src/wire/msgpack/short_writer.ts";

const packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true });
const { letrec, oneof, string, integer, double, boolean, constant, array, dictionary } = fc;
const { value: values } = letrec<{ value: unknown }>((tie) => ({
  value: oneof(
    { depthSize: "small", withCrossShrink: true },
    string(),
    string({ unit: "grapheme" }),
    integer(),
    integer({ min: 0, max: 300 }),
    double(),
    boolean(),
    constant(null),
    array(tie("value"), { maxLength: 17 }),
    dictionary(string({ maxLength: 40 }), tie("value"), { maxKeys: 17 }),
  ),
}));

/** What the short reader makes of bytes. */
function readShort(bytes: Uint8Array): { value: unknown; length: number } | undefined {
  const reader = new ShortReader();
  const length = reader.read(bytes, 0, bytes.length);
  return length === undefined ? undefined : { value: reader.value, length };
}

/** A request as Kong sends it. */
const STEP = packr.pack([0, 70_000, "plugin.Step", [{ EventId: 300, Data: "a value" }]]).slice();

describe("the short writer", () => {
  test("writes what the codec writes", () => {
    fc.assert(
      fc.property(values, (value) => {
        const short = encodeShort(value);
        if (short) assert.deepEqual([...short], [...packr.pack(value)]);
        assert.deepEqual([...encode(value)], [...packr.pack(value)]);
      }),
      { numRuns: 2000 },
    );
  });

  test("writes calls of the PDK", () => {
    const long = "a".repeat(255);
    const args = ["x-key", 7, 200, 70_000, 0x7fff_ffff, true, false, null, undefined, long, {}, []];
    const Data = { Method: "kong.service.request.set_header", Args: args };
    for (const value of [[1, 7, null, { EventId: 0xffff_ffff, Data }], [1, 7, "an error", null]]) {
      assert.deepEqual([...encodeShort(value)!], [...packr.pack(value)]);
    }
  });

  const left: Record<string, unknown> = {
    "a long text": "a".repeat(256),
    "long texts": Array.from({ length: 10 }, () => "a".repeat(200)),
    "a text that is not ASCII": "grün",
    "a fraction": 0.5,
    "a negative number": -1,
    "a large number": 2 ** 32,
    "a bigint": 1n,
    "bytes": new Uint8Array(3),
    "a class": new Date(0),
    "an object without a prototype": Object.create(null),
    "sixteen items": Array.from({ length: 16 }, () => 1),
    "what holds itself": (() => {
      const self: unknown[] = [];
      self.push(self);
      return self;
    })(),
  };
  for (const [name, value] of Object.entries(left)) {
    test(`leaves ${name}, and writes on as if nothing was`, () => {
      assert.equal(encodeShort([1, "text", { value }]), undefined);
      assert.deepEqual([...encodeShort("next")!], [...packr.pack("next")]);
    });
  }

  test("never writes over what it has given", () => {
    const given = Array.from({ length: 2000 }, (_, at) => encodeShort([at, `text ${at}`])!);
    given.forEach((bytes, at) => assert.deepEqual(decode(bytes), [at, `text ${at}`]));
  });
});

describe("the short reader", () => {
  test("reads what the codec reads", () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = Uint8Array.from([...packr.pack(value), 0xc1]);
        const short = readShort(bytes);
        if (!short) return;
        assert.equal(short.length, bytes.length - 1);
        assert.deepEqual(short.value, decode(bytes.subarray(0, -1)));
      }),
      { numRuns: 2000 },
    );
  });

  test("reads what Kong sends, wherever it begins", () => {
    const expected = [0, 70_000, "plugin.Step", [{ EventId: 300, Data: "a value" }]];
    assert.deepEqual(readShort(STEP), { value: expected, length: STEP.length });
    const bytes = Uint8Array.from([0xc1, 0xc1, ...STEP, 0xc1]);
    const reader = new ShortReader();
    assert.equal(reader.read(bytes, 2, bytes.length), STEP.length);
    assert.deepEqual(reader.value, expected);
  });

  test("leaves what is cut anywhere, and what lies behind the end", () => {
    for (let end = 0; end < STEP.length; end++) {
      assert.equal(new ShortReader().read(STEP, 0, end), undefined, `cut at ${end}`);
    }
  });

  test("takes any bytes for something, or leaves them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const short = readShort(bytes);
        if (short) assert.deepEqual(short.value, decode(bytes.subarray(0, short.length)));
      }),
      { numRuns: 5000 },
    );
  });

  test("leaves keys that are no texts, or would set a prototype", () => {
    assert.equal(readShort(packr.pack(new Map<unknown, unknown>([[1, 2]]))), undefined);
    assert.equal(
      readShort(Uint8Array.of(0x81, 0xa9, ...new TextEncoder().encode("__proto__"), 1)),
      undefined,
    );
    assert.equal(readShort(Uint8Array.of(0x81, 0xa1, 0xe9, 1)), undefined);
  });
});

describe("a reader of messages", () => {
  /** Messages of all kinds in one stream. */
  const messages = [
    [0, 1, "plugin.Step", [{ EventId: 1, Data: "short" }]],
    [0, 2, "plugin.Step", [{ EventId: 1, Data: "ä" }]],
    [0, 3, "plugin.Step", [{ EventId: 1, Data: "l".repeat(2 * SHORT_BYTES) }]],
    [0, 4, "plugin.Step", [{ EventId: 1, Data: { a: [["deep"]] } }]],
    [0, 5, "plugin.Step", [{ EventId: 1 }]],
  ];
  const stream = Uint8Array.from(messages.flatMap((message) => [...packr.pack(message)]));

  test("goes from one way to the other, however the stream is cut", () => {
    for (
      const limits of [{ messageBytes: 10_000, nesting: 8 }, { messageBytes: 10_000, nesting: 7 }]
    ) {
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
          const reader = new MessageReader(limits);
          const found: unknown[] = [];
          for (let at = 0, turn = 0; at < stream.length; turn++) {
            const size = sizes[turn % sizes.length]!;
            reader.push(stream.slice(at, at + size));
            at += size;
            for (let next = reader.next(); next; next = reader.next()) {
              assert.deepEqual(decode(next.bytes), next.value);
              found.push(next.value);
            }
          }
          assert.deepEqual(found, messages);
        }),
        { numRuns: 60 },
      );
    }
  });

  test("keeps to limits that are below what the short way takes", () => {
    const reader = new MessageReader({ messageBytes: 20, nesting: 2 });
    reader.push(STEP.slice());
    assert.throws(() => reader.next(), { code: "LIMIT" });
  });
});
