// One end of a connection between hub and plugin: gob values in, gob values out, both bounded.
import { Buffer } from "node:buffer";
import { messageOf } from "../base/errors.ts";
import type { Connection, ConnectionEvents } from "../runtime/contract.ts";
import { GobDecoder, GobEncoder, type GobType } from "../wire/gob/mod.ts";
import { WireError } from "../wire/wire_error.ts";

/** Types of one stream, and values that one message is made of: far more than the protocol has. */
const GOB_BOUNDS = { types: 100, values: 100_000, definitionBytes: 64 * 1024, depth: 100 };

/** Room that a message has for all but its payload, in bytes. */
const HEAD_BYTES = 4096;

/** Longest payload that surely has room in a message of so many bytes. */
export function payloadRoom(messageBytes: number): number {
  return messageBytes - HEAD_BYTES;
}

/** Bounds of a connection. */
export interface LinkLimits {
  /** Longest message, in bytes, either way. */
  readonly messageBytes: number;
  /** Bytes that may wait for a peer that does not read. */
  readonly unsentBytes: number;
}

/** What a link tells its user. */
export interface LinkEvents {
  /** A value came in; what this throws as a `WireError` breaks the connection. */
  value(value: unknown): void;
  /** What could not be sent at once is out. */
  drained?(): void;
  /** The connection is over; called once. With a reason where it was not just closed. */
  closed(reason: string | undefined): void;
}

/** A connection that speaks gob. */
export class Link implements ConnectionEvents {
  readonly #limits: LinkLimits;
  readonly #events: LinkEvents;
  readonly #decoder: GobDecoder;
  readonly #encoder = new GobEncoder();
  #connection: Connection | undefined;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #reason: string | undefined;
  #isBroken = false;
  #isPaused = false;
  /** What has to wait until the values that came in are taken. */
  readonly #afterwards: (() => void)[] = [];
  #isClosed = false;

  constructor(limits: LinkLimits, events: LinkEvents) {
    this.#limits = limits;
    this.#events = events;
    this.#decoder = new GobDecoder({ ...GOB_BOUNDS, messageBytes: limits.messageBytes });
  }

  /** Takes the connection, once there is one. */
  open(connection: Connection): void {
    this.#connection = connection;
    if (this.#isClosed || this.#isBroken) connection.destroy();
  }

  /** Whether the peer reads so slowly that nothing more should be written. */
  get isFull(): boolean {
    const unsent = this.#connection?.unsentBytes ?? 0;
    return this.#gatheredBytes + unsent > this.#limits.unsentBytes;
  }

  /** Longest payload that surely has room in a message, in bytes. */
  get payloadBytes(): number {
    return payloadRoom(this.#limits.messageBytes);
  }

  /** Sends a value. What is sent in one turn of the event loop goes out in one piece. */
  send<T>(type: GobType<T>, value: T): void {
    if (this.#isClosed || this.#isBroken) return;
    const bytes = this.#encoder.encode(type, value);
    if (this.#gathered.push(bytes) === 1) queueMicrotask(() => this.#flush());
    this.#gatheredBytes += bytes.length;
  }

  /** Takes no more values, and reads no further, so that the peer has to wait. */
  pause(): void {
    this.#isPaused = true;
    this.#connection?.pause?.();
  }

  /** Takes values again, from the next turn of the event loop on. */
  resume(): void {
    this.#isPaused = false;
    queueMicrotask(() => {
      this.#take();
      if (this.#isPaused) return;
      this.#catchUp();
      this.#connection?.resume?.();
    });
  }

  /** Ends the connection once everything is out. */
  end(): void {
    this.#flush();
    this.#connection?.end();
  }

  /** Ends the connection at once. */
  destroy(reason?: string): void {
    this.#reason ??= reason;
    this.#isBroken = true;
    this.#connection?.destroy();
    this.#catchUp();
  }

  data(chunk: Uint8Array): void {
    if (this.#isBroken) return;
    this.#decoder.push(chunk);
    this.#take();
  }

  drained(): void {
    this.#events.drained?.();
  }

  /** The peer sends nothing more, and reads nothing more either. */
  ended(): void {
    this.#whenTaken(() => this.destroy());
  }

  closed(): void {
    this.#whenTaken(() => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      this.#gathered = [];
      this.#gatheredBytes = 0;
      this.#events.closed(this.#reason);
    });
  }

  /** Values that have come in are taken first, also where that has to wait. */
  #whenTaken(run: () => void): void {
    if (this.#isPaused && !this.#isBroken) this.#afterwards.push(run);
    else run();
  }

  #catchUp(): void {
    for (const run of this.#afterwards.splice(0)) run();
  }

  #take(): void {
    try {
      while (!this.#isPaused && !this.#isBroken && !this.#isClosed) {
        const item = this.#decoder.next();
        if (!item) return;
        this.#events.value(item.value);
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.destroy(messageOf(error));
    }
  }

  #flush(): void {
    const [first, ...more] = this.#gathered;
    if (!first) return;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#connection?.write(more.length === 0 ? first : Buffer.concat([first, ...more]));
    if (!this.isFull) this.#events.drained?.();
  }
}
