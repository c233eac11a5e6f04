// Memory and descriptors of a server, over all of its processes, as Linux tells them.
import { readdir, readFile } from "node:fs/promises";
import process from "node:process";

/** What a process and its children have. Memory in megabytes; NaN where the system has no /proc. */
export interface TreeUse {
  /** Memory that is there, in which pages that processes share count for each of them. */
  readonly rss: number;
  /** The same, in which shared pages count once. */
  readonly pss: number;
  /** What no file is behind: heaps and stacks. Unlike the above, it does not depend on who else runs. */
  readonly anonymous: number;
  /** Open descriptors. */
  readonly descriptors: number;
  readonly processes: number;
}

/** A process and those that come of it, the parent first. */
export async function processTree(pid: number): Promise<number[]> {
  const list = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  const children = (list.match(/\d+/g) ?? []).map(Number);
  return [pid, ...(await Promise.all(children.map(processTree))).flat()];
}

/** What a process and all that come of it have. */
export async function treeUse(pid: number): Promise<TreeUse> {
  const all = await Promise.all((await processTree(pid)).map(processUse));
  const sum = (of: (use: TreeUse) => number) => all.reduce((total, use) => total + of(use), 0);
  return {
    rss: sum(({ rss }) => rss),
    pss: sum(({ pss }) => pss),
    anonymous: sum(({ anonymous }) => anonymous),
    descriptors: sum(({ descriptors }) => descriptors),
    processes: sum(({ processes }) => processes),
  };
}

const GONE: TreeUse = { rss: 0, pss: 0, anonymous: 0, descriptors: 0, processes: 0 };
const UNKNOWN: TreeUse = {
  rss: NaN,
  pss: NaN,
  anonymous: NaN,
  descriptors: NaN,
  processes: NaN,
};

/** A process that has ended meanwhile has nothing. */
async function processUse(pid: number): Promise<TreeUse> {
  if (process.platform !== "linux") return UNKNOWN;
  try {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
    const megabytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(rollup)?.[1] ?? 0) / 1024;
    const descriptors = (await readdir(`/proc/${pid}/fd`)).length;
    return {
      rss: megabytes("Rss"),
      pss: megabytes("Pss"),
      anonymous: megabytes("Anonymous"),
      descriptors,
      processes: 1,
    };
  } catch {
    return GONE;
  }
}
