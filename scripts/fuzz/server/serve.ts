// The server under fuzz: `gibbon serve` in one process, whose end is seen and whose log is counted.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Buffer } from "node:buffer";
import { type Started, startProcess } from "../../../tests/support/process.ts";

const PLUGINS = fileURLToPath(new URL("plugins", import.meta.url));

/** What the log may have at the beginning, and for each second, in bytes. */
const LOG_BYTES = 100_000;
const LOG_BYTES_A_SECOND = 10_000;

/**
 * Events at once. Conversations that end in the middle of an event over MsgPack:1 leave it behind
 * until its time is over, and a canary must not be refused because of that.
 */
const MAX_EVENTS = "1000000";

/** A server that runs. */
export class FuzzedServer {
  readonly socket: string;
  readonly #process: Started;
  readonly #began = performance.now();

  private constructor(socket: string, process: Started) {
    this.socket = socket;
    this.#process = process;
  }

  /**
   * Starts it.
   *
   * @param command what starts gibbon
   * @param folder where its socket goes
   */
  static async start(command: readonly string[], folder: string): Promise<FuzzedServer> {
    const socket = `${folder}/fuzz.socket`;
    const args = ["serve", "--plugins-directory", PLUGINS, "--socket", socket, "--workers", "0"];
    const process = startProcess([...command, ...args, "--max-events", MAX_EVENTS]);
    const server = new FuzzedServer(socket, process);
    await process.saying("serving plugins");
    return server;
  }

  /** Bytes of its log so far. */
  get logBytes(): number {
    return Buffer.byteLength(this.#process.stderr()) + Buffer.byteLength(this.#process.stdout());
  }

  /** Resident memory in megabytes; NaN where the system does not tell. */
  async megabytes(): Promise<number> {
    const status = await readFile(`/proc/${this.#process.pid}/status`, "utf8").catch(() => "");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
  }

  /** What is wrong with it; undefined if nothing is. */
  problem(): string | undefined {
    const end = () => this.#process.stderr().slice(-2000);
    if (this.#process.hasEnded) return `the server ended:\n${end()}`;
    const seconds = (performance.now() - this.#began) / 1000;
    const most = LOG_BYTES + LOG_BYTES_A_SECOND * seconds;
    if (this.logBytes <= most) return undefined;
    return `the server logged ${this.logBytes} bytes in ${Math.round(seconds)} s:\n${end()}`;
  }

  /** Settles when it has ended, which it should not. */
  async ended(): Promise<void> {
    await this.#process.ended;
  }

  /** Ends it. */
  async stop(): Promise<void> {
    await this.#process.kill();
  }
}
