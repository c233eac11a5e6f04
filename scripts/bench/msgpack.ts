// `deno task bench [msgpack] [--quick] [--only NAME,NAME] [--json FILE]`: gibbon beside Kong's JavaScript
// server and bare responders over MsgPack:1, in one run.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { installKongJs } from "./kong_js.ts";
import { describeMachine, machineLine } from "./machine.ts";
import { compareMemory, memoryTable } from "./memory.ts";
import { findServers, type Server } from "./servers.ts";
import { compareStartup, startupTable } from "./startup.ts";
import { compareThroughput, type Scope, throughputTable } from "./throughput.ts";

const FULL: Scope = { connections: [1, 8, 32], rounds: 5, warmUpMs: 500, countMs: 1500 };
const QUICK: Scope = { connections: [1, 8, 32], rounds: 2, warmUpMs: 200, countMs: 400 };

/** @throws {Error} if a name is none */
function choose(servers: readonly Server[], only: string | undefined): readonly Server[] {
  if (only === undefined) return servers;
  return only.split(",").map((wanted) => {
    const found = servers.find(({ name }) => name === wanted);
    if (found) return found;
    throw new Error(`no server ${wanted}; there are ${servers.map(({ name }) => name).join(", ")}`);
  });
}

/** Measures throughput, memory and start-up, and prints tables. */
export async function benchMsgpack(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      json: { type: "string" },
    },
  });
  const directory = await mkdtemp(path.join(os.tmpdir(), "gibbon-bench-"));
  try {
    const servers = choose(await findServers(await installKongJs(directory)), values.only);
    const throughput = await compareThroughput(servers, directory, values.quick ? QUICK : FULL);
    const memory = await compareMemory(servers, directory);
    const startup = await compareStartup(servers, directory, values.quick ? 3 : 11);
    console.log(machineLine());
    console.log(`\n${throughputTable(throughput)}\n\n${memoryTable(memory)}`);
    console.log(`\n${startupTable(startup)}`);
    if (!servers.some(({ name }) => name === "gibbon") && values.only === undefined) {
      console.log("\nThe executable is missing: run `deno task build` first.");
    }
    if (values.json) {
      const machine = describeMachine();
      const results = { machine, throughput, memory, startup };
      await writeFile(values.json, JSON.stringify(results, null, 2));
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}
