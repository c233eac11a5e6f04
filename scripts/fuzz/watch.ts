// Runs a process of the fuzzer and watches it: it may fail, end or hang, and always a seed is known.
import { fileURLToPath } from "node:url";
import { startProcess } from "../../tests/support/process.ts";
import type { FuzzLine, FuzzOrder } from "./order.ts";
import { type Failure, ROUND } from "./round.ts";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));

/** How long a process may say nothing before it hangs, in milliseconds: a round takes far less. */
const SILENCE_MS = 60_000;

/** How often it is looked, in milliseconds. */
const LOOK_MS = 500;

/** What became of a decoder's or server's inputs. */
export interface FuzzResult {
  readonly name: string;
  readonly inputs: number;
  readonly seconds: number;
  readonly accepted: number;
  readonly refused: number;
  readonly failure?: Failure;
}

/** How processes are run. */
export interface WatchOptions {
  /** What runs a script: program and first arguments. */
  readonly runtime: readonly string[];
  /** The script, where it is not the one that runs rounds. */
  readonly child?: string;
  readonly silenceMs?: number;
  /** Told from time to time how many rounds have been run. */
  readonly progress?: (rounds: number) => void;
}

/** Runs an order in a process of its own. */
export async function watch(order: FuzzOrder, options: WatchOptions): Promise<FuzzResult> {
  const { runtime, child = CHILD, silenceMs = SILENCE_MS } = options;
  const began = performance.now();
  const run = startProcess([...runtime, child, JSON.stringify(order)]);
  const lines = new LineCounter();
  let heardAt = began;
  const silence = setInterval(() => {
    if (lines.read(run.stdout())) heardAt = performance.now();
    else if (performance.now() - heardAt > silenceMs) void run.kill();
    options.progress?.(lines.rounds);
  }, LOOK_MS);
  const { code, signal, stdout, stderr } = await run.ended;
  clearInterval(silence);
  lines.read(stdout);
  const { accepted, refused, rounds } = lines;
  const seconds = (performance.now() - began) / 1000;
  const result = { name: order.name, inputs: accepted + refused, seconds, accepted, refused };
  const failure = lines.failure ?? (code === 0 ? undefined : {
    decoder: order.name,
    seed: order.seed + rounds,
    problem: `the process ${howItEnded(code, signal, performance.now() - heardAt > silenceMs)}` +
      `:\n${stderr.slice(-3000)}`,
    input: "",
  });
  return failure ? { ...result, failure } : result;
}

function howItEnded(code: number | null, signal: string | null, wasSilent: boolean): string {
  if (wasSilent) return "hung in this round";
  return `ended in this round, with ${signal ?? `code ${code}`}`;
}

/** Adds up what a process says. */
class LineCounter {
  #at = 0;
  rounds = 0;
  accepted = 0;
  refused = 0;
  failure: Failure | undefined;

  /**
   * @param output all of it so far
   * @returns whether there was anything new
   */
  read(output: string): boolean {
    const end = output.lastIndexOf("\n") + 1;
    if (end <= this.#at) return false;
    for (const text of output.slice(this.#at, end).trim().split("\n")) {
      const line: FuzzLine = JSON.parse(text);
      this.rounds++;
      this.accepted += line.accepted;
      this.refused += line.refused;
      this.failure = line.failure;
    }
    this.#at = end;
    return true;
  }
}

/** Rounds of so many inputs. */
export const roundsOf = (inputs: number): number => Math.max(1, Math.round(inputs / ROUND));
