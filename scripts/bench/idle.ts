// `deno task bench idle [--idle N] [--busy N] [--rounds N] [--only NAME]`: what thousands of idle
// connections cost those that are busy beside them, over both protocols.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Started, startProcess } from "../../tests/support/process.ts";
import { runtimePath } from "../runtimes.ts";
import { measure, type Measurement } from "./load.ts";
import { machineLine } from "./machine.ts";
import { median, show, table } from "./numbers.ts";
import { wholeNumber } from "./options.ts";
import { EXECUTABLE, gibbon, MAIN, type Running, type Server, start, stop } from "./servers.ts";

const CROWD = fileURLToPath(new URL("idle_crowd.ts", import.meta.url));
const PROTOCOLS = ["MsgPack:1", "ProtoBuf:1"] as const;

/** How many times the p99 without the idle ones it may be with them. */
const MOST = 1.5;

const WARM_UP_MS = 500;
const COUNT_MS = 3000;

interface Scope {
  readonly idle: number;
  readonly busy: number;
  readonly rounds: number;
}

interface Row {
  readonly name: string;
  readonly without: readonly Measurement[];
  readonly beside: readonly Measurement[];
}

/**
 * Measures, and prints a table.
 *
 * @throws {Error} if the busy ones suffer too much
 */
export async function benchIdle(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      idle: { type: "string", default: "10000" },
      busy: { type: "string", default: "50" },
      rounds: { type: "string", default: "5" },
      only: { type: "string", default: existsSync(EXECUTABLE) ? "gibbon" : "gibbon-node" },
    },
  });
  const scope: Scope = {
    idle: wholeNumber("idle", values.idle),
    busy: wholeNumber("busy", values.busy),
    rounds: wholeNumber("rounds", values.rounds),
  };
  const server = await serverOf(values.only);
  const rows: Row[] = [];
  for (const protocol of PROTOCOLS) rows.push(await compare(server, protocol, scope));
  console.log(
    `${machineLine()}\n${server.name}: ${show(scope.busy)} busy connections, without and beside ` +
      `${show(scope.idle)} idle ones, ${scope.rounds} rounds each in turn\n\n${rowTable(rows)}`,
  );
  const slow = rows.filter((row) => ratio(row, "p99") > MOST);
  if (slow.length === 0) return;
  throw new Error(`the idle ones cost too much: ${slow.map(({ name }) => name).join(", ")}`);
}

async function serverOf(name: string): Promise<Server> {
  if (name === "gibbon") return gibbon(name, "bun", [EXECUTABLE], "gibbon");
  if (name === "gibbon-node") {
    return gibbon(name, "node", [await runtimePath("node"), MAIN], "gibbon");
  }
  if (name !== "gibbon-deno") throw new Error("--only is gibbon, gibbon-node or gibbon-deno");
  const deno = [await runtimePath("deno"), "run", "-A", "--no-check", MAIN] as const;
  return gibbon(name, "deno", deno, "gibbon");
}

/** Rounds without and with the idle ones in turn, so that what else the machine does falls on both. */
async function compare(
  server: Server,
  protocol: typeof PROTOCOLS[number],
  { idle, busy, rounds }: Scope,
): Promise<Row> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gibbon-bench-"));
  const running = await start(server, path.join(directory, "socket"));
  const load = { protocol, connections: busy, warmUpMs: WARM_UP_MS, countMs: COUNT_MS };
  const without: Measurement[] = [];
  const beside: Measurement[] = [];
  try {
    for (let round = 1; round <= rounds; round++) {
      console.error(`${protocol}, round ${round} of ${rounds}`);
      without.push(await measure({ ...load, socket: running.socket }));
      const crowd = await gather(running, idle);
      beside.push(await measure({ ...load, socket: running.socket }));
      if (crowd.hasEnded) throw new Error(`an idle connection was lost: ${crowd.stderr()}`);
      await crowd.kill();
    }
    return { name: protocol, without, beside };
  } finally {
    await stop(running);
    await rm(directory, { recursive: true });
  }
}

async function gather({ socket }: Running, connections: number): Promise<Started> {
  const order = JSON.stringify({ socket, connections });
  const crowd = startProcess([await runtimePath("node"), CROWD, order], { input: "open" });
  await crowd.printing("connected", 60_000);
  return crowd;
}

/** Of the rounds' ratios, whose measurements are neighbours in time. */
function ratio({ without, beside }: Row, what: "p50" | "p99"): number {
  return median(beside.map((measured, round) => measured[what] / (without[round]?.[what] ?? NaN)));
}

function rowTable(rows: readonly Row[]): string {
  const middle = (all: readonly Measurement[], what: keyof Measurement) =>
    median(all.map((measured) => measured[what]));
  const head = ["", "events/s", "beside", "p50 ms", "beside", "p99 ms", "beside", "p99 times"];
  return table(
    head,
    rows.map((row) => [
      row.name,
      show(middle(row.without, "eventsPerSecond")),
      show(middle(row.beside, "eventsPerSecond")),
      show(middle(row.without, "p50"), 2),
      show(middle(row.beside, "p50"), 2),
      show(middle(row.without, "p99"), 2),
      show(middle(row.beside, "p99"), 2),
      show(ratio(row, "p99"), 2),
    ]),
  );
}
