// The short ways of protobuf give what the generated codecs give, or leave a message to them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { KV, String as Text } from "../../src/kong/protocol/protobuf/generated/messages.ts";
import { asciiText, writeAscii } from "../../src/wire/ascii.ts";
import { decodeMessage, encodeMessage } from "../../src/wire/protobuf/codec.ts";
import {
  decodeShortText,
  encodeShortEntry,
  encodeShortText,
} from "../../src/wire/protobuf/short.ts";

const texts = fc.oneof(
  fc.string({ maxLength: 130 }),
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.integer({ min: 110, max: 140 }).map((length) => "x".repeat(length)),
);
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** An entry, by the generated codec. */
const entry = (k: string, text: string) =>
  encodeMessage(KV, { k, v: { kind: { $case: "string_value", value: bytesOf(text) } } });

describe("short messages of protobuf", () => {
  test("are what the codec writes", () => {
    fc.assert(
      fc.property(texts, texts, (name, text) => {
        const message = encodeShortText(text);
        if (message) assert.deepEqual([...message], [...encodeMessage(Text, { v: text })]);
        const both = encodeShortEntry(name, text);
        if (both) assert.deepEqual([...both], [...entry(name, text)]);
      }),
      { numRuns: 1000 },
    );
  });

  test("are taken for what they are: texts of usual length", () => {
    for (const text of ["x-consumer", "a".repeat(120)]) {
      assert.deepEqual([...encodeShortText(text)!], [...encodeMessage(Text, { v: text })]);
      assert.deepEqual([...encodeShortEntry(text, text)!], [...entry(text, text)]);
      assert.equal(decodeShortText(encodeMessage(Text, { v: text })), text);
    }
    assert.deepEqual([...encodeShortEntry("x", "")!], [...entry("x", "")]);
  });

  test("leave all others to it", () => {
    for (const value of ["", "ä", "a".repeat(121), 5, true, ["a"], new Uint8Array(2), undefined]) {
      assert.equal(encodeShortText(value), undefined, String(value));
      if (value !== "") assert.equal(encodeShortEntry("x", value), undefined, String(value));
      assert.equal(encodeShortEntry(value, "x"), undefined, String(value));
    }
  });

  test("are read as the codec reads them, or left", () => {
    const messages = fc.oneof(
      texts.map((v) => encodeMessage(Text, { v })),
      fc.uint8Array({ maxLength: 20 }),
      fc.uint8Array({ maxLength: 20 }).map((rest) => Uint8Array.of(10, ...rest)),
      fc.uint8Array({ maxLength: 20 }).map((rest) => Uint8Array.of(10, rest.length, ...rest)),
    );
    fc.assert(
      fc.property(messages, (message) => {
        const text = decodeShortText(message);
        if (text !== undefined) assert.equal(text, decodeMessage(Text, message).v);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("short ASCII texts", () => {
  test("are read from where they are, and nothing else is", () => {
    const bytes = bytesOf("before text behind");
    assert.equal(asciiText(bytes, 7, 11), "text");
    assert.equal(asciiText(bytes, 7, 7), "");
    assert.equal(asciiText(Uint8Array.of(0x61, 0x80)), undefined);
    assert.equal(asciiText(new Uint8Array(128)), "\0".repeat(128));
    assert.equal(asciiText(new Uint8Array(129)), undefined);
    assert.equal(asciiText(Uint8Array.of(0xef, 0xbb, 0xbf)), undefined);
  });

  test("are written where they belong, if they are ASCII", () => {
    const bytes = new Uint8Array(6);
    assert.equal(writeAscii("text", bytes, 1), true);
    assert.deepEqual([...bytes], [0, ...bytesOf("text"), 0]);
    assert.equal(writeAscii("té", bytes, 1), false);
    assert.equal(writeAscii("\ud800", bytes, 1), false);
  });
});
