// The MessagePack stream: values of every kind, cut in every way, and input that must be refused.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encode } from "../../src/wire/msgpack/codec.ts";
import { MessageReader } from "../../src/wire/msgpack/reader.ts";
import { textBytes } from "../../src/wire/msgpack/text_bytes.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { concat, CUTS, fromHex, seededRandom } from "../support/pieces.ts";

const LIMITS = { messageBytes: 1024 * 1024, nesting: 64 };

function readAll(pieces: Uint8Array[], limits = LIMITS): unknown[] {
  const reader = new MessageReader(limits);
  const values: unknown[] = [];
  for (const piece of pieces) {
    reader.push(piece);
    for (let next = reader.next(); next; next = reader.next()) values.push(next.value);
  }
  assert.equal(reader.pendingBytes, 0);
  return values;
}

const VALUES: readonly unknown[] = [
  [0, 1, "plugin.GetStatus", []],
  null,
  true,
  false,
  [0, 127, 128, 255, 256, 65535, 65536, 4294967295, -1, -32, -33, -128, -129, -32769, -2147483648],
  [1.5, -0.25, 9007199254740991, 4294967297],
  "",
  "a".repeat(31),
  "a".repeat(32),
  "é".repeat(300),
  "x".repeat(70_000),
  new Uint8Array(0),
  Uint8Array.from({ length: 256 }, (_, i) => i),
  new Uint8Array(70_000).fill(7),
  Array.from({ length: 15 }, (_, i) => i),
  Array.from({ length: 16 }, (_, i) => i),
  Array.from({ length: 70_000 }, () => 0),
  // Elements of more than a byte: an array is no stretch of so many bytes.
  Array.from({ length: 16 }, (_, i) => `text ${i}`),
  {},
  Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`k${i}`, i])),
  { a: { b: [{ c: [] }, {}] }, d: [[[[]]]] },
];

describe("a stream of messages", () => {
  for (const [how, cut] of Object.entries(CUTS)) {
    test(`is read ${how}`, () => {
      const stream = concat(...VALUES.map((value) => encode(value)));
      const values = readAll(cut(stream));
      assert.equal(values.length, VALUES.length);
      values.forEach((value, i) => assert.deepEqual(normal(value), normal(VALUES[i])));
    });
  }

  for (const [how, cut] of Object.entries(CUTS)) {
    test(`has heads that are longer than they need be, ${how}`, () => {
      const array = fromHex("dd00000002" + "a26162" + "dc0002" + "a3616263" + "c4020102");
      const map = fromHex("df00000001" + "d90161" + "de0001" + "da000162" + "db0000000163");
      const [first, second] = readAll(cut(concat(array, map))) as [unknown[], unknown];
      assert.deepEqual([first[0], (first[1] as unknown[])[0]], ["ab", "abc"]);
      assert.deepEqual([...(first[1] as Uint8Array[])[1]!], [1, 2]);
      assert.deepEqual(second, { a: { b: "c" } });
    });
  }

  test("keeps what was given out when more comes in", () => {
    const reader = new MessageReader(LIMITS);
    const first = encode(new Uint8Array(100).fill(1));
    const second = encode(new Uint8Array(100).fill(2));
    const stream = concat(first, second, first);
    const given: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += 64) {
      reader.push(stream.slice(at, at + 64));
      for (let next = reader.next(); next; next = reader.next()) {
        given.push(next.value as Uint8Array);
      }
    }
    assert.deepEqual(given.map((bytes) => [bytes.length, bytes[0], bytes[99]]), [
      [100, 1, 1],
      [100, 2, 2],
      [100, 1, 1],
    ]);
  });

  test("gives integers beyond 2^53 as bigint and smaller ones as numbers", () => {
    assert.deepEqual(readAll([fromHex("cf0020000000000001")]), [9007199254740993n]);
    assert.deepEqual(readAll([fromHex("cf0000000200000000")]), [8589934592]);
    assert.deepEqual(readAll([fromHex("d3ffdfffffffffffff")]), [-9007199254740993n]);
  });

  test("reads text that is not UTF-8 without losing its place", () => {
    assert.deepEqual(readAll([fromHex("92a1e201")]), [["\ufffd", 1]]);
    assert.deepEqual(readAll([fromHex("92a263f001")]), [["c\ufffd", 1]]);
  });
});

describe("a value is encoded", () => {
  const encodings: Readonly<Record<string, [unknown, string]>> = {
    "undefined as nil": [[undefined], "91c0"],
    "a map as short as it may be": [{ a: 1 }, "81a16101"],
    "bytes as bin": [Uint8Array.of(1, 2), "c4020102"],
    "an integer beyond 32 bits as a float": [2 ** 33, "cb4200000000000000"],
  };
  for (const [what, [value, hex]] of Object.entries(encodings)) {
    test(what, () => assert.deepEqual([...encode(value)], [...fromHex(hex)]));
  }

  test("each map with its keys, also where others were alike", () => {
    const like = { a: 1, b: 2 };
    assert.deepEqual([...encode([like, like])], [...fromHex("92" + "82a16101a16202".repeat(2))]);
  });
});

/** Buffers and arrays of bytes compare as what they hold. */
function normal(value: unknown): unknown {
  return value instanceof Uint8Array ? { bytes: [...value] } : value;
}

