// Who started a process, from Linux's /proc. Elsewhere that is not known.
import { readFileSync } from "node:fs";
import type { Starter } from "../../protocol/lineage.ts";

/** What nginx is called, by itself and with Kong. */
const NGINX: readonly string[] = ["nginx", "openresty"];

/** How far up nginx is looked for: a start_cmd may be a shell script, and that may call another. */
const GENERATIONS = 4;

/** Fields of /proc/PID/stat behind the name: the process's state, its parent, when it began. */
const STATE = 0;
const PARENT = 1;
const STARTED = 19;

/** States of a process that is over. */
const OVER: readonly string[] = ["Z", "X"];

interface Process extends Starter {
  readonly parent: number;
}

/** Who started a process: the nearest nginx above it, or its parent where there is none. */
export function starterOf(pid: number): Starter | undefined {
  const own = read(pid);
  const parent = own && read(own.parent);
  for (let above = parent, i = 0; above && i < GENERATIONS; above = read(above.parent), i++) {
    if (NGINX.includes(above.name)) return withoutParent(above);
  }
  return parent && withoutParent(parent);
}

/** Kong's nginx above the worker that started a process: it outlives its workers, but not a stop. */
export function masterOf(starter: Starter): Starter | undefined {
  const worker = NGINX.includes(starter.name) ? read(starter.pid) : undefined;
  const master = worker && read(worker.parent);
  return master && NGINX.includes(master.name) ? withoutParent(master) : undefined;
}

/** Whether a process is still the one that it was, and not over. */
export function lives({ pid, startedAt }: Starter): boolean {
  return read(pid)?.startedAt === startedAt;
}

function withoutParent({ pid, startedAt, name }: Process): Starter {
  return { pid, startedAt, name };
}

function read(pid: number): Process | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The name is in brackets, and may have some in it.
  const end = stat.lastIndexOf(")");
  const fields = stat.slice(end + 2).split(" ");
  if (OVER.includes(fields[STATE] ?? "")) return undefined;
  return {
    pid,
    name: stat.slice(stat.indexOf("(") + 1, end),
    parent: Number(fields[PARENT]),
    startedAt: Number(fields[STARTED]),
  };
}
