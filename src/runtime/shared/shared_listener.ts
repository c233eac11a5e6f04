// Accepting on a socket that several processes share.
import net from "node:net";
import { take } from "./net.ts";
import type { Connection, ConnectionEvents, Listener } from "../contract.ts";

/** How long a process steps back after a connection, in milliseconds. */
const NAP_MS = 1;
/** What may be spent on that at once, in milliseconds, and the part of the time that fills it up. */
const BUDGET_MS = 100;
const BUDGET_PART = 0.02;

/**
 * Steps back for a moment after each connection. The runtimes accept all that wait in one go: of 32
 * connections that come at once, the first process to wake up gets 31, and keeps them. A moment is
 * enough for the others to take theirs. With connections that come and go all the time, which the
 * processes share by how busy they are, there is next to none of it.
 */
export class Politeness {
  readonly #cell = new Int32Array(new SharedArrayBuffer(4));
  #budgetMs = BUDGET_MS;
  #filledAt = performance.now();

  stepBack(): void {
    const now = performance.now();
    this.#budgetMs = Math.min(BUDGET_MS, this.#budgetMs + (now - this.#filledAt) * BUDGET_PART);
    this.#filledAt = now;
    if (this.#budgetMs < NAP_MS) return;
    this.#budgetMs -= NAP_MS;
    Atomics.wait(this.#cell, 0, 0, NAP_MS);
  }
}

/** Implements `Runtime.listenOn`. */
export function listenOn(
  descriptor: number,
  accept: (connection: Connection) => ConnectionEvents,
  shared: boolean,
): Promise<Listener> {
  const politeness = shared ? new Politeness() : undefined;
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    politeness?.stepBack();
    take(socket, accept);
  });
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.once("listening", () => {
      resolve({
        close() {
          server.close();
          return Promise.resolve();
        },
      });
    });
    server.listen({ fd: descriptor });
  });
}
