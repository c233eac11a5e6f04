// `deno task soak MINUTES [--target NAME] [--lanes N] [--upset SECONDS] [--out FOLDER]`: mixed load on all
// three systems for a long time, with reloads, deaths and abandoned events; fails when anything rises.
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { machineLine } from "./bench/machine.ts";
import { wholeNumber } from "./bench/options.ts";
import { EXECUTABLE, MAIN } from "./bench/servers.ts";
import { runtimePath } from "./runtimes.ts";
import { soak, type SoakPlan } from "./soak/run.ts";

const USAGE = `deno task soak MINUTES [options]
  --target NAME    executable (dist/gibbon), node or deno (default: executable)
  --lanes N        events under way at any time, for each of the four loads (default: 8)
  --upset SECONDS  between two reloads, and between two deaths, of a system (default: 40)
  --out FOLDER     where samples.jsonl and soak.svg go (default: a new temporary folder)`;

/** What starts gibbon. @throws {Error} if there is none */
async function commandOf(target: string): Promise<string[]> {
  switch (target) {
    case "executable":
      if (existsSync(EXECUTABLE)) return [EXECUTABLE];
      throw new Error("there is no dist/gibbon; run `deno task build` first");
    case "node":
      return [await runtimePath("node"), MAIN];
    case "deno":
      return [await runtimePath("deno"), "run", "-A", "--no-check", MAIN];
    default:
      throw new Error(USAGE);
  }
}

/** @throws {Error} if an argument makes no sense */
async function readPlan(args: readonly string[]): Promise<SoakPlan> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      target: { type: "string", default: "executable" },
      lanes: { type: "string", default: "8" },
      upset: { type: "string", default: "40" },
      out: { type: "string" },
    },
  });
  const minutes = Number(positionals[0]);
  if (!(minutes > 0)) throw new Error(USAGE);
  return {
    minutes,
    target: values.target,
    command: await commandOf(values.target),
    lanes: wholeNumber("lanes", values.lanes),
    upsetSeconds: wholeNumber("upset", values.upset),
    out: values.out ?? path.join(os.tmpdir(), `gibbon-soak-${Date.now()}`),
    say: (line) => console.error(line),
  };
}

try {
  const plan = await readPlan(process.argv.slice(2));
  const { text, failures, plot } = await soak(plan);
  console.log(`${machineLine()}\n${plan.target}, ${plan.minutes} min\n\n${text}\nplot: ${plot}`);
  for (const failure of failures) console.error(`FAILED: ${failure}`);
  process.exit(failures.length === 0 ? 0 : 1);
} catch (error) {
  console.error(`deno task soak: ${error instanceof Error ? error.message : error}`);
  process.exit(2);
}
