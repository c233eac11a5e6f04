// A plugin server of MsgPack:1 that plays its part of a recording.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { ForeignTexts } from "../../../src/wire/foreign_texts.ts";
import { decodeForeign } from "../../../src/wire/msgpack/foreign.ts";
import { MessageReader, type MsgpackMessage } from "../../../src/wire/msgpack/reader.ts";
import { assertValue, type Frame } from "./recordings.ts";
import { type ScriptedOptions, type ScriptedProtocol, ScriptedServer } from "./scripted_server.ts";

const sorted = (bytes: Uint8Array) => [...bytes].sort((a, b) => a - b);

/** Asserts that a request is the recorded one: the same value, and bytes of the same formats. */
function assertSame(value: unknown, bytes: Uint8Array, frame: Frame): void {
  const recorded = frame.decoded as [number, number, string, [Record<string, unknown>]];
  const sent = value as typeof recorded;
  if (recorded[2] !== "plugin.StartInstance") {
    assertValue(decodeForeign(bytes, new ForeignTexts()), recorded, recorded[2]);
    // The order of keys is not the same, so neither is that of the bytes.
    return assert.deepEqual(sorted(bytes), sorted(Buffer.from(frame.hex!, "hex")));
  }
  assert.deepEqual(sent.slice(0, 3), recorded.slice(0, 3));
  assert.deepEqual(Object.keys(sent[3][0]).sort(), ["Config", "Name"]);
  assert.equal(sent[3][0].Name, recorded[3][0].Name);
  const configs = [sent, recorded].map((call) => JSON.parse(String(call[3][0].Config)));
  assert.deepEqual(configs[0], configs[1]);
}

const MSGPACK: ScriptedProtocol<MsgpackMessage> = {
  reader: () => new MessageReader({ messageBytes: 1 << 26, nesting: 64 }),
  assertSame: ({ value, bytes }, frame) => assertSame(value, bytes, frame),
};

/** A server that plays a recording. */
export class ScriptedPluginServer extends ScriptedServer<MsgpackMessage> {
  constructor(frames: readonly Frame[], options: ScriptedOptions = {}) {
    super(frames, MSGPACK, options);
  }
}
