// `deno task bench event [--beside EXECUTABLE] [--events N] [--rounds N]`: what an event costs: computing
// time of its own and of the system's, and round trips. Unlike events/s, these hardly depend on what
// else the machine does, and less where two programs are measured in turn.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { type CpuTimes, cpuTimes } from "./cpu.ts";
import { runEvents } from "./load.ts";
import { machineLine } from "./machine.ts";
import { median, show, table } from "./numbers.ts";
import { wholeNumber } from "./options.ts";
import { EXECUTABLE, gibbon, type Running, start, stop } from "./servers.ts";

const PROTOCOLS = ["MsgPack:1", "ProtoBuf:1"] as const;
const CONNECTIONS = [8, 32];

/** What an event cost in one round: times in microseconds. */
interface Cost extends CpuTimes {
  readonly trips: number;
}

interface Row {
  readonly label: string;
  readonly costs: readonly Cost[];
  /** The same of the other program, round by round. */
  readonly beside: readonly Cost[] | undefined;
}

interface Load {
  readonly protocol: typeof PROTOCOLS[number];
  readonly connections: number;
  readonly events: number;
  readonly rounds: number;
}

/** Measures, and prints a table. */
export async function benchEvent(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      beside: { type: "string" },
      events: { type: "string", default: "10000" },
      rounds: { type: "string", default: "5" },
    },
  });
  const programs = [EXECUTABLE, ...values.beside === undefined ? [] : [values.beside]];
  for (const program of programs) {
    if (!existsSync(program)) throw new Error(`there is no ${program}; run \`deno task build\``);
  }
  const events = wholeNumber("events", values.events);
  const rounds = wholeNumber("rounds", values.rounds);
  const directory = await mkdtemp(path.join(os.tmpdir(), "gibbon-bench-"));
  const running: Running[] = [];
  try {
    for (const [at, program] of programs.entries()) {
      const server = gibbon(`gibbon-${at}`, "bun", [program], "gibbon", ["--workers", "0"]);
      running.push(await start(server, path.join(directory, `${at}.sock`)));
    }
    const rows: Row[] = [];
    for (const protocol of PROTOCOLS) {
      for (const connections of CONNECTIONS) {
        rows.push(await compare(running, { protocol, connections, events, rounds }));
      }
    }
    console.log(`${machineLine()}\n\n${costTable(rows)}`);
  } finally {
    for (const server of running) await stop(server);
    await rm(directory, { recursive: true });
  }
}

/** All programs in turn, round after round; the first round warms up. */
async function compare(running: readonly Running[], load: Load): Promise<Row> {
  const label = `${load.protocol}, ${load.connections} connections`;
  const costs: Cost[][] = running.map(() => []);
  for (let round = 0; round <= load.rounds; round++) {
    console.error(`round ${round} of ${load.rounds}, ${label}`);
    for (const [at, server] of running.entries()) {
      const cost = await costOf(server, load);
      if (round > 0) costs[at]!.push(cost);
    }
  }
  return { label, costs: costs[0]!, beside: costs[1] };
}

async function costOf({ process: child, socket }: Running, load: Load): Promise<Cost> {
  const { protocol, connections, events } = load;
  const before = await cpuTimes(child.pid ?? 0);
  const { trips } = await runEvents(socket, events, protocol, "bench", connections);
  const after = await cpuTimes(child.pid ?? 0);
  const each = (from: number, to: number) => (to - from) / events * 1e6;
  return {
    user: each(before.user, after.user),
    system: each(before.system, after.system),
    trips,
  };
}

function costTable(rows: readonly Row[]): string {
  const middle = (costs: readonly Cost[], field: keyof Cost) =>
    median(costs.map((cost) => cost[field]));
  const head = ["", "user us", "system us", "round trips", "user us beside", "user, times"];
  return table(
    head,
    rows.map(({ label, costs, beside }) => {
      const own = costs.map(({ user }, at) => user / (beside?.[at]?.user ?? NaN));
      return [
        label,
        show(middle(costs, "user"), 1),
        show(middle(costs, "system"), 1),
        show(middle(costs, "trips"), 1),
        beside ? show(middle(beside, "user"), 1) : "",
        beside ? show(median(own), 2) : "",
      ];
    }),
  );
}
