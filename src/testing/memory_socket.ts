// A socket in memory: connects a gateway's client to a plugin server's endpoint in this process.
import { setImmediate } from "node:timers";
import type { Connection, ConnectionEvents, Runtime } from "../runtime/contract.ts";

/** Takes a connection, as a listener does. */
type Accept = (connection: Connection) => ConnectionEvents;

/**
 * Turns of the event loop in a row without anything on its way, after which all has come as far as it
 * does by itself: what was just delivered takes up to two until something is written again.
 */
const QUIET_TURNS = 3;

/** Turns after which it is quiet enough: a handler may ask Kong something without end. */
const MOST_TURNS = 10_000;

/** What is on its way between the ends of connections. */
export class Traffic {
  #pending = 0;

  /** Has something done later, never within the call. */
  later(deliver: () => void): void {
    this.#pending++;
    setImmediate(() => {
      this.#pending--;
      deliver();
    });
  }

  /** Settles when nothing is on its way, and nothing more comes of what was. */
  async quiet(): Promise<void> {
    for (let turn = 0, quiet = 0; turn < MOST_TURNS && quiet < QUIET_TURNS; turn++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      quiet = this.#pending === 0 ? quiet + 1 : 0;
    }
  }
}

/**
 * One end. What is written to it comes out at the other end later, never within the write: as with
 * a real socket, nobody is called back by a write.
 */
class MemoryEnd implements Connection {
  unsentBytes = 0;
  /** Who hears what comes out here. */
  events: ConnectionEvents | undefined;
  /** The other end. */
  other: MemoryEnd | undefined;
  readonly #traffic: Traffic;
  #isOpen = true;

  constructor(traffic: Traffic) {
    this.#traffic = traffic;
  }

  write(bytes: Uint8Array): void {
    if (!this.#isOpen) return;
    // The writer may use its buffer again.
    const copy = Uint8Array.from(bytes);
    this.unsentBytes += copy.length;
    this.#traffic.later(() => {
      this.unsentBytes -= copy.length;
      this.other?.receive(copy);
    });
  }

  receive(bytes: Uint8Array): void {
    if (this.#isOpen) this.events?.data(bytes);
  }

  end(): void {
    // What was written before is on its way already.
    this.#traffic.later(() => this.destroy());
  }

  destroy(): void {
    this.close();
    this.#traffic.later(() => this.other?.close());
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#traffic.later(() => this.events?.closed());
  }
}

/** What connects to an endpoint, whatever the path. */
export function memorySocket(accept: Accept, traffic: Traffic): Pick<Runtime, "connect"> {
  return {
    connect: (_path, events) => {
      const [client, server] = [new MemoryEnd(traffic), new MemoryEnd(traffic)];
      client.other = server;
      server.other = client;
      client.events = events;
      server.events = accept(server);
      return Promise.resolve(client);
    },
  };
}
