// What a server keeps in memory before, during and after many events.
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { runEvents } from "./load.ts";
import { show, table } from "./numbers.ts";
import { type Server, start, stop } from "./servers.ts";

/** A server's resident memory, in megabytes. */
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
  if (Number.isNaN(await residentMegabytes(process.pid))) return found;
  for (const server of servers) {
    console.error(`memory: ${server.name}`);
    const running = await start(server, `${directory}/${server.name}.sock`);
    const settled = async () => {
      await sleep(REST_MS);
      return await residentMegabytes(running.process.pid ?? 0);
    };
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

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
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
