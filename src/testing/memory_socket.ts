// A socket in memory: connects a gateway's client to a plugin server's endpoint in this process.
import { setImmediate } from "node:timers";
import type { Connection, ConnectionEvents, Runtime } from "../runtime/contract.ts";

/** Takes a connection, as a listener does. */
type Accept = (connection: Connection) => ConnectionEvents;

/**
 * One end. What is written to it comes out at the other end later, never within the write: as with
 * a real socket, nobody is called back by a write.
 */
class MemoryEnd implements Connection {
  unsentBytes = 0;
  /** Who hears what comes out here. */
  events: ConnectionEvents | undefined;
  #other: MemoryEnd | undefined;
  #isOpen = true;

  static pair(): [MemoryEnd, MemoryEnd] {
    const [one, two] = [new MemoryEnd(), new MemoryEnd()];
    one.#other = two;
    two.#other = one;
    return [one, two];
  }

  write(bytes: Uint8Array): void {
    if (!this.#isOpen) return;
    // The writer may use its buffer again.
    const copy = Uint8Array.from(bytes);
    this.unsentBytes += copy.length;
    setImmediate(() => {
      this.unsentBytes -= copy.length;
      const other = this.#other;
      if (other && other.#isOpen) other.events?.data(copy);
    });
  }

  end(): void {
    // What was written before is on its way already.
    if (this.#isOpen) setImmediate(() => this.destroy());
  }

  destroy(): void {
    if (!this.#isOpen) return;
    this.#close();
    const other = this.#other;
    setImmediate(() => {
      if (other && other.#isOpen) other.#close();
    });
  }

  #close(): void {
    this.#isOpen = false;
    const { events } = this;
    setImmediate(() => events?.closed());
  }
}

/** What connects to an endpoint, whatever the path. */
export function memorySocket(accept: Accept): Pick<Runtime, "connect"> {
  return {
    connect: (_path, events) => {
      const [client, server] = MemoryEnd.pair();
      client.events = events;
      server.events = accept(server);
      return Promise.resolve(client);
    },
  };
}
