// Commands of ProtoBuf:1, right and nearly right.
import fc, { type Arbitrary } from "fast-check";
import { encodeMessage } from "../../../src/wire/protobuf/codec.ts";
import { RpcCall } from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { anyMessage, framed } from "./protobuf.ts";
import { someText, streamOf, utf8 } from "./parts.ts";
import { configText } from "./rpc.ts";

const int32 = fc.oneof(fc.nat(40), fc.integer());
const name = fc.oneof(fc.constantFrom("guard", "sim"), someText);

const call: Arbitrary<RpcCall["call"]> = fc.oneof(
  fc.constant({ $case: "cmd_get_plugin_names" as const, value: {} }),
  name.map((name) => ({ $case: "cmd_get_plugin_info" as const, value: { name } })),
  fc.tuple(name, configText).map(([name, config]) => ({
    $case: "cmd_start_instance" as const,
    value: { name, config: utf8(config) },
  })),
  int32.map((instance_id) => ({
    $case: "cmd_get_instance_status" as const,
    value: { instance_id },
  })),
  int32.map((instance_id) => ({ $case: "cmd_close_instance" as const, value: { instance_id } })),
  fc.tuple(int32, fc.constantFrom("access", "log", "none", "")).map((
    [instance_id, event_name],
  ) => ({
    $case: "cmd_handle_event" as const,
    value: { instance_id, event_name },
  })),
  fc.constant(undefined),
);

/** One command, as a message. */
export const command: Arbitrary<Uint8Array> = fc.tuple(fc.maxSafeInteger(), call).map((
  [sequence, call],
) => encodeMessage(RpcCall, { sequence, call }));

/** What comes in on a connection: commands, and frames of anything. */
export const commandStream: Arbitrary<Uint8Array> = streamOf(framed(fc.oneof(
  { weight: 6, arbitrary: command },
  { weight: 1, arbitrary: anyMessage },
)));
