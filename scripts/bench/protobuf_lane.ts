// The load over ProtoBuf:1: an instance to run events on, and the events of one connection.
import type { Socket } from "node:net";
import {
  RpcCall,
  RpcReturn,
  String as Text,
} from "../../src/kong/protocol/protobuf/generated/messages.ts";
import { frame, FrameReader } from "../../src/wire/frames.ts";
import { encodeMessage } from "../../src/wire/protobuf/codec.ts";
import { type Finished, type Lane, openSocket } from "./lane.ts";
import { STEP_DATA } from "./messages.ts";

/** Bytes that are read as one frame at most. */
const MAX_BYTES = 1024 * 1024;

/** Frames of a call, and of an event's end: a name and what goes with it. */
const FRAMES_OF_A_TURN = 2;

/** Each command carries it: one is under way on a connection, so nothing has to be told apart. */
const SEQUENCE = 7;

const command = (call: RpcCall["call"]) =>
  frame(encodeMessage(RpcCall, { sequence: SEQUENCE, call }), "little");

/** What the gateway answers to the bench plugin's calls, as frames. */
const ANSWERS = STEP_DATA.map((text) =>
  frame(text === undefined ? new Uint8Array(0) : encodeMessage(Text, { v: text }), "little")
);

/** Calls `take` with each whole frame; what to do with a chunk. */
function splitter(take: (frame: Uint8Array) => void): (chunk: Uint8Array) => void {
  const reader = new FrameReader({ maxBytes: MAX_BYTES, byteOrder: "little" });
  return (chunk) => {
    reader.push(chunk);
    for (let next = reader.next(); next; next = reader.next()) take(next);
  };
}

/** Starts an instance of a plugin, on a connection of its own. */
export async function startOverProtobuf(path: string, plugin: string): Promise<number> {
  const socket = await openSocket(path);
  const config = new TextEncoder().encode("{}");
  const answer = await new Promise<Uint8Array>((resolve, reject) => {
    socket.on("data", splitter(resolve));
    socket.once("close", () => reject(new Error("the server closed the first connection")));
    socket.write(command({ $case: "cmd_start_instance", value: { name: plugin, config } }));
  });
  socket.destroy();
  const { return: status } = RpcReturn.decode(answer);
  if (status?.$case !== "instance_status") throw new Error(`no instance: ${status?.$case}`);
  return status.value.instance_id;
}

/** One connection's events. */
export class ProtobufLane implements Lane {
  readonly #socket: Socket;
  readonly #handle: Uint8Array;
  trips = 0;
  #frames = 0;
  #begunAt = 0;

  constructor(socket: Socket, instance_id: number) {
    this.#socket = socket;
    this.#handle = command({
      $case: "cmd_handle_event",
      value: { instance_id, event_name: "access" },
    });
  }

  run(finished: Finished): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.on(
        "data",
        splitter((frame) => {
          const outcome = this.#take(frame);
          if (outcome === "wrong") return reject(new Error(`frame ${this.#frames} is wrong`));
          if (outcome === "under way") return;
          if (finished(this.#begunAt, performance.now())) this.#begin();
          else resolve();
        }),
      );
      this.#socket.once("close", () => reject(new Error("the server closed a connection")));
      this.#begin();
    });
  }

  #begin(): void {
    this.#frames = 0;
    this.#begunAt = performance.now();
    this.#socket.write(this.#handle);
  }

  /** Answers a call once both of its frames are there; behind the last one comes the end. */
  #take({ length }: Uint8Array): "under way" | "over" | "wrong" {
    const turn = Math.floor(this.#frames / FRAMES_OF_A_TURN);
    const isFirst = this.#frames++ % FRAMES_OF_A_TURN === 0;
    const answer = ANSWERS[turn];
    // An empty name stands for the end of the event.
    if (isFirst) return (length === 0) === (answer === undefined) ? "under way" : "wrong";
    if (!answer) return "over";
    this.#socket.write(answer);
    this.trips++;
    return "under way";
  }
}
