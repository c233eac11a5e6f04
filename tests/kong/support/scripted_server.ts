// A server that plays its part of a recording, with connections in memory; the protocol is given.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Connection, ConnectionEvents } from "../../../src/runtime/contract.ts";
import type { Frame } from "./recordings.ts";

/** How the client's messages are read and compared. */
export interface ScriptedProtocol<Message> {
  reader(): { push(bytes: Uint8Array): void; next(): Message | undefined };
  /** Asserts that a message is the recorded one. */
  assertSame(message: Message, recorded: Frame): void;
}

/** Which connections fail, and how bytes come. */
export interface ScriptedOptions {
  /** Which attempts to connect fail, counted from 1. */
  readonly refused?: readonly number[] | undefined;
  /** Cuts what the server sends. */
  readonly cut?: (bytes: Uint8Array) => Uint8Array[];
}

/** One connection's part of the script. */
class ScriptedConnection<Message> implements Connection {
  readonly unsentBytes = 0;
  readonly #frames: Frame[];
  readonly #events: ConnectionEvents;
  readonly #protocol: ScriptedProtocol<Message>;
  readonly #reader: ReturnType<ScriptedProtocol<Message>["reader"]>;
  readonly #cut: (bytes: Uint8Array) => Uint8Array[];
  #closed = false;

  constructor(
    frames: readonly Frame[],
    events: ConnectionEvents,
    protocol: ScriptedProtocol<Message>,
    cut: (bytes: Uint8Array) => Uint8Array[],
  ) {
    this.#frames = [...frames];
    this.#events = events;
    this.#protocol = protocol;
    this.#reader = protocol.reader();
    this.#cut = cut;
  }

  /** Frames of this connection that were not played. */
  get left(): readonly Frame[] {
    return this.#frames.filter(({ dir, by }) => dir !== "close" || by === "server");
  }

  write(bytes: Uint8Array): void {
    this.#reader.push(bytes.slice());
    for (let message = this.#reader.next(); message; message = this.#reader.next()) {
      const frame = this.#frames.shift();
      assert.ok(frame?.dir === "kong->server", `not expected: ${JSON.stringify(message)}`);
      this.#protocol.assertSame(message, frame);
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
export class ScriptedServer<Message> {
  readonly connections: ScriptedConnection<Message>[] = [];
  readonly #frames: readonly Frame[];
  readonly #protocol: ScriptedProtocol<Message>;
  readonly #options: ScriptedOptions;
  #attempts = 0;

  constructor(
    frames: readonly Frame[],
    protocol: ScriptedProtocol<Message>,
    options: ScriptedOptions,
  ) {
    this.#frames = frames;
    this.#protocol = protocol;
    this.#options = options;
  }

  /** Takes the place of `Runtime.connect`. */
  readonly connect = (_path: string, events: ConnectionEvents): Promise<Connection> => {
    const { refused = [], cut = (bytes) => [bytes] } = this.#options;
    if (refused.includes(++this.#attempts)) {
      return Promise.reject(new Error("no such file or directory"));
    }
    const number = this.connections.length + 1;
    const own = this.#frames.filter(({ conn, dir }) => conn === number && dir !== "open");
    const connection = new ScriptedConnection(own, events, this.#protocol, cut);
    this.connections.push(connection);
    connection.play();
    return Promise.resolve(connection);
  };
}
