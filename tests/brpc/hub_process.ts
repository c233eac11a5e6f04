// A hub as a process: the Go peer's, or one that takes the same orders.
import { type Started, startProcess } from "../support/process.ts";

/** How long an order may take, in milliseconds. */
const PATIENCE_MS = 20_000;

/** A hub that is told what to do, and says what happens, by lines of JSON. */
export class HubProcess {
  readonly run: Started;
  #next = 1;

  constructor(command: readonly string[]) {
    this.run = startProcess(command, { input: "open" });
  }

  /** Its lines so far. */
  // deno-lint-ignore no-explicit-any -- tests look into them as they like
  get lines(): any[] {
    return this.run.stdout().split("\n").slice(0, -1).map((line) => JSON.parse(line));
  }

  /** Those of one kind. */
  events(kind: string, plugin?: string) {
    return this.lines.filter(({ event, plugin: name }) =>
      event === kind && (plugin === undefined || name === plugin)
    );
  }

  /** Tells it to do something, and waits for what comes of it. */
  // deno-lint-ignore no-explicit-any -- tests look into it as they like
  async order(op: string, plugin: string, more: Record<string, unknown> = {}): Promise<any> {
    const id = this.#next++;
    this.run.write(`${JSON.stringify({ id, op, plugin, ...more })}\n`);
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
      const answer = this.lines.find((line) => line.id === id);
      if (answer) return answer;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    throw new Error(`the hub did not answer to ${op}: ${this.run.stderr()}`);
  }

  /** Calls a method; an error is a string that begins with "error: ". */
  async call(plugin: string, method: string, payload?: unknown, trace = ""): Promise<unknown> {
    const { result, error } = await this.order("call", plugin, { method, payload, trace });
    return error === undefined ? result : `error: ${error}`;
  }
}
