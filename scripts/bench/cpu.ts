// Computing time of a server, over all of its processes: unlike events/s, it hardly depends on what
// others do on the machine.
import { readFile } from "node:fs/promises";

/** Linux tells times in hundredths of a second, whatever its clock does. */
const TICK_SECONDS = 0.01;

/**
 * Computing time of a process and its children since they began, in seconds.
 *
 * @returns NaN where the system has no /proc to read it from
 */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The program's name comes in parentheses and may hold anything; the fields after it are counted.
  const [, user, system] = /\) (?:\S+ ){11}(\d+) (\d+)/.exec(stat) ?? [];
  const own = (Number(user) + Number(system)) * TICK_SECONDS;
  const list = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  const children = await Promise.all(
    (list.match(/\d+/g) ?? []).map((id) => cpuSeconds(Number(id))),
  );
  return children.reduce((sum, seconds) => sum + seconds, own);
}
