// A plugin server that plays its part of a recording, with connections in memory.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Connection, ConnectionEvents } from "../../../src/runtime/contract.ts";
import { MessageReader } from "../../../src/wire/msgpack/reader.ts";
import { assertValue, type Frame } from "./recordings.ts";

const sorted = (bytes: Uint8Array) => [...bytes].sort((a, b) => a - b);

/** One connection's part of the script. */
class ScriptedConnection implements Connection {
  readonly unsentBytes = 0;
  readonly #frames: Frame[];
  readonly #events: ConnectionEvents;
  readonly #reader = new MessageReader({ messageBytes: 1 << 26, nesting: 64 });
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

  get closed(): boolean {
    return this.#closed;
  }

  /** Frames of this connection that were not played. */
  get left(): readonly Frame[] {
    return this.#frames.filter(({ dir, by }) => dir !== "close" || by === "server");
  }

  write(bytes: Uint8Array): void {
    this.#reader.push(bytes.slice());
    for (let message = this.#reader.next(); message; message = this.#reader.next()) {
      const frame = this.#frames.shift();
      assert.ok(frame?.dir === "kong->server", `not expected: ${JSON.stringify(message.value)}`);
      assertSame(message.value, message.bytes, frame);
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

/** Asserts that a request is the recorded one: the same value, and bytes of the same formats. */
function assertSame(value: unknown, bytes: Uint8Array, frame: Frame): void {
  const recorded = frame.decoded as [number, number, string, [Record<string, unknown>]];
  const sent = value as typeof recorded;
  if (recorded[2] !== "plugin.StartInstance") {
    assertValue(sent, recorded, recorded[2]);
    // The order of keys is not the same, so neither is that of the bytes.
    return assert.deepEqual(sorted(bytes), sorted(Buffer.from(frame.hex!, "hex")));
  }
  assert.deepEqual(sent.slice(0, 3), recorded.slice(0, 3));
  assert.deepEqual(Object.keys(sent[3][0]).sort(), ["Config", "Name"]);
  assert.equal(sent[3][0].Name, recorded[3][0].Name);
  const configs = [sent, recorded].map((call) => JSON.parse(String(call[3][0].Config)));
  assert.deepEqual(configs[0], configs[1]);
}

/** A server that plays a recording. */
export class ScriptedPluginServer {
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
    refused: readonly number[] = [],
    cut: (bytes: Uint8Array) => Uint8Array[] = (bytes) => [bytes],
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
