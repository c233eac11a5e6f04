// The bare responder over ProtoBuf:1, as responder.ts is over MsgPack:1. Started as
// `RUNTIME responder_protobuf.ts SOCKET [--codec]`: without --codec it does not even read what comes
// in, with it every message is decoded and encoded.
import { Buffer } from "node:buffer";
import { createServer, type Socket } from "node:net";
import process from "node:process";
import {
  KV,
  RpcCall,
  RpcReturn,
  String as Text,
} from "../../src/kong/protocol/protobuf/generated/messages.ts";
import { frame } from "../../src/wire/frames.ts";
import { decodeMessage, encodeMessage } from "../../src/wire/protobuf/codec.ts";

/** Every command of the load has this number. */
const SEQUENCE = 7;

/** Bytes of a frame's length. */
const HEAD_BYTES = 4;

const NOTHING = new Uint8Array(0);
const value = { kind: { $case: "string_value", value: Buffer.from("1") } } as const;

/** Calls of an event: their names, and what makes the messages with their arguments. */
const CALLS: readonly (readonly [name: string, args: () => Uint8Array])[] = [
  ["kong.request.get_header", () => encodeMessage(Text, { v: "host" })],
  ["kong.client.get_ip", () => NOTHING],
  ["kong.response.set_header", () => encodeMessage(KV, { k: "x-bench", v: value })],
];

const bytesOf = new TextEncoder();
const pair = (first: Uint8Array, second: Uint8Array) =>
  Buffer.concat([frame(first, "little"), frame(second, "little")]);
const returned = (result: RpcReturn["return"]) =>
  encodeMessage(RpcReturn, { sequence: SEQUENCE, return: result });

/** What goes out at each turn of an event. An empty name stands for its end. */
function answerAt(turn: number): Uint8Array {
  const call = CALLS[turn];
  return call ? pair(bytesOf.encode(call[0]), call[1]()) : pair(NOTHING, returned(undefined));
}

const TURNS = CALLS.length + 1;
const READY_MADE = Array.from({ length: TURNS }, (_, turn) => answerAt(turn));

/** How an event's message is answered, by the number of messages before it in its event. */
const answerTo = process.argv[3] === "--codec"
  ? (bytes: Uint8Array, turn: number) => {
    const message = bytes.subarray(HEAD_BYTES);
    if (turn === 0) decodeMessage(RpcCall, message);
    // The last call is answered with nothing.
    else if (message.length > 0) decodeMessage(Text, message);
    return answerAt(turn);
  }
  : (_bytes: Uint8Array, turn: number) => READY_MADE[turn]!;

function serve(socket: Socket): void {
  let turn = 0;
  let begun = false;
  socket.on("data", (bytes) => {
    // The load starts its instance on a connection that it uses for nothing else.
    const { call } = begun ? {} : decodeMessage(RpcCall, bytes.subarray(HEAD_BYTES));
    if (call?.$case === "cmd_start_instance") {
      const status = { name: "bench", instance_id: 1, config: undefined, started_at: 0 };
      const answer = returned({ $case: "instance_status", value: status });
      return void socket.write(frame(answer, "little"));
    }
    begun = true;
    socket.write(answerTo(bytes, turn));
    turn = (turn + 1) % TURNS;
  });
  socket.on("error", () => socket.destroy());
}

createServer(serve).listen(process.argv[2]);
