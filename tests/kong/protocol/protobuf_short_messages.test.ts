// The two messages of every event are read and written as the generated codecs do it.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { RpcCall, RpcReturn } from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { readShortCall, writeDone } from "../../../src/kong/protocol/protobuf/short_messages.ts";
import { decodeMessage, encodeMessage } from "../../../src/wire/protobuf/codec.ts";

const call = (sequence: number, instance_id: number, event_name: string) =>
  encodeMessage(RpcCall, {
    sequence,
    call: { $case: "cmd_handle_event", value: { instance_id, event_name } },
  });

const numbers = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer({ min: 0, max: 0x7fff_ffff }),
);

/** What the codec makes of a message; undefined if that is an error. */
function whole(message: Uint8Array) {
  try {
    const { sequence, call: command } = decodeMessage(RpcCall, message);
    return { sequence, command };
  } catch {
    return undefined;
  }
}

test("HandleEvent is read as the codec reads it", () => {
  fc.assert(fc.property(numbers, numbers, fc.string({ maxLength: 200 }), (sequence, id, name) => {
    const message = call(sequence, id, name);
    const short = readShortCall(message);
    if (short) assert.deepEqual(short, whole(message));
  }));
});

test("HandleEvent of Kong is read", () => {
  for (const [sequence, id] of [[1, 1], [127, 128], [300, 70_000], [2 ** 28 - 1, 2 ** 28 - 1]]) {
    const message = call(sequence!, id!, "access");
    assert.deepEqual(readShortCall(message), whole(message));
  }
});

test("what is cut, longer or changed anywhere is left, or read as the codec reads it", () => {
  const message = call(300, 70_000, "access");
  for (let end = 0; end < message.length; end++) {
    assert.equal(readShortCall(message.subarray(0, end)), undefined);
  }
  assert.equal(readShortCall(Uint8Array.of(...message, 0)), undefined);
  fc.assert(
    fc.property(fc.nat(message.length - 1), fc.nat(255), (at, byte) => {
      const changed = Uint8Array.from(message);
      changed[at] = byte;
      const short = readShortCall(changed);
      if (short) assert.deepEqual(short, whole(changed));
    }),
    { numRuns: 3000 },
  );
});

test("the end of a command is written as the codec writes it", () => {
  fc.assert(fc.property(fc.oneof(numbers, fc.maxSafeInteger()), (sequence) => {
    const done = writeDone(sequence);
    const expected = encodeMessage(RpcReturn, { sequence, return: undefined });
    if (done) assert.deepEqual([...done], [...expected]);
  }));
  assert.deepEqual([...writeDone(300)!], [
    ...encodeMessage(RpcReturn, { sequence: 300, return: undefined }),
  ]);
  assert.equal(writeDone(0), undefined);
});
