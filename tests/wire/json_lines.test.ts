// Lines of a stream, however they are cut, and lines that are too long.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { jsonLine, type Line, LineReader } from "../../src/wire/json_lines.ts";
import { CUTS } from "../support/pieces.ts";

function readAll(reader: LineReader, chunks: readonly Uint8Array[]): Line[] {
  const lines: Line[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let line = reader.next(); line; line = reader.next()) lines.push(line);
  }
  return lines;
}

const whole = (text: string): Line => ({ text, isCut: false });
const cutOff = (text: string): Line => ({ text, isCut: true });

describe("lines", () => {
  for (const [manner, cut] of Object.entries(CUTS)) {
    test(`come out whole, with the long ones cut: ${manner}`, () => {
      const stream = `{"a":1}\n\nwindows\r\nschön 🐒\n0123456789abcdef\n${
        "x".repeat(500)
      }\nend\nrest`;
      const reader = new LineReader({ maxBytes: 16 });
      const lines = readAll(reader, cut(Buffer.from(stream)));
      assert.deepEqual(lines, [
        whole('{"a":1}'),
        whole(""),
        whole("windows"),
        whole("schön 🐒"),
        whole("0123456789abcdef"),
        cutOff("x".repeat(16)),
        whole("end"),
      ]);
      assert.deepEqual(reader.rest(), whole("rest"));
      assert.equal(reader.rest(), undefined);
    });
  }

  test("come out whole of pieces of any sizes", () => {
    for (const sizes of [[5000, 10, 4090, 5, 1], [4096, 1, 4095, 1], [1, 4095, 1, 5000, 2]]) {
      const reader = new LineReader({ maxBytes: 20_000 });
      const line = sizes.map((size, at) => String(at).repeat(size)).join("");
      let begin = 0;
      for (const size of sizes) {
        reader.push(Buffer.from(line.slice(begin, begin += size)));
        assert.equal(reader.pendingBytes, begin);
      }
      reader.push(Buffer.from("\n"));
      assert.deepEqual(reader.next(), whole(line));
    }
  });

  test("that are cut end where they are cut, and not before a carriage return there", () => {
    const reader = new LineReader({ maxBytes: 3 });
    reader.push(Buffer.from("ab\rcd\nab\r\n"));
    assert.deepEqual(reader.next(), cutOff("ab\r"));
    assert.deepEqual(reader.next(), whole("ab"));
  });

  test("of ten megabytes are never kept", () => {
    const reader = new LineReader({ maxBytes: 65_536 });
    for (let pushed = 0; pushed < 10 * 1024 * 1024; pushed += 65_536) {
      reader.push(new Uint8Array(65_536).fill(0x61));
      assert.ok(reader.pendingBytes <= 65_536);
      assert.equal(reader.next(), undefined);
    }
    reader.push(Buffer.from("\nnext\n"));
    assert.deepEqual(reader.next(), cutOff("a".repeat(65_536)));
    assert.deepEqual(reader.next(), whole("next"));
  });

  test("that are no UTF-8 are text all the same", () => {
    const reader = new LineReader({ maxBytes: 16 });
    reader.push(Uint8Array.of(0x61, 0xff, 0x62, 0x0a));
    assert.deepEqual(reader.next(), whole("a\ufffdb"));
  });

  test("by the ten thousand in one chunk come out in order", () => {
    const stream = Array.from({ length: 10_000 }, (_, index) => `${index}\n`).join("");
    const lines = readAll(new LineReader({ maxBytes: 16 }), [Buffer.from(stream)]);
    assert.equal(lines.length, 10_000);
    assert.ok(lines.every((line, index) => line.text === String(index)));
  });

  test("of JSON end, and hold no other line end", () => {
    const line = Buffer.from(jsonLine({ text: "a\nb" })).toString();
    assert.equal(line, '{"text":"a\\nb"}\n');
  });
});
