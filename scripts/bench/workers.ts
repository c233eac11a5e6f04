// `deno task bench workers [--workers N,N] [--clients N] [--rounds N] [--ms N] [--executable FILE]`:
// whether more worker processes pay here: events/s, and which process takes how much computing time
// an event. With one client, the load has one core at most, as a Kong with one nginx worker has.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { cpuSecondsAlone } from "./cpu.ts";
import { measure, type Measurement, runEvents } from "./load.ts";
import { machineLine } from "./machine.ts";
import { median, show, table } from "./numbers.ts";
import { wholeNumber } from "./options.ts";
import { processTree } from "./process_tree.ts";
import { EXECUTABLE, gibbon, type Running, start, stop } from "./servers.ts";

const PROTOCOLS = ["MsgPack:1", "ProtoBuf:1"] as const;
const CONNECTIONS = [1, 8, 32];

/** Events that each layout runs first: each process has to compile what runs often. */
const FIRST_EVENTS = 60_000;

const WARM_UP_MS = 200;

/** A round: what the load saw, and how the computing time was spread over the processes. */
interface Round extends Measurement {
  /** The supervisor's computing time an event, in microseconds; NaN where there is none. */
  readonly supervisor: number;
  /** The busiest worker's part of the computing time of all workers. */
  readonly busiest: number;
}

interface Scope {
  readonly clients: number;
  readonly rounds: number;
  readonly countMs: number;
}

/** A number of workers, running. */
interface Layout {
  readonly workers: string;
  readonly running: Running;
}

/** Measures, and prints a table. */
export async function benchWorkers(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      workers: { type: "string", default: "0,1,2" },
      clients: { type: "string", default: "2" },
      rounds: { type: "string", default: "5" },
      ms: { type: "string", default: "1000" },
      executable: { type: "string", default: EXECUTABLE },
    },
  });
  const scope = {
    clients: wholeNumber("clients", values.clients),
    rounds: wholeNumber("rounds", values.rounds),
    countMs: wholeNumber("ms", values.ms),
  };
  if (!existsSync(values.executable)) throw new Error("run `deno task build` first");
  const directory = await mkdtemp(path.join(os.tmpdir(), "gibbon-bench-"));
  const layouts: Layout[] = [];
  try {
    for (const workers of values.workers.split(",")) {
      const options = ["--workers", workers];
      const server = gibbon(workers, "bun", [values.executable], "gibbon", options);
      const running = await start(server, path.join(directory, `${workers}.sock`));
      layouts.push({ workers, running });
      for (const protocol of PROTOCOLS) await runEvents(running.socket, FIRST_EVENTS, protocol);
    }
    console.log(`${machineLine()}\n`);
    for (const protocol of PROTOCOLS) {
      for (const connections of CONNECTIONS) {
        console.log(`${await compare(layouts, protocol, connections, scope)}\n`);
      }
    }
  } finally {
    for (const { running } of layouts) await stop(running);
    await rm(directory, { recursive: true });
  }
}

/** All layouts in turn, round after round, as a table. */
async function compare(
  layouts: readonly Layout[],
  protocol: typeof PROTOCOLS[number],
  connections: number,
  { clients, rounds, countMs }: Scope,
): Promise<string> {
  const found: Round[][] = layouts.map(() => []);
  for (let round = 1; round <= rounds; round++) {
    console.error(`round ${round} of ${rounds}, ${protocol}, ${connections} connections`);
    for (const [at, { running }] of layouts.entries()) {
      const load = { protocol, connections, clients, warmUpMs: WARM_UP_MS, countMs };
      found[at]!.push(await runRound(running, load));
    }
  }
  const head = ["events/s", "of the first", "p99 ms", "user us", "system us", "supervisor us"];
  return table(
    [`${protocol}, ${connections} connections`, ...head, "busiest", "load us"],
    layouts.map(({ workers }, at) => row(`${workers} workers`, found[at]!, found[0]!)),
  );
}

async function runRound(
  { socket, process: child }: Running,
  load: Omit<Parameters<typeof measure>[0], "socket">,
): Promise<Round> {
  const pid = child.pid ?? 0;
  const [first, ...others] = await processTree(pid);
  const workers = others.length === 0 ? [first!] : others;
  const secondsOf = (pids: readonly number[]) => Promise.all(pids.map(cpuSecondsAlone));
  const before = await secondsOf([pid, ...workers]);
  const measured = await measure({ ...load, socket, pid });
  const after = await secondsOf([pid, ...workers]);
  const [own = NaN, ...each] = after.map((seconds, at) => seconds - before[at]!);
  const events = measured.eventsPerSecond * (load.countMs + load.warmUpMs) / 1000;
  return {
    ...measured,
    supervisor: others.length === 0 ? NaN : own / events * 1e6,
    busiest: Math.max(...each) / each.reduce((sum, seconds) => sum + seconds, 0),
  };
}

function row(name: string, rounds: readonly Round[], first: readonly Round[]): string[] {
  const middle = (field: keyof Round) => median(rounds.map((round) => round[field]));
  const ratio = median(rounds.map(({ eventsPerSecond }, at) => {
    return eventsPerSecond / first[at]!.eventsPerSecond;
  }));
  return [
    name,
    show(middle("eventsPerSecond")),
    show(ratio, 2),
    show(middle("p99"), 2),
    show(middle("user"), 1),
    show(middle("system"), 1),
    show(middle("supervisor"), 1),
    show(middle("busiest"), 2),
    show(middle("load"), 1),
  ];
}
