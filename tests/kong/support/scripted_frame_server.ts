// A plugin server of ProtoBuf:1 that plays its part of a recording.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { RpcCall } from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { FrameReader } from "../../../src/wire/frames.ts";
import type { Frame } from "./recordings.ts";
import { type ScriptedOptions, type ScriptedProtocol, ScriptedServer } from "./scripted_server.ts";

/** In any order, since Kong's own maps have none; Lua's NaN has another sign than JavaScript's. */
const sorted = (bytes: Uint8Array) => {
  const hex = Buffer.from(bytes).toString("hex").replaceAll("000000000000f8ff", "000000000000f87f");
  return [...Buffer.from(hex, "hex")].sort((a, b) => a - b);
};

function assertSame(frame: Uint8Array, recorded: Frame): void {
  const expected = Buffer.from(recorded.hex!, "hex").subarray(4);
  const { frame: kind } = recorded as { readonly frame?: string };
  if (kind !== "RpcCall") return assert.deepEqual(sorted(frame), sorted(expected));
  const [actual, wanted] = [frame, expected].map((bytes) => {
    const { sequence, call } = RpcCall.decode(bytes);
    if (call?.$case !== "cmd_start_instance") return { sequence, call };
    const config = JSON.parse(new TextDecoder().decode(call.value.config));
    return { sequence, call: { ...call, value: { name: call.value.name, config } } };
  });
  assert.deepEqual(actual, wanted);
}

const PROTOBUF: ScriptedProtocol<Uint8Array> = {
  reader: () => new FrameReader({ maxBytes: 1 << 26, byteOrder: "little" }),
  assertSame,
};

/** A server that plays a recording. */
export class ScriptedFrameServer extends ScriptedServer<Uint8Array> {
  constructor(frames: readonly Frame[], options: ScriptedOptions = {}) {
    super(frames, PROTOBUF, options);
  }
}
