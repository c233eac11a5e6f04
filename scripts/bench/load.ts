// Putting load on a server: one client process, or two that share the connections.
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { capture } from "../command.ts";
import { runtimePath } from "../runtimes.ts";
import { cpuTimes, machineSeconds } from "./cpu.ts";
import { type Order, SLOT_MS, type Tally } from "./order.ts";

const CLIENT = path.join(fileURLToPath(new URL(".", import.meta.url)), "client.ts");

/** What a load on a server showed. */
export interface Measurement {
  readonly eventsPerSecond: number;
  /** Half of the events took less, in milliseconds. */
  readonly p50: number;
  /** 99 of 100 events took less, in milliseconds. */
  readonly p99: number;
  /** The busiest client's computing time, as a part of the whole; near 1, it limits the result. */
  readonly clientBusy: number;
  /** Computing time of the server an event, in microseconds; NaN if its process was not told. */
  readonly user: number;
  /** The same of the system on the server's behalf. */
  readonly system: number;
  /** Round trips an event. */
  readonly trips: number;
  /** Computing time of the load itself an event, in microseconds: its own and the system's. */
  readonly load: number;
  /** Cores that all else on the machine took meanwhile; NaN if the server's process was not told. */
  readonly others: number;
}

/** How much load. */
export interface Load {
  readonly socket: string;
  /** The server's process. */
  readonly pid?: number | undefined;
  readonly protocol?: Order["protocol"];
  readonly connections: number;
  /** Processes that share the connections: 2 if left out, and never more than connections. */
  readonly clients?: number;
  /** How long is warmed up, and how long counted, in milliseconds. */
  readonly warmUpMs: number;
  readonly countMs: number;
}

/** How long client processes get to start and connect, in milliseconds. */
const CLIENT_START_MS = 400;

/** How long a client may take for whatever it is told to do, in milliseconds. */
const CLIENT_LIMIT_MS = 600_000;

/** Keeps all connections busy for a while. */
export async function measure(load: Load): Promise<Measurement> {
  const processes = Math.min(load.connections, load.clients ?? 2);
  const from = Date.now() + CLIENT_START_MS + load.warmUpMs;
  const spent = spentBetween(load.pid, from, from + load.countMs);
  const tallies = await Promise.all(Array.from({ length: processes }, () =>
    runClient({
      socket: load.socket,
      plugin: "bench",
      ...load.protocol ? { protocol: load.protocol } : {},
      connections: load.connections / processes,
      from,
      until: from + load.countMs,
    })));
  const durations = tallies.flatMap((tally) => tally.durations).sort(([a], [b]) => a - b);
  const events = tallies.reduce((sum, tally) => sum + tally.events, 0);
  const { user, system, all } = await spent;
  const loadSeconds = tallies.reduce((sum, { busy, ms }) => sum + busy * ms / 1000, 0);
  return {
    load: loadSeconds / events * 1e6,
    others: Math.max(0, all - user - system - loadSeconds) / (load.countMs / 1000),
    user: user / events * 1e6,
    system: system / events * 1e6,
    trips: tallies.reduce((sum, { trips }) => sum + trips, 0) / tallies.length,
    eventsPerSecond: tallies.reduce((sum, { events, ms }) => sum + (events / ms) * 1000, 0),
    p50: percentile(durations, 0.5),
    p99: percentile(durations, 0.99),
    clientBusy: Math.max(...tallies.map(({ busy }) => busy)),
  };
}

/**
 * Computing time of a process, and of the whole machine, between two moments in Unix milliseconds;
 * NaN for no process.
 */
async function spentBetween(pid: number | undefined, from: number, until: number) {
  if (pid === undefined) return { user: NaN, system: NaN, all: NaN };
  await sleep(from - Date.now());
  const [before, busyBefore] = [await cpuTimes(pid), machineSeconds()];
  await sleep(until - Date.now());
  const [after, busyAfter] = [await cpuTimes(pid), machineSeconds()];
  return {
    user: after.user - before.user,
    system: after.system - before.system,
    all: busyAfter - busyBefore,
  };
}

/** Puts a number of events through a server, over 32 connections or `most`. */
export async function runEvents(
  socket: string,
  events: number,
  protocol: NonNullable<Order["protocol"]> = "MsgPack:1",
  plugin = "bench",
  most = 32,
): Promise<Tally> {
  const connections = Math.min(most, events);
  const order = { socket, plugin, protocol, connections, from: Date.now() };
  return await runClient({ ...order, until: { events } });
}

/** The client runs on Bun, where it takes the least from the machine. */
async function runClient(order: Order): Promise<Tally> {
  const args = [CLIENT, JSON.stringify(order)];
  const { code, stdout, stderr, timedOut } = await capture(await runtimePath("bun"), args, {
    timeoutMs: CLIENT_LIMIT_MS,
  });
  if (timedOut) throw new Error("the client came to no end: the server left an event unanswered");
  if (code !== 0) throw new Error(`the client failed:\n${stderr}`);
  return JSON.parse(stdout);
}

/** The duration, in milliseconds, that a part of the events stayed under; `durations` are sorted. */
export function percentile(durations: Tally["durations"], part: number): number {
  const total = durations.reduce((sum, [, events]) => sum + events, 0);
  let seen = 0;
  for (const [slot, events] of durations) {
    seen += events;
    if (seen >= total * part) return slot * SLOT_MS;
  }
  return NaN;
}
