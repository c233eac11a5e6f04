// Calls of on_request a second, and how long they take: a gibbon plugin beside one in Go, one process each.
//   deno run -A scripts/bench/prox.ts [--seconds=4] [--executable=dist/gibbon]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { capture } from "../command.ts";
import { RUNTIME_NAMES, runtimePath } from "../runtimes.ts";

const CALLERS = "1,8,32";
const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
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

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "4" },
    executable: { type: "string" },
  },
});

/** The command line of each plugin, by what it is called in the table. */
async function pluginCommands(goPlugin: string): Promise<Map<string, string[]>> {
  const commands = new Map([["Go", [goPlugin]]]);
  for (const name of RUNTIME_NAMES) {
    const runtime = [await runtimePath(name), ...(name === "deno" ? ["run", "-A"] : [])];
    commands.set(`gibbon, ${name}`, [...runtime, MAIN, "prox", PLUGIN]);
  }
  if (options.executable) {
    commands.set("gibbon, executable", [options.executable, "prox", PLUGIN]);
  }
  return commands;
}

async function run(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const { code, stdout, stderr } = await capture(command, args, cwd === undefined ? {} : { cwd });
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`);
  return stdout;
}

function printRow(cells: readonly string[]): void {
  console.log(
    cells.map((cell, column) => column === 0 ? cell.padEnd(20) : cell.padStart(11)).join(""),
  );
}

function printMeasured(name: string, measured: readonly Measured[], go: readonly Measured[]): void {
  for (const [index, { callers, perSecond, p50, p99 }] of measured.entries()) {
    const control = go[index];
    printRow([
      name,
      String(callers),
      perSecond.toFixed(0),
      p50.toFixed(0),
      p99.toFixed(0),
      control ? (perSecond / control.perSecond).toFixed(2) : "",
      control ? (p99 / control.p99).toFixed(2) : "",
    ]);
  }
}

const folder = await mkdtemp(join(tmpdir(), "gibbon-bench-"));
try {
  await run("go", ["build", "-o", `${folder}/`, "./plugin", "./load"], GO_SOURCES);
  printRow(["plugin", "callers", "calls/s", "p50 us", "p99 us", "of Go's", "Go's p99"]);
  let go: readonly Measured[] = [];
  for (const [name, command] of await pluginCommands(join(folder, "plugin"))) {
    const load = [options.seconds, CALLERS, ...command];
    const lines = (await run(join(folder, "load"), load)).trim().split("\n");
    const measured = lines.map((line) => JSON.parse(line) as Measured);
    if (go.length === 0) go = measured;
    printMeasured(name, measured, go);
  }
} finally {
  await rm(folder, { recursive: true });
}
