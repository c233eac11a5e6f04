// `deno task bench prox [--quick]`: calls of on_request a second, and how long they take, of a gibbon
// plugin beside one in Go, one process each, under the same load, in turns.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { capture } from "../command.ts";
import { RUNTIME_NAMES, runtimePath } from "../runtimes.ts";
import { machineLine } from "./machine.ts";
import { median, show, table } from "./numbers.ts";
import { EXECUTABLE, MAIN } from "./servers.ts";

const CALLERS = "1,8,32";
const PLUGIN = fileURLToPath(new URL("plugins/prox.ts", import.meta.url));
/** A plugin and a load, both in Go: the load is the same for all plugins. */
const GO_SOURCES = fileURLToPath(new URL("../../tests/prox/go", import.meta.url));

/** What one load on one plugin gave; times in microseconds. */
interface Measured {
  readonly callers: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** The command line of each plugin, by what it is called in the table. */
async function pluginCommands(goPlugin: string): Promise<Map<string, string[]>> {
  const commands = new Map([["Go", [goPlugin]]]);
  for (const name of RUNTIME_NAMES) {
    const runtime = [await runtimePath(name), ...(name === "deno" ? ["run", "-A"] : [])];
    commands.set(`gibbon, ${name}`, [...runtime, MAIN, "prox", PLUGIN]);
  }
  if (existsSync(EXECUTABLE)) commands.set("gibbon", [EXECUTABLE, "prox", PLUGIN]);
  return commands;
}

async function run(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const { code, stdout, stderr } = await capture(command, args, cwd === undefined ? {} : { cwd });
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`);
  return stdout;
}

/** How much is measured. */
interface Scope {
  readonly rounds: number;
  /** How long each number of callers calls, in seconds. */
  readonly seconds: number;
}

const FULL: Scope = { rounds: 7, seconds: 1 };
const QUICK: Scope = { rounds: 2, seconds: 0.4 };

/** What the rounds gave for each plugin. */
type Rounds = ReadonlyMap<string, (readonly Measured[])[]>;

/** Measures, and prints a table. */
export async function benchProx(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { quick: { type: "boolean", default: false } } });
  const folder = await mkdtemp(join(tmpdir(), "gibbon-bench-"));
  try {
    await run("go", ["build", "-o", `${folder}/`, "./plugin", "./load"], GO_SOURCES);
    const rounds = await measure(folder, values.quick ? QUICK : FULL);
    console.log(`${machineLine()}\n\n${roundsTable(rounds)}`);
    if (!existsSync(EXECUTABLE)) {
      console.log("\nThe executable is missing: run `deno task build` first.");
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** In turns, so that what else the machine does falls on all of them. */
async function measure(folder: string, { rounds, seconds }: Scope): Promise<Rounds> {
  const commands = await pluginCommands(join(folder, "plugin"));
  const measured: Rounds = new Map([...commands.keys()].map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, command] of commands) {
      const lines = await run(join(folder, "load"), [`${seconds}`, CALLERS, ...command]);
      measured.get(name)?.push(lines.trim().split("\n").map((line) => JSON.parse(line)));
    }
  }
  return measured;
}

/** Go comes first: the others are measured by it, round by round. */
function roundsTable(measured: Rounds): string {
  const [go = []] = measured.values();
  const rows = [...measured].flatMap(([name, rounds]) =>
    (rounds[0] ?? []).map(({ callers }, index) => {
      const of = (what: keyof Measured, all = rounds) =>
        all.map((round) => round[index]?.[what] ?? NaN);
      const ratio = (what: keyof Measured) => {
        const control = of(what, go);
        return median(of(what).map((value, round) => value / (control[round] ?? NaN)));
      };
      return [
        name,
        show(callers),
        show(median(of("perSecond"))),
        show(median(of("p50"))),
        show(median(of("p99"))),
        show(ratio("perSecond"), 2),
        show(ratio("p99"), 2),
      ];
    })
  );
  return table(["plugin", "callers", "calls/s", "p50 us", "p99 us", "of Go's", "Go's p99"], rows);
}
