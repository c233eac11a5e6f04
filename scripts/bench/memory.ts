// What a server keeps in memory before, during and after many events.
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { runEvents } from "./load.ts";
import { show, table } from "./numbers.ts";
import { treeUse } from "./process_tree.ts";
import { type Running, type Server, start, stop } from "./servers.ts";

/** A server's resident memory, in megabytes, over all of its processes. */
export interface Memory {
  readonly server: string;
  readonly before: number;
  readonly after10k: number;
  readonly after100k: number;
}

/** How long a server gets to come to rest before its memory is read, in milliseconds. */
const REST_MS = 1000;

/**
 * Reads each server's memory around 10,000 and 100,000 events.
 *
 * @returns nothing where the system has no /proc to read it from
 */
export async function compareMemory(
  servers: readonly Server[],
  directory: string,
): Promise<Memory[]> {
  const found: Memory[] = [];
  if (Number.isNaN((await treeUse(process.pid)).rss)) return found;
  for (const server of servers) {
    console.error(`memory: ${server.name}`);
    const running = await start(server, `${directory}/${server.name}.sock`);
    const settled = () => settledMegabytes(running);
    try {
      const before = await settled();
      await runEvents(running.socket, 10_000);
      const after10k = await settled();
      await runEvents(running.socket, 90_000);
      found.push({ server: server.name, before, after10k, after100k: await settled() });
    } finally {
      await stop(running);
    }
  }
  return found;
}

/** A server's resident memory, in megabytes, once it has come to rest. */
export async function settledMegabytes({ process: { pid } }: Running): Promise<number> {
  await sleep(REST_MS);
  return (await treeUse(pid ?? 0)).rss;
}

/** The results for people. */
export function memoryTable(results: readonly Memory[]): string {
  return table(
    ["server", "MB before", "after 10,000", "after 100,000", "between"],
    results.map(({ server, before, after10k, after100k }) => [
      server,
      show(before, 1),
      show(after10k, 1),
      show(after100k, 1),
      show(after100k - after10k, 1),
    ]),
  );
}
