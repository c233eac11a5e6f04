// The other end of a test process: starts it, gives it orders, and ends it when it hangs.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { runtimePath } from "../runtimes.ts";
import { type Answer, ANSWER_MARK, FIRST_MUTANT, type Order } from "./orders.ts";
import type { Sandbox } from "./sandbox.ts";

/** An answer, or why there is none. After those the runner is of no more use. */
export type Reply = Answer | { readonly kind: "timed-out" } | { readonly kind: "ended" };

const PROGRAM = fileURLToPath(new URL("./test_process.ts", import.meta.url));

/** Memory of a process, in MiB: a mutant that fills it ends. */
const MEMORY_MIB = 256;

/** How long loading test files may take, in milliseconds. */
const LOAD_MS = 60_000;

/**
 * How long it may take from an order to its first test, in milliseconds, and how much longer than
 * its limit a test may take before the process, which looks after that limit, is taken for stuck.
 */
const BEGIN_MS = 3000;

/** A process that runs tests. */
export class Runner {
  readonly #child: ChildProcess;
  #answered: (reply: Reply) => void = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #loaded = new Set<string>();
  /** Runs that were ordered. */
  runs = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    createInterface(child.stdout!).on("line", (line) => {
      if (line.startsWith(ANSWER_MARK)) this.#heard(JSON.parse(line.slice(ANSWER_MARK.length)));
    });
    child.once("close", () => this.#answered({ kind: "ended" }));
    // A process that has ended reads no orders.
    child.stdin!.on("error", () => {});
  }

  /** @param mutant one that is on from the beginning; 0 for none */
  static async start(sandbox: Sandbox, mutant = 0): Promise<Runner> {
    const args = ["--no-warnings", `--max-old-space-size=${MEMORY_MIB}`, PROGRAM];
    const child = spawn(await runtimePath("node"), args, {
      cwd: sandbox.root,
      env: {
        ...process.env,
        ...sandbox.env,
        NO_COLOR: "1",
        [FIRST_MUTANT]: String(mutant),
      },
      stdio: ["pipe", "pipe", "ignore"],
    });
    const runner = new Runner(child);
    sandbox.children.add(child);
    child.once("close", () => sandbox.children.delete(child));
    return runner;
  }

  /**
   * Gives an order.
   *
   * @param limitMs how long the answer may take
   */
  async ask(order: Order, limitMs: number): Promise<Reply> {
    const { promise, resolve } = Promise.withResolvers<Reply>();
    this.#answered = resolve;
    this.#allow(limitMs);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
      resolve({ kind: "ended" });
    } else this.#child.stdin!.write(`${JSON.stringify(order)}\n`);
    const reply = await promise;
    clearTimeout(this.#timer);
    this.#answered = () => {};
    if (reply.kind === "timed-out") await this.end();
    return reply;
  }

  /** Runs tests with a mutant on; see `Order`. */
  async run(order: Omit<Order & { kind: "run" }, "kind">): Promise<Reply> {
    const files = order.units.map(({ file }) => file).filter((file) => !this.#loaded.has(file));
    const loaded = files.length > 0 ? await this.ask({ kind: "load", files }, LOAD_MS) : undefined;
    if (loaded && (loaded.kind !== "loaded" || loaded.trouble)) {
      return loaded.kind === "loaded" ? { kind: "killed", by: undefined } : loaded;
    }
    for (const file of files) this.#loaded.add(file);
    this.runs++;
    return await this.ask({ kind: "run", ...order }, BEGIN_MS);
  }

  /** Ends the process. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await closed;
  }

  #heard(answer: Answer): void {
    if (answer.kind === "begun") this.#allow(answer.limitMs + BEGIN_MS);
    else this.#answered(answer);
  }

  #allow(limitMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#answered({ kind: "timed-out" }), limitMs);
  }
}
