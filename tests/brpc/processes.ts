// Hubs and plugins as processes: gibbon on each runtime that is there, and the Go peer.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Run } from "./child.ts";
import { PATIENCE_MS } from "./support.ts";

const PLUGIN = fileURLToPath(new URL("run_plugin.ts", import.meta.url));

/** How the sample plugin is started on each runtime, or undefined where that is not on the path. */
export const GIBBON_PLUGINS: Readonly<Record<string, readonly string[] | undefined>> = {
  node: found("node", [PLUGIN]),
  deno: found("deno", ["run", "-A", "--no-check", PLUGIN]),
  bun: found("bun", [PLUGIN]),
};

function found(program: string, args: readonly string[]): readonly string[] | undefined {
  if (spawnSync(program, ["--version"]).status !== 0) return undefined;
  return [program, ...args];
}

/** A Go hub that is told what to do over stdin. */
export class GoHub {
  readonly run: Run;
  #next = 1;

  constructor(program: string, address: string) {
    this.run = new Run([program, "hub", address]);
  }

  /** Its lines so far. */
  // deno-lint-ignore no-explicit-any -- tests look into them as they like
  get lines(): any[] {
    return this.run.stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line));
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
    this.run.child.stdin?.write(`${JSON.stringify({ id, op, plugin, ...more })}\n`);
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
      const answer = this.lines.find((line) => line.id === id);
      if (answer) return answer;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    throw new Error(`the Go hub did not answer to ${op}`);
  }

  /** Calls a method; an error is a string that begins with "error: ". */
  async call(plugin: string, method: string, payload?: unknown, trace = ""): Promise<unknown> {
    const { result, error } = await this.order("call", plugin, { method, payload, trace });
    return error === undefined ? result : `error: ${error}`;
  }
}
