// `deno task bench kills [--seconds N] [--workers N] [--lanes N]`: kills a worker every second under
// load, and tells what became of the events: over each protocol, on the executable if there is one.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { makeFolder } from "../../tests/helpers/gibbon.ts";
import { SocketClient } from "../../tests/helpers/rpc_client.ts";
import { type KillReport, RELAY, runKillLoad } from "../../tests/workers/kill_load.ts";
import { runtimePath } from "../runtimes.ts";
import { machineLine } from "./machine.ts";
import { show, table } from "./numbers.ts";
import { EXECUTABLE, MAIN, type Server, start, stop } from "./servers.ts";

const PROTOCOLS = ["ProtoBuf:1", "MsgPack:1"] as const;

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
    },
  });
  const scope: Scope = {
    seconds: Number(values.seconds),
    workers: Number(values.workers),
    lanes: Number(values.lanes),
  };
  const plugins = await makeFolder({ "relay.ts": RELAY });
  try {
    const server = await serverOf(plugins.path, scope.workers);
    const reports: [string, KillReport][] = [];
    for (const protocol of PROTOCOLS) {
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
  const rows = reports.map(([protocol, { seconds, kills, events, workers, failures }]) => [
    protocol,
    show(seconds),
    show(kills),
    show(workers),
    show(events),
    show(events / seconds),
    show(failures.ran),
    show(failures.passed),
    show(failures.first),
    show(failures.unexplained),
  ]);
  const head = ["", "seconds", "kills", "workers seen", "events", "events/s"];
  const failed = ["failed: ran in it", "step on its connection", "first on it", "unexplained"];
  return table([...head, ...failed], rows);
}
