// Computing time of a server, over all of its processes: unlike events/s, it hardly depends on what
// others do on the machine.
import { readFile } from "node:fs/promises";
import os from "node:os";

/** Linux tells times in hundredths of a second, whatever its clock does. */
const TICK_SECONDS = 0.01;

/** Computing time, in seconds: in the program itself, and in the system on its behalf. */
export interface CpuTimes {
  readonly user: number;
  readonly system: number;
}

/**
 * Computing time of a process and its children since they began, in seconds.
 *
 * @returns NaN where the system has no /proc to read it from
 */
export async function cpuSeconds(pid: number): Promise<number> {
  const { user, system } = await cpuTimes(pid);
  return user + system;
}

/** Computing time of a process without its children, in seconds; NaN without a /proc. */
export async function cpuSecondsAlone(pid: number): Promise<number> {
  const { user, system } = await ownTimes(pid);
  return user + system;
}

async function ownTimes(pid: number): Promise<CpuTimes> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The program's name comes in parentheses and may hold anything; the fields after it are counted.
  const [, user, system] = /\) (?:\S+ ){11}(\d+) (\d+)/.exec(stat) ?? [];
  return { user: Number(user) * TICK_SECONDS, system: Number(system) * TICK_SECONDS };
}

/** The same as `cpuSeconds`, told apart. */
export async function cpuTimes(pid: number): Promise<CpuTimes> {
  const list = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  const children = await Promise.all(
    (list.match(/\d+/g) ?? []).map((id) => cpuTimes(Number(id))),
  );
  const own = await ownTimes(pid);
  return children.reduce((sum, child) => ({
    user: sum.user + child.user,
    system: sum.system + child.system,
  }), own);
}

/** Computing time of all that ran on the machine since it started, in seconds. */
export function machineSeconds(): number {
  const milliseconds = os.cpus().reduce(
    (sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq,
    0,
  );
  return milliseconds / 1000;
}
