// A plugin server that plays its part of a recording of ProtoBuf:1, with connections in memory.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { RpcCall } from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import type { Connection, ConnectionEvents } from "../../../src/runtime/contract.ts";
import { FrameReader } from "../../../src/wire/frames.ts";
import type { Frame } from "./recordings.ts";

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

/** One connection's part of the script. */
class ScriptedConnection implements Connection {
  readonly unsentBytes = 0;
  readonly #frames: Frame[];
  readonly #events: ConnectionEvents;
  readonly #reader = new FrameReader({ maxBytes: 1 << 26, byteOrder: "little" });
  readonly #cut: (bytes: Uint8Array) => Uint8Array[];
  #closed = false;

  constructor(
    frames: readonly Frame[],
    events: ConnectionEvents,
    cut: (bytes: Uint8Array) => Uint8Array[],
  ) {
    this.#frames = [...frames];
    this.#events = events;
    this.#cut = cut;
  }

  /** Frames of this connection that were not played. */
  get left(): readonly Frame[] {
    return this.#frames.filter(({ dir, by }) => dir !== "close" || by === "server");
  }

  write(bytes: Uint8Array): void {
    this.#reader.push(bytes.slice());
    for (let frame = this.#reader.next(); frame; frame = this.#reader.next()) {
      const next = this.#frames.shift();
      assert.ok(
        next?.dir === "kong->server",
        `not expected: ${Buffer.from(frame).toString("hex")}`,
      );
      assertSame(frame, next);
      setImmediate(() => this.play());
    }
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    setImmediate(() => this.#events.closed());
  }

  /** Plays what the server does up to Kong's next turn. */
  play(): void {
    while (!this.#closed) {
      const next = this.#frames[0];
      if (next?.dir === "server->kong") {
        for (const piece of this.#cut(Buffer.from(next.hex!, "hex"))) this.#events.data(piece);
      } else if (next?.dir === "close" && next.by === "server") this.destroy();
      else return;
      this.#frames.shift();
    }
  }
}

/** A server that plays a recording. */
export class ScriptedFrameServer {
  readonly connections: ScriptedConnection[] = [];
  readonly #frames: readonly Frame[];
  readonly #refused: readonly number[];
  readonly #cut: (bytes: Uint8Array) => Uint8Array[];
  #attempts = 0;

  /**
   * @param refused which attempts to connect fail, counted from 1
   * @param cut cuts what the server sends
   */
  constructor(
    frames: readonly Frame[],
    refused: readonly number[],
    cut: (bytes: Uint8Array) => Uint8Array[],
  ) {
    this.#frames = frames;
    this.#refused = refused;
    this.#cut = cut;
  }

  /** Takes the place of `Runtime.connect`. */
  readonly connect = (_path: string, events: ConnectionEvents): Promise<Connection> => {
    if (this.#refused.includes(++this.#attempts)) {
      return Promise.reject(new Error("no such file or directory"));
    }
    const number = this.connections.length + 1;
    const own = this.#frames.filter(({ conn, dir }) => conn === number && dir !== "open");
    const connection = new ScriptedConnection(own, events, this.#cut);
    this.connections.push(connection);
    connection.play();
    return Promise.resolve(connection);
  };
}
