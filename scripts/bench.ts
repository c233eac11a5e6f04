// `deno task bench [--quick] [--only NAME,NAME] [--json FILE]`: gibbon beside Kong's JavaScript
// server and bare responders, in one run.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { installKongJs } from "./bench/kong_js.ts";
import { compareMemory, memoryTable } from "./bench/memory.ts";
import { findServers, type Server } from "./bench/servers.ts";
import { compareStartup, startupTable } from "./bench/startup.ts";
import { compareThroughput, type Scope, throughputTable } from "./bench/throughput.ts";
import { RUNTIME_VERSIONS } from "./runtimes.ts";

const FULL: Scope = { connections: [1, 8, 32], rounds: 5, warmUpMs: 500, countMs: 1500 };
const QUICK: Scope = { connections: [1, 8, 32], rounds: 2, warmUpMs: 200, countMs: 400 };

/** What the numbers were measured on; without it they mean nothing. */
function describeMachine(): Record<string, unknown> {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim(),
    cores: cpus.length,
    memoryGB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    ...RUNTIME_VERSIONS,
  };
}

/** @throws {Error} if a name is none */
function choose(servers: readonly Server[], only: string | undefined): readonly Server[] {
  if (only === undefined) return servers;
  return only.split(",").map((wanted) => {
    const found = servers.find(({ name }) => name === wanted);
    if (found) return found;
    throw new Error(`no server ${wanted}; there are ${servers.map(({ name }) => name).join(", ")}`);
  });
}

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    json: { type: "string" },
  },
});
const directory = await mkdtemp(path.join(os.tmpdir(), "gibbon-bench-"));
try {
  const servers = choose(await findServers(await installKongJs(directory)), values.only);
  const machine = describeMachine();
  const throughput = await compareThroughput(servers, directory, values.quick ? QUICK : FULL);
  const memory = await compareMemory(servers, directory);
  const startup = await compareStartup(servers, directory, values.quick ? 3 : 11);
  console.log(Object.entries(machine).map(([name, value]) => `${name}: ${value}`).join(", "));
  console.log(`\n${throughputTable(throughput)}\n\n${memoryTable(memory)}`);
  console.log(`\n${startupTable(startup)}`);
  if (!servers.some(({ name }) => name === "gibbon") && values.only === undefined) {
    console.log("\nThe executable is missing: run `deno task build` first.");
  }
  if (values.json) {
    await writeFile(values.json, JSON.stringify({ machine, throughput, memory, startup }, null, 2));
  }
} catch (error) {
  console.error(`deno task bench: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true });
}