describe("the bytes of a text", () => {
  const message = concat(
    fromHex(
      "94 00 01 ab 706c7567696e2e53746570 91 82 a7 4576656e744964 05 a4 44617461".replaceAll(
        " ",
        "",
      ),
    ),
    fromHex("da0003ff00fe"),
  );

  test("are found by their path as they were on the wire", () => {
    assert.deepEqual([...textBytes(message, [3, 0, "Data"])!], [0xff, 0x00, 0xfe]);
  });

  test("are undefined where there is none", () => {
    assert.equal(textBytes(message, [3, 0, "EventId"]), undefined);
    assert.equal(textBytes(message, [3, 0, "Nothing"]), undefined);
    assert.equal(textBytes(message, [3, 1]), undefined);
    assert.equal(textBytes(message, ["Data"]), undefined);
    assert.equal(textBytes(message, [3]), undefined);
  });

  /** Looks a text up in a message that is written as hex with blanks. */
  const lookUp = (hex: string, ...path: (string | number)[]) => {
    const found = textBytes(fromHex(hex.replaceAll(" ", "")), path);
    return found && new TextDecoder().decode(found);
  };

  test("are found by the whole of a key, among others and behind heads of any size", () => {
    const keys = "a161 a131  a26162 a132  a26163 a133  a3616263 a134";
    for (const map of [`84 ${keys}`, `de0004 ${keys}`, `df00000004 ${keys}`]) {
      const found = ["a", "ab", "ac", "abc", "b", "abcd"].map((key) => lookUp(map, key));
      assert.deepEqual(found, ["1", "2", "3", "4", undefined, undefined]);
    }
    for (const array of ["92", "dc0002", "dd00000002"]) {
      assert.deepEqual([0, 1, 2].map((at) => lookUp(`${array} c0 a178 a179`, at)), [
        undefined,
        "x",
        undefined,
      ]);
      assert.equal(lookUp(`${array} 81 a161 a162  da0001 63`, 0, "a"), "b");
      assert.equal(lookUp(`${array} 81 a161 a162  da0001 63`, 1), "c");
    }
    assert.equal(lookUp("82 07 a178 a161 a179", "a"), "y");
  });

  test("are undefined where a map, an array or what is behind them is meant", () => {
    for (const [hex, ...path] of [["dc0001 a161"], ["de0001 a161 a162"], ["dd00000001 a161"]]) {
      assert.equal(lookUp(hex!, ...path), undefined, hex);
    }
    assert.equal(lookUp("81 a161 a162", 0), undefined);
    assert.equal(lookUp("92 a161 a162", "a"), undefined);
    assert.equal(lookUp("93 81 a161 a162 a163 a164", 0, "c"), undefined);
  });
});

describe("bad input is refused", () => {
  const refused: Record<string, [hex: string, code: "LIMIT" | "MALFORMED"]> = {
    "a text of 4 GiB": ["dbffffffff", "LIMIT"],
    "a bin of 4 GiB": ["c6ffffffff", "LIMIT"],
    "an array of 2^32 - 1": ["ddffffffff", "LIMIT"],
    "a map of 2^32 - 1": ["dfffffffff", "LIMIT"],
    "a map just above the limit": ["df00090000", "LIMIT"],
    "nesting 10,000 deep": ["91".repeat(10_000), "LIMIT"],
    "maps nested 10,000 deep": ["8100".repeat(10_000), "LIMIT"],
    "a byte that begins nothing": ["c1", "MALFORMED"],
    "an extension": ["d6ff00000000", "MALFORMED"],
    "an extension inside of a request": ["9200c70301000000", "MALFORMED"],
    "a map with an array as key": ["819000", "MALFORMED"],
  };
  for (const [what, [hex, code]] of Object.entries(refused)) {
    for (const [how, cut] of Object.entries(CUTS)) {
      test(`${what}, ${how}`, () => {
        assert.throws(() => readAll(cut(fromHex(hex))), (error) => {
          assert.ok(error instanceof WireError);
          assert.equal(error.code, code);
          return true;
        });
      });
    }
  }

  test("a message up to the limit is read, wherever in a chunk it is", () => {
    const limits = { messageBytes: 6, nesting: 4 };
    const longest = ["a56162636465", "c40401020304", "950102030405", "dc0003010203", "82a06101a0"];
    for (const hex of longest) {
      const stream = fromHex(`c0${hex}c0`);
      for (const cut of Object.values(CUTS)) assert.equal(readAll(cut(stream), limits).length, 3);
    }
    const longer = ["a6616263646566", "c4050102030405", "96010203040506", "94a100a100a100a100"];
    for (const hex of longer) {
      const isLimit = (error: unknown) => error instanceof WireError && error.code === "LIMIT";
      for (const cut of Object.values(CUTS)) {
        assert.throws(() => readAll(cut(fromHex(`c0${hex}`)), limits), isLimit, hex);
      }
    }
  });

  test("nesting up to the limit is read", () => {
    const depth = 64;
    assert.equal(readAll([fromHex("91".repeat(depth) + "c0")]).length, 1);
    assert.throws(() => readAll([fromHex("91".repeat(depth + 1) + "c0")]), WireError);
  });

  test("noise ends in values or in a WireError, never in anything else", () => {
    const random = seededRandom(20_261_120);
    for (let round = 0; round < 2000; round++) {
      const noise = Uint8Array.from({ length: 1 + random() * 60 }, () => random() * 256);
      const reader = new MessageReader({ messageBytes: 4096, nesting: 8 });
      try {
        for (const piece of CUTS["cut at random"]!(noise)) {
          reader.push(piece);
          while (reader.next()) { /* each message is as good as the next */ }
        }
      } catch (error) {
        assert.ok(error instanceof WireError, String(error));
      }
    }
  });
});
