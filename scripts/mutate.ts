// `deno task mutate ROOM...`: which changes of a room's code no test notices.
import os from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { reasonFor } from "./mutate/accepted.ts";
import { formatMutant, formatSurvivors, formatTally, tally } from "./mutate/report.ts";
import { mutate, type MutateOptions } from "./mutate/run.ts";
import type { Sandbox } from "./mutate/sandbox.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const USAGE = `deno task mutate ROOM... [options]
  ROOM            a folder or file of src/: kong/engine, wire/frames.ts
  --jobs N        processes at once (default: one for each core)
  --sample N      try only N mutants, chosen at random
  --seed N        what the choice depends on (default 1)
  --tests P       run only test files whose path contains P; may be repeated
  --leave-out P   do not run test files whose path contains P; may be repeated
  --isolate       a process of its own for each mutant: slower, should tell the same`;

/** @throws {Error} if an argument makes no sense */
function readOptions(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      jobs: { type: "string", default: String(os.availableParallelism()) },
      sample: { type: "string" },
      seed: { type: "string", default: "1" },
      tests: { type: "string", multiple: true, default: [] },
      "leave-out": { type: "string", multiple: true, default: [] },
      isolate: { type: "boolean", default: false },
    },
  });
  if (positionals.length === 0) throw new Error(`which room?\n${USAGE}`);
  return {
    rooms: positionals,
    jobs: readNumber("--jobs", values.jobs, 1),
    sample: values.sample === undefined ? undefined : readNumber("--sample", values.sample, 1),
    seed: readNumber("--seed", values.seed, 0),
    tests: values.tests,
    leaveOut: values["leave-out"],
    isolate: values.isolate,
  };
}

function readNumber(option: string, value: string, least: number): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`${option} ${value}: a whole number, ${least} up`);
}

/** Takes the copy of the project away when this is interrupted. */
function removeOnSignal(sandbox: Sandbox): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      sandbox.remove();
      process.exit(130);
    });
  }
}

try {
  const startedAt = performance.now();
  let tried = 0;
  const options: MutateOptions = {
    project: ROOT,
    ...readOptions(process.argv.slice(2)),
    say: (line) => console.error(line),
    report(mutant, fate) {
      if (fate === "survived" && !reasonFor(mutant)) {
        console.error(`survived: ${formatMutant(mutant)}`);
      }
      if (++tried % 50 === 0) console.error(`${tried} tried`);
    },
    opened: removeOnSignal,
  };
  const results = await mutate(options);
  for (const [file, ofFile] of Map.groupBy(results, ({ mutant }) => mutant.file)) {
    console.log(formatTally(file, tally(ofFile)));
  }
  for (const line of formatSurvivors(results)) console.log(line);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(`\n${formatTally(options.rooms.join(" "), tally(results))} (${seconds} s)`);
} catch (error) {
  console.error(`deno task mutate: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
