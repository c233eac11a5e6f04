// Those who wait for a plugin to connect.
import { setTimer, type Timer } from "../timer.ts";

/** Who waits, by the name of the plugin. */
export class Waiters {
  readonly #waiting = new Map<string, Set<(came: boolean) => void>>();

  /** True once the plugin is connected, false after so many milliseconds. */
  wait(name: string, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(name) ?? new Set();
      this.#waiting.set(name, waiting);
      const settle = (came: boolean) => {
        clearTimeout(timer);
        waiting.delete(settle);
        if (waiting.size === 0 && this.#waiting.get(name) === waiting) this.#waiting.delete(name);
        resolve(came);
      };
      const timer: Timer = setTimer(() => settle(false), timeoutMs);
      waiting.add(settle);
    });
  }

  arrived(name: string): void {
    for (const settle of [...this.#waiting.get(name) ?? []]) settle(true);
  }

  /** Nobody comes any more. */
  giveUp(): void {
    for (const waiting of [...this.#waiting.values()]) {
      for (const settle of [...waiting]) settle(false);
    }
  }
}
