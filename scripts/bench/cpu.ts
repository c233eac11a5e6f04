// Computing time of a server, over all of its processes: unlike events/s, it hardly depends on what
// others do on the machine.
import { readFile } from "node:fs/promises";

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

/** The same, told apart. */
export async function cpuTimes(pid: number): Promise<CpuTimes> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The program's name comes in parentheses and may hold anything; the fields after it are counted.
  const [, user, system] = /\) (?:\S+ ){11}(\d+) (\d+)/.exec(stat) ?? [];
  const list = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  const children = await Promise.all(
    (list.match(/\d+/g) ?? []).map((id) => cpuTimes(Number(id))),
  );
  const own = { user: Number(user) * TICK_SECONDS, system: Number(system) * TICK_SECONDS };
  return children.reduce((sum, child) => ({
    user: sum.user + child.user,
    system: sum.system + child.system,
  }), own);
}
