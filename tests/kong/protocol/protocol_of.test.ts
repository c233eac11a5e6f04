// The two protocols are told apart by their first bytes, in any pieces, and never taken for each other.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { protocolOf } from "../../../src/kong/protocol/protocol_of.ts";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { encode } from "../../../src/wire/msgpack/codec.ts";
import { concat, seededRandom } from "../../support/pieces.ts";
import { framed } from "../support/protobuf_client.ts";
import { readRecordings } from "../support/recordings.ts";
import { sentByKong } from "../support/streams.ts";

/** Asserts what a stream is told to be, however many of its first bytes there are. */
function assertProtocol(stream: Uint8Array, expected: string, enough = 19): void {
  for (let length = 0; length <= Math.min(stream.length, 40); length++) {
    const told = protocolOf(stream.subarray(0, length));
    if (told !== undefined) assert.equal(told, expected, `of ${length} bytes`);
    else assert.ok(length < enough, `nothing is told of ${length} bytes`);
  }
}

/** The largest frame that is taken in with the default limits. */
const LARGEST = 16 * 1024 * 1024;

/** An integer as Lua's MessagePack writes it. */
function packedId(id: number): Uint8Array {
  const bytes = new Uint8Array(9);
  const view = new DataView(bytes.buffer);
  if (id < 0x80) return Uint8Array.of(id);
  if (id < 0x100) return Uint8Array.of(0xcc, id);
  if (id < 0x1_0000) return Uint8Array.of(0xcd, id >> 8, id);
  view.setBigUint64(1, BigInt(id));
  bytes[0] = 0xcf;
  return id < 0x1_0000_0000 ? concat(Uint8Array.of(0xce), bytes.subarray(5)) : bytes;
}

/** A request up to the name of its method. */
function request(id: number, method: string): Uint8Array {
  const text = new TextEncoder().encode(method);
  return concat(Uint8Array.of(0x94, 0), packedId(id), Uint8Array.of(0xa0 | text.length), text);
}

const METHODS = ["plugin.StartInstance", "plugin.HandleEvent", "plugin.Step", "plugin.GetStatus"];

describe("the protocol of a connection", () => {
  for (const set of ["msgpack-3.9", "msgpack-2.8", "protobuf-3.9"]) {
    test(`is told from each recording of ${set}`, () => {
      const expected = set.startsWith("msgpack") ? "MsgPack:1" : "ProtoBuf:1";
      for (const recording of readRecordings(set)) {
        for (const stream of sentByKong(recording)) assertProtocol(stream, expected);
      }
    });
  }

  test("is MsgPack:1 whatever the number of the first request", () => {
    const ids = Array.from({ length: 53 }, (_, bits) => [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]);
    const random = seededRandom(5);
    const others = Array.from({ length: 5000 }, () => Math.floor(2 ** (random() * 40)));
    for (const id of [...ids.flat(), ...others, ...Array.from({ length: 70_000 }, (_, id) => id)]) {
      const method = METHODS[id % METHODS.length]!;
      assertProtocol(request(id, method), "MsgPack:1");
    }
  });

  test("is MsgPack:1 for requests of our own encoder", () => {
    for (const id of [1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1]) {
      assertProtocol(encode([0, id, "plugin.GetStatus", []]), "MsgPack:1");
    }
  });

  test("is ProtoBuf:1 for frames of any length, those that look like MessagePack among them", () => {
    const name = "x".repeat(40);
    const value = { name, config: new Uint8Array(0) };
    const beginnings = [
      messages.RpcCall.encode({ sequence: 2, call: undefined }).finish(),
      messages.RpcCall.encode({ sequence: 2, call: { $case: "cmd_start_instance", value } })
        .finish(),
      messages.RpcCall.encode({ sequence: 0, call: { $case: "cmd_start_instance", value } })
        .finish(),
      // Sequences whose bytes come close to a text.
      messages.RpcCall.encode({ sequence: 0x70 * 2 ** 21 + 0x1f_ffff, call: undefined }).finish(),
      messages.RpcCall.encode({ sequence: 0x70 * 2 ** 7 + 0x2d, call: undefined }).finish(),
    ];
    const lengths = Array.from({ length: 300 }, (_, length) => length);
    for (let length = 148; length <= LARGEST; length += 0x1_0000) lengths.push(length);
    for (const length of lengths) {
      for (const beginning of beginnings) {
        if (length < beginning.length) continue;
        const head = framed(new Uint8Array(0)).slice();
        new DataView(head.buffer).setUint32(0, length, true);
        const rest = new Uint8Array(Math.min(64, length - beginning.length)).fill(0x78);
        assertProtocol(concat(head, beginning, rest), "ProtoBuf:1");
      }
    }
  });

  test("is ProtoBuf:1 for whole frames of 148 bytes and of 13,500,564, with the fields in any order", () => {
    for (const length of [148, 0xce0094, 0xcf0094]) {
      for (const first of ["sequence", "command"]) {
        const sequence = Uint8Array.of(0x08, 0x02);
        const room = length - sequence.length;
        const call = (size: number) => {
          const value = { name: "guard", config: new Uint8Array(size).fill(0x20) };
          return messages.RpcCall.encode({
            sequence: 0,
            call: { $case: "cmd_start_instance", value },
          }).finish();
        };
        // The lengths before the configuration take up to 15 bytes.
        let command = call(room - 30);
        for (let size = room - 30; command.length < room; size++) command = call(size);
        assert.equal(command.length, room);
        const parts = first === "sequence" ? [sequence, command] : [command, sequence];
        assertProtocol(framed(concat(...parts)).subarray(0, 64), "ProtoBuf:1");
      }
    }
  });
});
