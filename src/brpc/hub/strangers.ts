// Connections that have not said who they are: so many and no more, and the longest silent goes first.
import type { Logger } from "../../base/log.ts";
import type { HubConnection } from "./connection.ts";

/** How often connections that came to nothing are reported, in milliseconds. */
const REPORT_MS = 1000;

/** The connections without a plugin. */
export class Strangers {
  readonly #most: number;
  readonly #log: Logger;
  readonly #connections = new Set<HubConnection>();
  #lastReport = -Infinity;
  #unreported = 0;

  /** @param most how many there may be */
  constructor(most: number, log: Logger) {
    this.#most = most;
    this.#log = log;
  }

  /**
   * Takes one more. Where there are too many, one that came earlier goes: a plugin says who it is at
   * once, so it gets through among any number of silent ones.
   */
  add(connection: HubConnection): void {
    if (this.#connections.size >= this.#most) {
      const [oldest] = this.#connections;
      this.#connections.delete(oldest as HubConnection);
      oldest?.destroy(`more than ${this.#most} connections did not say who they are`);
    }
    this.#connections.add(connection);
  }

  /** It is a plugin now. */
  delete(connection: HubConnection): void {
    this.#connections.delete(connection);
  }

  /** It is closed. Reported where it was broken off, once a second at most. */
  closed(connection: HubConnection, reason: string | undefined): void {
    this.#connections.delete(connection);
    if (reason === undefined) return;
    this.#unreported++;
    const now = performance.now();
    if (now - this.#lastReport < REPORT_MS) return;
    this.#log.warn("a connection was closed: no plugin came of it", {
      reason,
      more: this.#unreported > 1 ? this.#unreported - 1 : undefined,
    });
    this.#lastReport = now;
    this.#unreported = 0;
  }

  destroyAll(): void {
    for (const connection of this.#connections) connection.destroy();
  }
}
