// `deno task bench [all] [--rounds N] [--ms N] [--connections N,N] [--only TEXT] [--json FILE]`: what
// there is to run plugins in Kong with, in one run on one machine: events/s, latencies, computing
// time and round trips, over both protocols.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { type Contestant, gatherField } from "./contestants.ts";
import { measure, type Measurement } from "./load.ts";
import { describeMachine, machineLine } from "./machine.ts";
import { wholeNumber } from "./options.ts";
import { type Running, start, stop } from "./servers.ts";
import { memoryLines, othersLine, type Result, resultTables } from "./side_table.ts";
import { type TreeUse, treeUse } from "./process_tree.ts";

/** How long is warmed up in each round, in milliseconds. */
const WARM_UP_MS = 200;

/** How long every server is warmed up before the first round, for its compilers, in milliseconds. */
const FIRST_MS = 2000;

/** Connections of that. */
const FIRST_CONNECTIONS = 32;

interface Scope {
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly countMs: number;
}

/** A contestant that runs. */
interface Entry {
  readonly contestant: Contestant;
  readonly running: Running;
  readonly atRest: TreeUse;
}

/** Measures, and prints tables. */
export async function benchSideBySide(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string", default: "3" },
      ms: { type: "string", default: "1000" },
      connections: { type: "string", default: "1,8,32" },
      only: { type: "string", default: "" },
      json: { type: "string" },
    },
  });
  const scope = {
    rounds: wholeNumber("rounds", values.rounds),
    countMs: wholeNumber("ms", values.ms),
    connections: values.connections.split(",").map((number) => wholeNumber("connections", number)),
  };
  const directory = await mkdtemp(path.join(os.tmpdir(), "gibbon-bench-"));
  try {
    const { contestants, missing } = await gatherField(directory);
    const chosen = contestants.filter(({ server }) => server.name.includes(values.only));
    if (chosen.length === 0) throw new Error(`no server has ${values.only} in its name`);
    const { results, memory, left } = await compare(chosen, directory, scope);
    const absent = [...missing, ...left];
    console.log(`${machineLine()}\n${othersLine(results)}\n`);
    console.log(`${resultTables(results)}\n\n${memoryLines(memory)}`);
    for (const reason of absent) console.log(`\nleft out: ${reason}`);
    if (values.json) {
      const machine = describeMachine();
      const written = { machine, scope, results, memory, absent };
      await writeFile(values.json, JSON.stringify(written, null, 2));
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** All servers run from the beginning, but only one at a time is under load. */
async function compare(contestants: readonly Contestant[], directory: string, scope: Scope) {
  const left: string[] = [];
  const entries: Entry[] = [];
  try {
    for (const [at, contestant] of contestants.entries()) {
      try {
        entries.push(await enter(contestant, path.join(directory, `run-${at}`)));
      } catch (error) {
        left.push(error instanceof Error ? error.message : String(error));
      }
    }
    const results: Result[] = [];
    for (const connections of scope.connections) {
      const rounds = await runRounds(entries, connections, scope);
      results.push(...entries.map(({ contestant: { protocol, server } }, at) => ({
        protocol,
        server: server.name,
        connections,
        rounds: rounds[at]!,
      })));
    }
    return { results, memory: await Promise.all(entries.map(memoryOf)), left };
  } finally {
    for (const { running } of entries) await stop(running);
  }
}

/** Starts a server, and lets it run its first events. */
async function enter(contestant: Contestant, folder: string): Promise<Entry> {
  const { protocol, server, socketName = "socket" } = contestant;
  console.error(`starting ${server.name}, ${protocol}`);
  await mkdir(folder);
  const running = await start(server, path.join(folder, socketName));
  try {
    const atRest = await treeUse(running.process.pid ?? 0);
    const first = { connections: FIRST_CONNECTIONS, warmUpMs: 0, countMs: FIRST_MS };
    await measure({ socket: running.socket, protocol, ...first });
    return { contestant, running, atRest };
  } catch (error) {
    await stop(running);
    throw new Error(`${server.name}: ${error instanceof Error ? error.message : error}`);
  }
}

/** The rounds of each entry. */
async function runRounds(
  entries: readonly Entry[],
  connections: number,
  { rounds, countMs }: Scope,
): Promise<Measurement[][]> {
  const found: Measurement[][] = entries.map(() => []);
  for (let round = 1; round <= rounds; round++) {
    console.error(`round ${round} of ${rounds}, connections: ${connections}`);
    for (const [at, { contestant, running }] of entries.entries()) {
      const { socket, process: { pid } } = running;
      const { protocol } = contestant;
      const load = { socket, pid, protocol, connections, warmUpMs: WARM_UP_MS, countMs };
      found[at]!.push(await measure(load));
    }
  }
  return found;
}

async function memoryOf({ contestant: { protocol, server }, running, atRest }: Entry) {
  const atEnd = await treeUse(running.process.pid ?? 0);
  return { protocol, server: server.name, atRest, atEnd };
}
