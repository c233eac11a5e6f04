// The protocol's messages, as bytes: whole, byte by byte, cut at random, in older forms.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  envelope,
  EnvelopeType,
  HandshakeType,
  type PluginInfo,
  readEnvelope,
  readHandshake,
  writeHandshake,
} from "../../src/brpc/messages.ts";
import { gob, GobDecoder, GobEncoder, type GobType } from "../../src/wire/gob/mod.ts";
import { CUTS } from "../support/pieces.ts";

const field = (name: string, type: string) => ({ name, type, mandatory: true, fields: [] });
const INFO: PluginInfo = {
  name: "sample",
  version: "v1",
  functions: {
    none: { name: "none" },
    add: {
      name: "add",
      input: {
        name: "",
        type: "struct",
        mandatory: false,
        fields: [field("a", "int"), { ...field("b", "[]struct"), fields: [field("c", "string")] }],
      },
      output: { name: "", type: "int", mandatory: false, fields: [] },
    },
  },
};

function decode(pieces: Iterable<Uint8Array>): unknown[] {
  const decoder = new GobDecoder();
  const values: unknown[] = [];
  for (const piece of pieces) {
    decoder.push(piece);
    for (let item = decoder.next(); item; item = decoder.next()) values.push(item.value);
  }
  return values;
}

function bytesOf(...values: readonly (readonly [unknown, unknown])[]): Uint8Array {
  const encoder = new GobEncoder();
  return Uint8Array.from(values.flatMap(([type, value]) => [
    ...encoder.encode(type as GobType<unknown>, value),
  ]));
}

describe("a handshake and envelopes", () => {
  const full = {
    Seq: 2 ** 40,
    Trace: "t",
    Method: "m",
    Error: "e",
    Payload: Uint8Array.of(1, 2),
  };
  const stream = bytesOf(
    [HandshakeType, writeHandshake(INFO)],
    [EnvelopeType, envelope({})],
    [EnvelopeType, full],
  );

  for (const [how, cut] of Object.entries(CUTS)) {
    test(`arrive as they were sent, ${how}`, () => {
      const [handshake, empty, last] = decode(cut(stream));
      assert.deepEqual(readHandshake(handshake), INFO);
      assert.deepEqual(readEnvelope(empty), envelope({ Payload: new Uint8Array(0) }));
      assert.deepEqual(readEnvelope(last), full);
    });
  }
});

describe("other versions", () => {
  test("may say their functions as a slice", () => {
    const Older = gob.struct("PluginInfo", {
      Version: gob.string,
      Functions: gob.slice(gob.struct("Function", { Name: gob.string })),
      Name: gob.string,
    });
    const older = { Name: "old", Version: "v0", Functions: [{ Name: "a" }, { Name: "b" }] };
    assert.deepEqual(readHandshake(decode([bytesOf([Older, older])])[0]), {
      name: "old",
      version: "v0",
      functions: { a: { name: "a" }, b: { name: "b" } },
    });
  });

  test("may have fields in another order, lack some, and have others that we do not know", () => {
    const Other = gob.struct("Whatever", {
      Payload: gob.bytes,
      News: gob.map(gob.string, gob.slice(gob.float)),
      Seq: gob.uint,
    });
    const said = { Payload: Uint8Array.of(7), News: new Map([["x", [1.5]]]), Seq: 3 };
    assert.deepEqual(
      readEnvelope(decode([bytesOf([Other, said])])[0]),
      envelope({ Seq: 3, Payload: Uint8Array.of(7) }),
    );
  });

  test("cannot make a property of what is no name of a function", () => {
    const said = { Name: "x", Version: "", Functions: new Map([["__proto__", { Name: "" }]]) };
    const { functions } = readHandshake(
      decode([bytesOf([HandshakeType, said])])[0],
    );
    assert.deepEqual(Object.keys(functions), ["__proto__"]);
    assert.equal(Object.getPrototypeOf(functions), Object.prototype);
  });
});
