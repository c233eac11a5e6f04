// `deno task bench kills [--seconds N] [--workers N] [--lanes N] [--protocol NAME]`: kills a worker every
// second under load, and tells what became of the events; on the executable if there is one.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { makeFolder } from "../../tests/support/gibbon.ts";
import { SocketClient } from "../../tests/kong/support/rpc_client.ts";
import { type KillReport, RELAY, runKillLoad } from "../../tests/kong/server/workers/kill_load.ts";
import { type Verdict, VERDICTS } from "../../tests/kong/server/workers/verdict.ts";
import { runtimePath } from "../runtimes.ts";
import { machineLine } from "./machine.ts";
import { median, show, table } from "./numbers.ts";
import { wholeNumber } from "./options.ts";
import { EXECUTABLE, MAIN, type Server, start, stop } from "./servers.ts";

const PROTOCOLS = ["ProtoBuf:1", "MsgPack:1"] as const;

/** What the table calls the events that failed. */
const COLUMNS: Readonly<Record<Verdict, string>> = {
  ran: "failed: ran in it",
  handed: "handed to it",
  passed: "step on its connection",
  first: "first on a connection",
  unexplained: "unexplained",
};

/** How much is killed. */
interface Scope {
  readonly seconds: number;
  readonly workers: number;
  readonly lanes: number;
}

/**
 * Measures, and prints a table.
 *
 * @throws {Error} if an event failed that no killed worker had in its hands
 */
export async function benchKills(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: "string", default: "60" },
      workers: { type: "string", default: "4" },
      lanes: { type: "string", default: "32" },
      protocol: { type: "string" },
    },
  });
  const scope: Scope = {
    seconds: wholeNumber("seconds", values.seconds),
    workers: wholeNumber("workers", values.workers),
    lanes: wholeNumber("lanes", values.lanes),
  };
  const protocols = PROTOCOLS.filter((name) => name === (values.protocol ?? name));
  if (protocols.length === 0) throw new Error(`--protocol is ${PROTOCOLS.join(" or ")}`);
  const plugins = await makeFolder({ "relay.ts": RELAY });
  try {
    const server = await serverOf(plugins.path, scope.workers);
    const reports: [string, KillReport][] = [];
    for (const protocol of protocols) {
      reports.push([protocol, await killOver(protocol, server, scope)]);
    }
    console.log(
      `${machineLine()}\n${server.name}, ${scope.workers} workers, ` +
        `${scope.lanes} events under way\n\n${reportTable(reports)}`,
    );
    const errors = reports.flatMap(([, report]) => report.errors);
    if (errors.length > 0) throw new Error(`unexplained:\n${errors.slice(0, 10).join("\n")}`);
  } finally {
    await plugins.remove();
  }
}

async function serverOf(plugins: string, workers: number): Promise<Server> {
  const hasExecutable = existsSync(EXECUTABLE);
  const program = hasExecutable
    ? [EXECUTABLE] as const
    : [await runtimePath("node"), MAIN] as const;
  const options = ["serve", "--plugins-directory", plugins, "--workers", `${workers}`];
  return {
    name: hasExecutable ? "the executable" : "gibbon on Node (no executable: deno task build)",
    serve: (socket) => [...program, ...options, "--log-level", "error", "--socket", socket],
  };
}

async function killOver(
  protocol: typeof PROTOCOLS[number],
  server: Server,
  { seconds, workers, lanes }: Scope,
): Promise<KillReport> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gibbon-bench-"));
  const socket = path.join(directory, "socket");
  const running = await start(server, socket);
  try {
    const client = await SocketClient.connect(socket);
    const instance = await client.start("relay");
    client.leave();
    return await runKillLoad({
      socket,
      instance,
      protocol,
      lanes,
      workers,
      kills: seconds,
      pauseMs: 1000,
    });
  } finally {
    await stop(running);
    await rm(directory, { recursive: true });
  }
}

function reportTable(reports: readonly (readonly [string, KillReport])[]): string {
  const rows = reports.map(([protocol, report]) => [
    protocol,
    show(report.seconds),
    show(report.kills),
    show(report.workers),
    show(report.events),
    show(report.events / report.seconds),
    show(median(report.successorMs)),
    show(Math.max(...report.successorMs)),
    ...VERDICTS.map((verdict) => show(report.failures[verdict])),
  ]);
  const head = ["", "seconds", "kills", "workers seen", "events", "events/s"];
  const successor = ["successor ms", "at most"];
  const failed = VERDICTS.map((verdict) => COLUMNS[verdict]);
  return table([...head, ...successor, ...failed], rows);
}
