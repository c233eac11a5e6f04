// `deno task bench protobuf [--quick] [--workers N,N] [--json FILE]`: gibbon beside the same plugin on
// the embedded server of Kong's Go PDK, over ProtoBuf:1, in one run.
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { capture } from "../command.ts";
import { runtimePath } from "../runtimes.ts";
import { cpuSeconds } from "./cpu.ts";
import { buildGoPrograms, type GoPrograms } from "./go_programs.ts";
import { percentile } from "./load.ts";
import { describeMachine, machineLine } from "./machine.ts";
import { median, show, table } from "./numbers.ts";
import type { Tally } from "./order.ts";
import { EXECUTABLE, gibbon, MAIN, type Running, type Server, start, stop } from "./servers.ts";

/** How much is measured. */
interface Scope {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly countMs: number;
}

const CONNECTIONS = [1, 8, 32];
const FULL: Scope = { rounds: 7, warmUpMs: 300, countMs: 1000 };
const QUICK: Scope = { rounds: 2, warmUpMs: 200, countMs: 400 };

/** Name of the server that everything is compared with. */
const GO = "go-pdk";

/** What one load on a server showed. */
interface Round {
  readonly eventsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Computing time of the server an event, in microseconds. */
  readonly cpuMicroseconds: number;
  /** Cores that the load kept busy. */
  readonly loadCores: number;
}

/** A server's medians at a number of connections. */
interface Result extends Round {
  readonly server: string;
  readonly connections: number;
  /** Median of its events/s against the median of the Go server's. */
  readonly timesGo: number;
}

/** What the load prints: it has no `ms`, and counts all events, those of the warm-up too. */
type GoTally = Omit<Tally, "ms" | "trips"> & { readonly total: number };

/** Measures throughput, and prints a table. */
export async function benchProtobuf(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: "boolean", default: false },
      workers: { type: "string", default: "" },
      json: { type: "string" },
    },
  });
  const workers = values.workers.split(",").filter((number) => number !== "");
  const directory = await mkdtemp(path.join(os.tmpdir(), "gibbon-bench-"));
  try {
    const programs = await buildGoPrograms(directory);
    const servers = await findServers(programs, workers);
    const results = await compare(servers, programs.load, directory, values.quick ? QUICK : FULL);
    console.log(`${machineLine()}\n\n${resultTable(results)}`);
    if (!existsSync(EXECUTABLE)) {
      console.log("\nThe executable is missing: run `deno task build` first.");
    }
    if (values.json) {
      const machine = describeMachine();
      await writeFile(values.json, JSON.stringify({ machine, results }, null, 2));
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** @param workers numbers of worker processes to measure the executable with as well */
async function findServers(go: GoPrograms, workers: readonly string[]): Promise<Server[]> {
  const executable = (name: string, ...options: string[]) =>
    gibbon(name, "bun", [EXECUTABLE], "gibbon", options);
  return [
    // It takes a directory, and names its socket after itself.
    { name: GO, serve: (socket) => [go.plugin, "-kong-prefix", path.dirname(socket)] },
    ...(existsSync(EXECUTABLE)
      ? [
        executable("gibbon"),
        ...workers.map((number) => executable(`gibbon-${number}-workers`, "--workers", number)),
      ]
      : []),
    gibbon("gibbon-node", "node", [await runtimePath("node"), MAIN], "gibbon"),
    { name: "bare-go", serve: (socket) => [go.bare, socket] },
  ];
}

/** All servers run from the beginning, but only one at a time is under load. */
async function compare(
  servers: readonly Server[],
  load: string,
  directory: string,
  scope: Scope,
): Promise<Result[]> {
  const running: [Server, Running][] = [];
  try {
    for (const server of servers) {
      const name = server.name === GO ? "bench" : server.name;
      running.push([server, await start(server, path.join(directory, `${name}.socket`))]);
    }
    const results: Result[] = [];
    for (const connections of CONNECTIONS) {
      results.push(...await compareAt(connections, running, load, scope));
    }
    return results;
  } finally {
    for (const [, server] of running) await stop(server);
  }
}

async function compareAt(
  connections: number,
  running: readonly (readonly [Server, Running])[],
  load: string,
  { rounds, warmUpMs, countMs }: Scope,
): Promise<Result[]> {
  const found = new Map(running.map(([{ name }]) => [name, [] as Round[]]));
  for (let round = 1; round <= rounds; round++) {
    for (const [{ name }, server] of running) {
      console.error(`round ${round} of ${rounds}, ${connections} connections: ${name}`);
      found.get(name)?.push(await measure(server, load, { connections, warmUpMs, countMs }));
    }
  }
  const middle = (name: string, field: keyof Round) =>
    median(found.get(name)?.map((round) => round[field]) ?? []);
  return running.map(([{ name }]) => ({
    server: name,
    connections,
    eventsPerSecond: middle(name, "eventsPerSecond"),
    timesGo: middle(name, "eventsPerSecond") / middle(GO, "eventsPerSecond"),
    p50: middle(name, "p50"),
    p99: middle(name, "p99"),
    cpuMicroseconds: middle(name, "cpuMicroseconds"),
    loadCores: middle(name, "loadCores"),
  }));
}

/** Puts load on a server. */
async function measure(
  { process: child, socket }: Running,
  load: string,
  order: { connections: number; warmUpMs: number; countMs: number },
): Promise<Round> {
  const pid = child.pid ?? 0;
  const before = await cpuSeconds(pid);
  const args = [JSON.stringify({ socket, plugin: "bench", ...order })];
  const { code, stdout, stderr } = await capture(load, args, {
    timeoutMs: order.warmUpMs + order.countMs + 30_000,
  });
  if (code !== 0) throw new Error(`the load failed:\n${stderr}`);
  const tally: GoTally = JSON.parse(stdout);
  const durations = [...tally.durations].sort(([a], [b]) => a - b);
  return {
    eventsPerSecond: tally.events / order.countMs * 1000,
    p50: percentile(durations, 0.5),
    p99: percentile(durations, 0.99),
    cpuMicroseconds: (await cpuSeconds(pid) - before) / tally.total * 1e6,
    loadCores: tally.busy,
  };
}

/** The results for people. */
function resultTable(results: readonly Result[]): string {
  return table(
    ["server", "connections", "events/s", "x go", "p50 ms", "p99 ms", "CPU us/event", "load cores"],
    results.map((result) => [
      result.server,
      show(result.connections),
      show(result.eventsPerSecond),
      show(result.timesGo, 2),
      show(result.p50, 2),
      show(result.p99, 2),
      show(result.cpuMicroseconds, 1),
      show(result.loadCores, 2),
    ]),
  );
}
