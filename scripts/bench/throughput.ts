// How many events a second: all servers in turn, round after round, and the medians of the rounds.
import { measure, type Measurement } from "./load.ts";
import { median, show, table } from "./numbers.ts";
import { KONG_JS, type Running, type Server, start, stop } from "./servers.ts";

/** How much is measured. */
export interface Scope {
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly countMs: number;
}

/** A server's medians at a number of connections. */
export interface Throughput extends Measurement {
  readonly server: string;
  readonly connections: number;
  readonly callsPerSecond: number;
  /** Events/s against those of Kong's JavaScript server. */
  readonly timesKongJs: number | undefined;
  /** Against the bare responder of the same runtime that reads nothing. */
  readonly timesBare: number | undefined;
  /** Against the bare responder of the same runtime that decodes and encodes every message. */
  readonly timesCodec: number | undefined;
}

/** The plugin makes three PDK calls an event. */
const CALLS_PER_EVENT = 3;

type Rounds = Map<string, Measurement[]>;

/** Measures all servers; they all run from the beginning, but only one at a time is under load. */
export async function compareThroughput(
  servers: readonly Server[],
  directory: string,
  scope: Scope,
): Promise<Throughput[]> {
  const running: [Server, Running][] = [];
  try {
    for (const server of servers) {
      running.push([server, await start(server, `${directory}/${server.name}.sock`)]);
    }
    const found: Throughput[] = [];
    for (const connections of scope.connections) {
      const rounds = await runRounds(running, connections, scope);
      found.push(...servers.map((server) => summarize(server, connections, rounds)));
    }
    return found;
  } finally {
    for (const [, server] of running) await stop(server);
  }
}

async function runRounds(
  running: readonly (readonly [Server, Running])[],
  connections: number,
  { rounds, warmUpMs, countMs }: Scope,
): Promise<Rounds> {
  const results: Rounds = new Map(running.map(([{ name }]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [{ name }, { socket, process: child }] of running) {
      console.error(`round ${round + 1} of ${rounds}, ${connections} connections: ${name}`);
      results.get(name)?.push(
        await measure({ socket, pid: child.pid, connections, warmUpMs, countMs }),
      );
    }
  }
  return results;
}

function summarize(server: Server, connections: number, rounds: Rounds): Throughput {
  const own = rounds.get(server.name) ?? [];
  const middle = (name: keyof Measurement) => median(own.map((round) => round[name]));
  /** The median of the rounds' ratios: a round's measurements are neighbours in time. */
  const ratio = (other: string | undefined) => {
    const others = rounds.get(other ?? "");
    if (!others || other === server.name) return undefined;
    return median(own.map((round, at) => {
      return round.eventsPerSecond / (others[at]?.eventsPerSecond ?? NaN);
    }));
  };
  return {
    server: server.name,
    connections,
    eventsPerSecond: middle("eventsPerSecond"),
    callsPerSecond: middle("eventsPerSecond") * CALLS_PER_EVENT,
    p50: middle("p50"),
    p99: middle("p99"),
    clientBusy: middle("clientBusy"),
    user: middle("user"),
    system: middle("system"),
    trips: middle("trips"),
    load: middle("load"),
    others: middle("others"),
    timesKongJs: ratio(KONG_JS),
    timesBare: ratio(server.runtime && `bare-${server.runtime}`),
    timesCodec: ratio(server.runtime && `codec-${server.runtime}`),
  };
}

/** The results for people. */
export function throughputTable(results: readonly Throughput[]): string {
  const head = [
    "server",
    "connections",
    "events/s",
    "calls/s",
    "p50 ms",
    "p99 ms",
    "x kong-js",
    "x bare",
    "x codec",
    "client busy",
    "user us",
    "system us",
    "round trips",
  ];
  return table(
    head,
    results.map((result) => [
      result.server,
      show(result.connections),
      show(result.eventsPerSecond),
      show(result.callsPerSecond),
      show(result.p50, 2),
      show(result.p99, 2),
      show(result.timesKongJs, 2),
      show(result.timesBare, 2),
      show(result.timesCodec, 2),
      show(result.clientBusy, 2),
      show(result.user, 1),
      show(result.system, 1),
      show(result.trips, 1),
    ]),
  );
}
