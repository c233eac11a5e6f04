// Protobuf messages: decoded strictly, with strings that need not be UTF-8.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  Consumer,
  InstanceStatus,
  KV,
  RpcCall,
  String as Text,
  Struct,
} from "../../src/kong/protocol/protobuf/generated/messages.ts";
import { decodeMessage, encodeMessage, type MessageCodec } from "../../src/wire/protobuf/codec.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { fromHex, seededRandom } from "../support/pieces.ts";

function assertMalformed(codec: MessageCodec<unknown>, hex: string): void {
  assert.throws(
    () => decodeMessage(codec, fromHex(hex.replaceAll(" ", ""))),
    (error) => error instanceof WireError && error.code === "MALFORMED",
    hex,
  );
}

describe("a message", () => {
  test("comes back as it was", () => {
    const value = { name: "x", config: Uint8Array.of(0, 255) };
    const message = { sequence: -3, call: { $case: "cmd_start_instance", value } } as const;
    const decoded = decodeMessage(RpcCall, encodeMessage(RpcCall, message));
    assert.equal(decoded.sequence, -3);
    const { name, config } = (decoded.call as typeof message.call).value;
    assert.deepEqual([name, [...config]], ["x", [0, 255]]);
  });

  test("tells fields that were not sent from those that are empty", () => {
    const consumer = { tags: [], username: "", created_at: 0 };
    const decoded = decodeMessage(Consumer, encodeMessage(Consumer, consumer));
    assert.deepEqual([decoded.username, decoded.created_at, decoded.id], ["", 0, undefined]);
  });

  test("keeps fields that are not known out", () => {
    assert.deepEqual(decodeMessage(Text, fromHex("12037879 7a0a0161".replace(" ", ""))), {
      v: "a",
    });
  });

  test("has strings with a byte order mark, and with bytes that are not UTF-8", () => {
    const mark = "0a" + "12" + "efbbbf" + "61".repeat(15);
    assert.equal(decodeMessage(Text, fromHex(mark)).v, `\ufeff${"a".repeat(15)}`);
    assert.equal(decodeMessage(Text, fromHex("0a04fffe6280")).v, "\ufffd\ufffdb\ufffd");
  });

  test("has entries of any name", () => {
    const field = { key: "__proto__", value: { kind: undefined } };
    const { fields } = decodeMessage(Struct, encodeMessage(Struct, { fields: [field, field] }));
    assert.deepEqual(fields, [field, field]);
  });
});

describe("encoding", () => {
  const encode = (v: string) => encodeMessage(Text, { v });

  test("gives each message memory of its own", () => {
    const [first, second] = [encode("one"), encode("2")];
    assert.deepEqual([[...first], [...second]], [[10, 3, 111, 110, 101], [10, 1, 50]]);
    assert.equal(decodeMessage(Text, encode("x".repeat(100_000))).v.length, 100_000);
    assert.deepEqual([...encode("2")], [10, 1, 50]);
  });

  test("leaves nothing behind of a message that could not be encoded", () => {
    const call = { $case: "cmd_close_instance", value: { instance_id: 1.5 } } as const;
    assert.throws(() => encodeMessage(RpcCall, { sequence: 7, call }));
    assert.deepEqual([...encode("2")], [10, 1, 50]);
  });
});

describe("bytes that are no message are refused", () => {
  const malformed: Readonly<Record<string, [MessageCodec<unknown>, string]>> = {
    "a string that ends too early": [Text, "0a 05 61"],
    "a number that ends too early": [RpcCall, "08 80"],
    "a number of more than ten bytes": [RpcCall, "08 ff ff ff ff ff ff ff ff ff ff 01"],
    "a number that no double holds": [InstanceStatus, "20 ff ff ff ff ff ff ff ff 7f"],
    "a double that ends too early": [KV, "12 05 11 00 00 00 00"],
    "a length of 4 GiB": [Text, "0a ff ff ff ff 0f"],
    "a negative length": [Text, "0a ff ff ff ff ff ff ff ff ff 01"],
    "a message inside that is longer than all": [KV, "12 09 1a 01 61"],
    "a string inside that is longer than all": [RpcCall, "a2 02 04 12 08 61 63 63"],
    "an unknown field that ends too early": [Text, "12 05 61"],
    "a field of number 0": [Text, "00 0a 01 61"],
    "the end of a group that did not begin": [Text, "0c 0a 01 61"],
    "a group that does not end": [Text, "13 0a 01 61"],
    "a wire type that does not exist": [Text, "0f"],
  };
  for (const [what, [codec, hex]] of Object.entries(malformed)) {
    test(what, () => assertMalformed(codec, hex));
  }

  test("and noise gives a message or that error", () => {
    const random = seededRandom(31);
    let refused = 0;
    for (let round = 0; round < 20_000; round++) {
      const noise = Uint8Array.from({ length: random() * 40 }, () => random() * 256);
      for (const codec of [RpcCall, Struct, Consumer] as MessageCodec<unknown>[]) {
        try {
          decodeMessage(codec, noise);
        } catch (error) {
          assert.ok(error instanceof WireError, String(error));
          refused++;
        }
      }
    }
    assert.ok(refused > 0);
  });
});
