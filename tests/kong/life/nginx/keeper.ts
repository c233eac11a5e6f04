// What Kong's first worker does with a start_cmd: runs it, logs what it prints, starts it again.
import { setTimeout as sleep } from "node:timers/promises";
import { lives, type Started, startProcess } from "../../../support/process.ts";

/** How long after its end Kong starts a server again: it was seen to take 0.9 to 1 s. */
export const RESTART_MS = 1000;

/** How a server is kept. */
export interface KeeperOptions {
  /** Milliseconds until a server that ended is started again: 1000. */
  readonly restartMs?: number;
  /** Variables on top of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A server with a start_cmd. */
export class ServerKeeper {
  readonly #command: string;
  readonly #options: KeeperOptions;
  readonly #over = new AbortController();
  #leaving = false;
  #kept: Promise<void> | undefined;
  /** Every process so far; the last one is the one that runs, if any does. */
  readonly processes: Started[] = [];

  /** @param command as kong.conf has it */
  constructor(command: string, options: KeeperOptions = {}) {
    this.#command = command;
    this.#options = options;
  }

  start(): void {
    this.#kept = this.#keep();
  }

  /** The process that was started last. */
  get process(): Started {
    const last = this.processes.at(-1);
    if (!last) throw new Error("no process was started");
    return last;
  }

  /** Everything that the processes printed. */
  get log(): string {
    return this.processes.map((started) => started.stdout() + started.stderr()).join("");
  }

  /**
   * The worker is about to end: what ends from now on is not started again. What has ended before is,
   * as long as the worker is there: Kong looks before it waits, not after.
   */
  leave(): void {
    this.#leaving = true;
  }

  /** The worker ends: the server gets SIGTERM, and nobody reads what it prints any more. */
  stop(): void {
    this.#end();
    const started = this.processes.at(-1);
    if (!started || !lives(started.pid)) return;
    started.signal("SIGTERM");
    started.child.stdout?.destroy();
    started.child.stderr?.destroy();
  }

  /** Ends all of it, and what it started; settles when no process is left. */
  async kill(): Promise<void> {
    this.#end();
    await Promise.all(this.processes.map((started) => started.kill()));
    await this.#kept;
  }

  #end(): void {
    this.#leaving = true;
    this.#over.abort();
  }

  async #keep(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      // As nginx's pipe module does it: the shell becomes the server.
      const command = ["/bin/sh", "-c", `exec ${this.#command}`];
      const { env = {} } = this.#options;
      const started = startProcess(command, { env });
      this.processes.push(started);
      await started.ended;
      if (this.#leaving) return;
      await sleep(this.#options.restartMs ?? RESTART_MS, undefined, { signal }).catch(() => {});
    }
  }
}
