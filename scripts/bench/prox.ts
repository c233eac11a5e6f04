// `deno task bench prox [--seconds N]`: calls of on_request a second, and how long they take, of a
// gibbon plugin beside one in Go, one process each, under the same load.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { capture } from "../command.ts";
import { RUNTIME_NAMES, runtimePath } from "../runtimes.ts";
import { machineLine } from "./machine.ts";
import { show, table } from "./numbers.ts";
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

/** Measures, and prints a table. */
export async function benchProx(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { seconds: { type: "string", default: "4" } } });
  const folder = await mkdtemp(join(tmpdir(), "gibbon-bench-"));
  try {
    await run("go", ["build", "-o", `${folder}/`, "./plugin", "./load"], GO_SOURCES);
    const all = new Map<string, readonly Measured[]>();
    for (const [name, command] of await pluginCommands(join(folder, "plugin"))) {
      const lines = await run(join(folder, "load"), [values.seconds, CALLERS, ...command]);
      all.set(name, lines.trim().split("\n").map((line) => JSON.parse(line)));
    }
    console.log(`${machineLine()}\n\n${measuredTable(all)}`);
    if (!existsSync(EXECUTABLE)) {
      console.log("\nThe executable is missing: run `deno task build` first.");
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Go comes first: the others are measured by it. */
function measuredTable(all: ReadonlyMap<string, readonly Measured[]>): string {
  const [go = []] = all.values();
  const rows = [...all].flatMap(([name, measured]) =>
    measured.map(({ callers, perSecond, p50, p99 }, index) => [
      name,
      show(callers),
      show(perSecond),
      show(p50),
      show(p99),
      show(perSecond / (go[index]?.perSecond ?? NaN), 2),
      show(p99 / (go[index]?.p99 ?? NaN), 2),
    ])
  );
  return table(["plugin", "callers", "calls/s", "p50 us", "p99 us", "of Go's", "Go's p99"], rows);
}
