// `deno task fuzz [--inputs N] [--only NAME] [--seed N] [--runtime NAME] [--executable]`: inputs of all
// kinds for every decoder and for a whole server.
import process from "node:process";
import { parseArgs } from "node:util";
import { machineLine } from "./bench/machine.ts";
import { wholeNumber } from "./bench/options.ts";
import { failureText, fuzzTable, serverTable } from "./fuzz/report.ts";
import { ROUND } from "./fuzz/round.ts";
import { fuzz, type FuzzPlan, NAMES } from "./fuzz/run.ts";
import { keepSeed } from "./fuzz/seeds.ts";
import type { FuzzResult } from "./fuzz/watch.ts";
import { RUNTIME_NAMES } from "./runtimes.ts";

const USAGE = `deno task fuzz [options]
  --inputs N      inputs of all decoders and servers together (default: 10,000,000)
  --only NAME     one of them; may be repeated: ${NAMES.join(", ")}
  --seed N        begin with this seed; alone, it is one round of each: what repeats a failure
  --runtime NAME  node, deno or bun (default: node)
  --executable    the servers are dist/gibbon`;

/** Inputs of a whole run. */
const INPUTS = 10_000_000;

/** @throws {Error} if an argument makes no sense */
function readPlan(args: readonly string[]): FuzzPlan {
  const { values } = parseArgs({
    args: [...args],
    options: {
      inputs: { type: "string" },
      only: { type: "string", multiple: true, default: [] },
      seed: { type: "string" },
      runtime: { type: "string", default: "node" },
      executable: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const runtime = RUNTIME_NAMES.find((name) => name === values.runtime);
  if (values.help || !runtime) throw new Error(USAGE);
  const inputs = values.inputs === undefined ? undefined : wholeNumber("inputs", values.inputs);
  return {
    // A seed alone is asked for to see what it does.
    inputs: inputs ?? (values.seed === undefined ? INPUTS : ROUND),
    seed: values.seed === undefined ? Date.now() % 1_000_000_000 : wholeNumber("seed", values.seed),
    only: values.only,
    runtime,
    executable: values.executable,
    progress: (text) => console.error(text),
  };
}

/** So often it is said how far it is, in milliseconds. */
const PROGRESS_MS = 10_000;

function seldom(say: (text: string) => void): (text: string) => void {
  let saidAt = performance.now();
  return (text) => {
    if (performance.now() - saidAt < PROGRESS_MS) return;
    saidAt = performance.now();
    say(text);
  };
}

try {
  const plan = readPlan(process.argv.slice(2));
  console.error(`seed ${plan.seed}`);
  const results: FuzzResult[] = [];
  await fuzz({ ...plan, progress: seldom(plan.progress) }, (result) => {
    results.push(result);
    if (result.failure) keepSeed(result.failure);
    console.error(`${result.name}: ${result.failure ? "FAILED" : "ok"}`);
  });
  console.log(`${machineLine()}\nseed ${plan.seed}\n\n${fuzzTable(results)}`);
  console.log(serverTable(results));
  const failures = failureText(results);
  if (failures !== "") {
    console.error(failures);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(`deno task fuzz: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
}
