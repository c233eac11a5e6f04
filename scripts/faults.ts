// `deno task faults [--program NAME]... [--layout NAME]... [--protocol NAME]... [--only WORD]... [--left] [--jobs N] [--write] [--page]`:
// every mode of a plugin's misbehaviour in every combination, and a table of what became of it. Cells are
// kept in dist/faults.json: --left tries those that are not there, --write makes the page of all that are,
// --page makes it and tries nothing.
import process from "node:process";
import { parseArgs } from "node:util";
import {
  type Combination,
  LAYOUT_NAMES,
  type LayoutName,
} from "../tests/kong/faults/combination.ts";
import { KINDS } from "../tests/kong/faults/modes/all.ts";
import type { Mode } from "../tests/kong/faults/modes/mode.ts";
import { PROTOCOLS } from "../tests/kong/life/nginx/worker.ts";
import { writePage } from "./faults/page.ts";
import { PROGRAM_NAMES, type ProgramName, programNamed } from "./faults/programs.ts";
import type { Result } from "./faults/result.ts";
import { tryAll } from "./faults/run.ts";
import { cellName, Store } from "./faults/store.ts";
import { cellText, tableOf } from "./faults/table.ts";
import { wholeNumber } from "./bench/options.ts";

/** What to try. */
interface Plan {
  readonly combinations: readonly Combination[];
  readonly modes: readonly Mode[];
  readonly jobs: number;
  /** Only what no run has tried yet. */
  readonly left: boolean;
  readonly write: boolean;
  /** Nothing is tried. */
  readonly isPageAlone: boolean;
}

/** @throws {Error} if an option makes no sense */
async function readPlan(args: string[]): Promise<Plan> {
  const { values } = parseArgs({
    args,
    options: {
      program: { type: "string", multiple: true },
      layout: { type: "string", multiple: true },
      protocol: { type: "string", multiple: true },
      only: { type: "string", multiple: true },
      jobs: { type: "string", default: "2" },
      left: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      page: { type: "boolean", default: false },
    },
  });
  const programs = some<ProgramName>("program", PROGRAM_NAMES, values.program);
  const layouts = some<LayoutName>("layout", LAYOUT_NAMES, values.layout);
  const protocols = some("protocol", PROTOCOLS, values.protocol);
  const combinations: Combination[] = [];
  for (const name of programs) {
    const program = await programNamed(name);
    for (const layout of layouts) {
      for (const protocol of protocols) combinations.push({ program, layout, protocol });
    }
  }
  const modes = Object.values(KINDS).flat().filter(({ name }) =>
    values.only?.some((word) => name.includes(word)) ?? true
  );
  if (modes.length === 0) throw new Error(`--only ${values.only}: no mode has that in its name`);
  const { left, page } = values;
  const write = values.write || page;
  const jobs = wholeNumber("jobs", values.jobs);
  return { combinations, modes, jobs, left, write, isPageAlone: page };
}

function some<Name extends string>(
  option: string,
  all: readonly Name[],
  given: readonly string[] | undefined,
): readonly Name[] {
  const unknown = given?.find((name) => !all.some((known) => known === name));
  if (unknown !== undefined) {
    throw new Error(`--${option} ${unknown}: it is one of ${all.join(", ")}`);
  }
  return all.filter((name) => given?.includes(name) ?? true);
}

function printSurprises(results: readonly Result[]): number {
  const surprising = results.filter(({ surprises }) => surprises.length > 0);
  for (const { mode, combination, cell, surprises } of surprising) {
    const { program, layout, protocol } = combination;
    console.log(`\nWRONG: ${mode.name}, ${program.what}, ${layout}, ${protocol}`);
    for (const text of surprises) console.log(`  ${text.slice(0, 500)}`);
    console.log(`  ${cellText(cell)}`);
  }
  return surprising.length;
}

try {
  const { combinations, modes, jobs, left, write, isPageAlone } = await readPlan(
    process.argv.slice(2),
  );
  const began = performance.now();
  const store = await Store.open();
  const known = new Set(
    left
      ? store.results(modes, combinations).map(({ mode, combination }) =>
        cellName(mode, combination)
      )
      : [],
  );
  const wanted = (mode: Mode, combination: Combination) =>
    !isPageAlone && !known.has(cellName(mode, combination));
  await tryAll({ combinations, modes, jobs, wanted, done: store.add });
  const results = store.results(modes, combinations);
  const seconds = (performance.now() - began) / 1000;
  console.log(tableOf(results));
  const wrong = printSurprises(results);
  console.log(`\n${results.length} cells in ${seconds.toFixed(0)} s, ${wrong} of them wrong`);
  if (write) await writePage(results);
  process.exitCode = wrong === 0 ? 0 : 1;
} catch (error) {
  console.error(`deno task faults: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
}
