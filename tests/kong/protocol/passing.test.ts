// Requests that are passed on carry the word who passed them, and stay as they were otherwise.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readRequest } from "../../../src/kong/protocol/msgpack/messages.ts";
import { passedOn } from "../../../src/kong/protocol/msgpack/passing.ts";
import { decode, encode } from "../../../src/wire/msgpack/codec.ts";
import { concat } from "../../support/pieces.ts";

const read = (bytes: Uint8Array) => readRequest({ value: decode(bytes), bytes })!;

test("a request as Kong sends it is passed on byte for byte, texts that are not UTF-8 too", () => {
  const argument = { EventId: 7, Data: "text" };
  const bytes = encode([0, 5, "plugin.Step", [argument]]);
  const at = bytes.indexOf(0x74, bytes.length - 5);
  bytes[at] = 0xff;
  const passed = passedOn(read(bytes), "older");
  assert.equal(read(passed).passedBy, "older");
  const arguments_ = bytes.lastIndexOf(0x91);
  const expected = concat(bytes, encode("older"));
  expected[arguments_] = 0x92;
  assert.deepEqual([...passed], [...expected]);
});

test("requests in other forms are passed on all the same, and no second time", () => {
  const forms = [
    [0, 5, "plugin.Step", [{ EventId: 7 }], "more"],
    [0, 5, "plugin.Step", [{ EventId: 7 }, "second"]],
    [0, 5, "plugin.Step", [{ EventId: 7 }, "second"], 1, 2],
  ];
  for (const form of forms) {
    const { passedBy, messageId, method, argument } = read(passedOn(read(encode(form)), "newer"));
    assert.deepEqual([passedBy, messageId, method], ["newer", 5, "plugin.Step"]);
    assert.deepEqual(argument, { EventId: 7 });
  }
});
