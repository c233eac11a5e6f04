// Keeps a process of gibbon dev: ends it when it is told to, and starts another one when a plugin has
// blocked or ended it.
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { atMost } from "../../base/waiting.ts";
import type { ChildProcess, Runtime } from "../../runtime/contract.ts";
import {
  BEAT_MS,
  createState,
  type DevPorts,
  type DevState,
  NOTHING_SAID,
  readState,
} from "./state.ts";

/** How a process of dev hears where its state is. */
export const STATE_VARIABLE = "GIBBON_DEV_STATE";

/** After which time it is said who blocks the process, in milliseconds. */
const TELL_AFTER_MS = 2000;

/** How long a process that is blocked is given when it is to end, in milliseconds. */
const BLOCKED_END_MS = 1000;

/** A process that ends so soon by itself would do so again, in milliseconds. */
const SOON_MS = 3000;

/** Edits since it was made. */
export interface Edits {
  /** Settles at the first one. */
  readonly first: Promise<unknown>;
  close(): void;
}

/** What is kept, and who hears of it. */
export interface KeeperOptions {
  readonly runtime: Pick<Runtime, "spawn" | "ownCommand">;
  /** The command line, as this process got it. */
  readonly args: readonly string[];
  /** Settles when all is to end. */
  readonly reason: Promise<unknown>;
  /** Watches what a process reads at its start. */
  readonly watch: () => Edits;
  /** How long a process may be blocked, in milliseconds; undefined where a debugger may hold it. */
  readonly limitMs: number | undefined;
  /** A line for people. */
  readonly say: (message: string, remedy?: string) => void;
}

/**
 * Keeps processes until one of them ends by itself, or all is to end.
 *
 * @returns the exit code
 * @throws {Error} if none can be started
 */
export async function keepDev(options: KeeperOptions): Promise<number> {
  const { say } = options;
  let isOver = false;
  let current: KeptProcess | undefined;
  const over = options.reason.then(() => {
    isOver = true;
    return current?.stop();
  });
  let ports: DevPorts | undefined;
  for (;;) {
    const kept = current = await KeptProcess.start(options, ports);
    const { code, signal } = await kept.ended;
    if (isOver) return 0;
    const { ready, ran, renew } = kept.lastState;
    ports = kept.lastState.ports;
    if (renew) continue;
    // It has said itself why it cannot start.
    if (code !== null && (code === 0 || !ready)) return code;
    const isWell = ready && ran?.doing !== "import" && (kept.wasBlocked || kept.livedMs > SOON_MS);
    say(`${farewell(kept, code, signal)}; ${isWell ? REPLACED : WAITING}`);
    if (!isWell) await Promise.race([kept.edits().first, over]);
    kept.close();
    if (isOver) return 0;
  }
}

const REPLACED = "another one takes its place";
const WAITING = "requests are served again when a plugin has been edited";

function farewell(kept: KeptProcess, code: number | null, signal: string | null): string {
  const { ran } = kept.lastState;
  if (kept.wasBlocked) return `${whoRan(ran)} blocked the process`;
  const how = signal === null ? `with code ${code}` : `by ${signal}`;
  return `the process ended ${how}; what ran last was ${whoRan(ran)}`;
}

/** The code that ran last, in words. */
function whoRan(ran: DevState["ran"]): string {
  if (!ran) return "gibbon itself";
  const { plugin, doing, file } = ran;
  if (doing === "import") return `the module ${file}`;
  return `${plugin} in ${doing} (${file})`;
}

/** One process, from its start to its end. */
class KeptProcess {
  /** Settles when it is gone, and all that it left has been cleared away. */
  readonly ended: ChildProcess["exited"];
  lastState: DevState = NOTHING_SAID;
  wasBlocked = false;
  readonly #child: ChildProcess;
  readonly #file: string;
  readonly #options: KeeperOptions;
  readonly #begun = performance.now();
  /** Beats that are missing. */
  #missing = 0;
  /** Watched from the first missing beat on: whoever mends a plugin does not wait for its end. */
  #edits: Edits | undefined;

  /** Starts a process. Rejects if that cannot be done. */
  static async start(options: KeeperOptions, ports: DevPorts | undefined): Promise<KeptProcess> {
    const { runtime, args } = options;
    const folder = await mkdtemp(join(tmpdir(), "gibbon-dev-"));
    const file = join(folder, "state");
    createState(file, ports);
    const [program, ...before] = runtime.ownCommand;
    const env = { ...process.env as Record<string, string>, [STATE_VARIABLE]: file };
    const silent = { stdout: () => {}, stderr: () => {} };
    const own = { ownStdout: true, ownStderr: true };
    try {
      const child = await runtime.spawn(program, [...before, ...args], silent, { env, ...own });
      return new KeptProcess(options, child, folder);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(options: KeeperOptions, child: ChildProcess, folder: string) {
    this.#options = options;
    this.#child = child;
    this.#file = join(folder, "state");
    const timer = setInterval(() => this.#look(), BEAT_MS);
    const clear = () => rmSync(folder, { recursive: true, force: true });
    process.once("exit", clear);
    this.ended = child.exited.then((end) => {
      clearInterval(timer);
      this.#missing = 0;
      this.#read();
      clear();
      process.off("exit", clear);
      return end;
    });
  }

  get livedMs(): number {
    return performance.now() - this.#begun;
  }

  /** Edits since it stopped. */
  edits(): Edits {
    return this.#edits ??= this.#options.watch();
  }

  /** Nobody asks for edits any more. */
  close(): void {
    this.#edits?.close();
  }

  /** Has it end; kills it if it is blocked. */
  async stop(): Promise<void> {
    this.#child.endInput();
    await atMost(BLOCKED_END_MS, this.ended);
    // One that is not blocked may let requests come to their end.
    if (this.#missing <= 2) return;
    this.#child.kill("SIGKILL");
    this.#options.say(`${whoRan(this.lastState.ran)} does not come to an end; it is killed`);
  }

  #read(): boolean {
    const state = readState(this.#file);
    if (!state) return false;
    const isAlive = state.beats !== this.lastState.beats;
    this.lastState = state;
    return isAlive;
  }

  #look(): void {
    if (this.#read()) {
      this.#missing = 0;
      this.#edits?.close();
      this.#edits = undefined;
      return;
    }
    this.#missing++;
    this.#edits ??= this.#options.watch();
    // How long a process takes until it loads plugins says nothing of them.
    if (this.lastState.beats === 0) return;
    const { say, limitMs } = this.#options;
    if (limitMs === undefined) return;
    const blockedMs = this.#missing * BEAT_MS;
    if (this.#missing === Math.ceil(Math.min(TELL_AFTER_MS, limitMs / 2) / BEAT_MS)) {
      const who = whoRan(this.lastState.ran);
      say(
        `${who} has blocked the process for ${blockedMs / 1000} s, and all requests wait`,
        `It is ended in ${(limitMs - blockedMs) / 1000} s. A loop that is meant has to await ` +
          "something now and then.",
      );
    }
    if (blockedMs < limitMs) return;
    this.wasBlocked = true;
    this.#child.kill("SIGKILL");
  }
}
