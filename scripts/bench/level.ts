// `deno task bench memory [--events N,N] [--only NAME]`: whether memory is
// level: after a million events what it was after a hundred thousand, over both protocols.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { runtimePath } from "../runtimes.ts";
import { runEvents } from "./load.ts";
import { machineLine } from "./machine.ts";
import { settledMegabytes } from "./memory.ts";
import { show, table } from "./numbers.ts";
import { wholeNumber } from "./options.ts";
import { EXECUTABLE, gibbon, MAIN, type Running, type Server, start, stop } from "./servers.ts";

const PROTOCOLS = ["MsgPack:1", "ProtoBuf:1"] as const;

/** What the last reading may be at most, as a part of the first one after events. */
const LEVEL = 1.05;

/** Megabytes: as a server is when it has rested, and when it has collected its garbage. */
interface Megabytes {
  readonly rested: number;
  readonly collected: number;
}

interface Reading {
  readonly server: string;
  readonly protocol: string;
  /** In megabytes, before the first event. */
  readonly atRest: number;
  /** After so many events. */
  readonly after: readonly Megabytes[];
}

/**
 * How often garbage is collected for a reading. A heap gives back what is free only bit by bit, so the
 * lowest of a few readings is what is kept.
 */
const COLLECTIONS = 5;

/**
 * Measures, and prints a table.
 *
 * @throws {Error} if memory is not level
 */
export async function benchMemory(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      events: { type: "string", default: "100000,1000000" },
      only: { type: "string" },
    },
  });
  const counts = values.events.split(",").map((count) => wholeNumber("events", count));
  const servers = (await forms()).filter(({ name }) => name === (values.only ?? name));
  if (servers.length === 0) throw new Error("--only is gibbon, gibbon-node or gibbon-deno");
  const readings: Reading[] = [];
  for (const server of servers) {
    for (const protocol of PROTOCOLS) readings.push(await read(server, protocol, counts));
  }
  console.log(`${machineLine()}\n\n${readingTable(counts, readings)}`);
  const grown = readings.filter((reading) => growth(reading) > LEVEL);
  if (grown.length === 0) return;
  const names = grown.map(({ server, protocol }) => `${server} over ${protocol}`);
  throw new Error(`memory is not level: ${names.join(", ")}`);
}

/** gibbon in the forms that operators have it. */
async function forms(): Promise<Server[]> {
  const executable = existsSync(EXECUTABLE) ? [gibbon("gibbon", "bun", [EXECUTABLE], "level")] : [];
  const node = [await runtimePath("node"), MAIN] as const;
  const deno = [await runtimePath("deno"), "run", "-A", "--no-check", MAIN] as const;
  return [
    ...executable,
    gibbon("gibbon-node", "node", node, "level"),
    gibbon("gibbon-deno", "deno", deno, "level"),
  ];
}

async function read(
  server: Server,
  protocol: typeof PROTOCOLS[number],
  counts: readonly number[],
): Promise<Reading> {
  console.error(`${server.name}, ${protocol}`);
  const directory = await mkdtemp(path.join(os.tmpdir(), "gibbon-bench-"));
  const running = await start(server, path.join(directory, "socket"));
  try {
    const atRest = await settledMegabytes(running);
    const after: Megabytes[] = [];
    let ran = 0;
    for (const count of counts) {
      await runEvents(running.socket, count - ran, protocol);
      ran = count;
      after.push(await megabytesOf(running));
    }
    return { server: server.name, protocol, atRest, after };
  } finally {
    await stop(running);
    await rm(directory, { recursive: true });
  }
}

/** Every runtime collects when it likes: before that is forced, a reading says little. */
async function megabytesOf(running: Running): Promise<Megabytes> {
  const rested = await settledMegabytes(running);
  let collected = Infinity;
  for (let i = 0; i < COLLECTIONS; i++) {
    await runEvents(running.socket, 1, "MsgPack:1", "collect");
    collected = Math.min(collected, await settledMegabytes(running));
  }
  return { rested, collected };
}

/** The last reading as a part of the first. */
function growth({ after }: Reading): number {
  return (after.at(-1)?.collected ?? NaN) / (after[0]?.collected ?? NaN);
}

function readingTable(counts: readonly number[], readings: readonly Reading[]): string {
  const head = counts.flatMap((count) => [`MB after ${show(count)}`, "collected"]);
  const rows = readings.map((reading) => [
    `${reading.server}, ${reading.protocol}`,
    show(reading.atRest, 1),
    ...reading.after.flatMap(({ rested, collected }) => [show(rested, 1), show(collected, 1)]),
    show(growth(reading), 3),
  ]);
  return table(["", "MB at rest", ...head, "last of first"], rows);
}
