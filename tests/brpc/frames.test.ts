// Messages between hubs: whole, cut in parts, and put together again.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { Parts, readPart, writeFrame } from "../../src/brpc/hub/cluster/frames.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { Random } from "../support/random.ts";

const MOST = 1000;
const HEAD = { kind: "call", plugin: "ä\n" };

/** Writes a message, reads its parts in their order, and puts them together. */
function through(body: Uint8Array): { readonly parts: number; readonly whole: Uint8Array } {
  const parts = writeFrame(HEAD, body, MOST);
  const coming = new Parts(1_000_000, 10);
  let whole: Uint8Array | undefined;
  for (const [index, part] of parts.entries()) {
    assert.ok(part.length <= MOST, `${part.length} bytes`);
    assert.equal(whole, undefined);
    const { head, body, more } = readPart(part);
    const { more: _, ...said } = head as Record<string, unknown>;
    assert.deepEqual(said, HEAD);
    assert.equal(more, index < parts.length - 1);
    whole = coming.take("key", body, more);
  }
  assert.equal(coming.open, 0);
  assert.ok(whole);
  return { parts: parts.length, whole };
}

describe("a message between hubs", () => {
  test("is what it was, whatever its length", () => {
    const random = new Random(7);
    const room = MOST - Buffer.byteLength(`${JSON.stringify(HEAD)}\n`);
    for (const size of [0, 1, 900, room, room + 1, MOST, 5000, 100_000]) {
      const body = random.bytes(size);
      const { parts, whole } = through(body);
      assert.deepEqual(new Uint8Array(whole), body);
      assert.equal(parts === 1, size <= room, `${size}`);
    }
  });

  test("is refused where it has no head", () => {
    for (const text of ["", "x", "\n", "1\n", "null\n", "{\n", "x".repeat(20_000) + "\n"]) {
      assert.throws(() => readPart(new TextEncoder().encode(text)), WireError, text.slice(0, 9));
    }
  });

  test("is forgotten where it is too long, or others have come since", () => {
    const coming = new Parts(10, 2);
    const part = new Uint8Array(6);
    assert.equal(coming.take("a", part, true), undefined);
    assert.throws(() => coming.take("a", part, true), { code: "LIMIT" });
    assert.equal(coming.open, 0);
    for (const key of ["a", "b", "c"]) coming.take(key, new Uint8Array(1), true);
    assert.equal(coming.open, 2);
    // The begin of it went when the third came.
    assert.equal(coming.take("a", new Uint8Array(2), false)?.length, 2);
    assert.equal(coming.take("c", new Uint8Array(2), false)?.length, 3);
    coming.clear();
    assert.equal(coming.open, 0);
  });
});
