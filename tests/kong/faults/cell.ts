// One mode in one combination: what is tried, and what is written down of it.
import { lives } from "../../support/process.ts";
import { until } from "../../support/until.ts";
import { Load } from "../life/nginx/load.ts";
import { OUTCOME_KINDS, type OutcomeKind } from "../life/nginx/outcome.ts";
import type { Stage } from "../life/stage.ts";
import type { Mode } from "./modes/mode.ts";

/** What became of a mode in a combination. */
export interface Cell {
  /** What the request got. */
  readonly answer: OutcomeKind;
  readonly status: number;
  /** In Kong's words. */
  readonly reason: string | undefined;
  /** What requests of another plugin got meanwhile, each kind once. */
  readonly meanwhile: readonly OutcomeKind[];
  /** Why those that were not served were not. */
  readonly harm: readonly string[];
  /** Whether requests of another plugin are served again. */
  readonly servedAfter: boolean;
  /** What became of the process that Kong started. */
  readonly server: "lives" | "started again" | "blocked" | "does not start";
  /** Worker processes that died. */
  readonly deaths: number;
  /** Whether a line of the log, warning or error, has the plugin's name. */
  readonly blamed: boolean;
}

/** The plugin of which requests are made meanwhile. */
export const BYSTANDER = "guard";

/** Another one, of which there is no instance before: a server has to be able to start one after. */
export const NEWCOMER = "newcomer";

/** Milliseconds between requests of the bystander. */
const PAUSE_MS = 20;

/** How long the request is waited for, in milliseconds; no deadline and no restart takes as long. */
const PATIENCE_MS = 25_000;

/** How long others may be kept waiting until they count as blocked, in milliseconds. */
const BLOCKED_MS = 12_000;

/** How long the log may take to say something, in milliseconds: built-ins are inspected each second. */
const LOG_MS = 3000;

/** How long a process may take to end of what was done to it, in milliseconds. */
const END_MS = 1500;

/** Makes the request on a stage that serves. */
export async function tryMode(stage: Stage, mode: Mode): Promise<Cell> {
  const { keepers: [keeper] } = stage.kong.current;
  const [processes, from] = [keeper!.processes.length, stage.log.length];
  const kinds = new Set<OutcomeKind>();
  const harm = new Set<string>();
  const bystander = { plugins: [BYSTANDER], patienceMs: PATIENCE_MS };
  const load = new Load(stage.kong, {
    lanes: 1,
    pauseMs: PAUSE_MS,
    request: () => bystander,
    see({ kind, reason }) {
      kinds.add(kind);
      if (kind !== "ok") harm.add(`${kind}: ${reason}`);
    },
  });
  const outcome = await stage.kong.request({ plugins: [mode.name], patienceMs: PATIENCE_MS });
  const log = () => stage.log.slice(from);
  // Errors of others' timers, and what is found once a second, may come later than the answer.
  if (!mode.silent || mode.process) {
    const isOver = () =>
      names(log(), mode.name) || (mode.silent === true && hasEnded(stage, log()));
    await soon(isOver, mode.silent ? END_MS : LOG_MS);
  }
  const servedAfter = await servesOthers(stage);
  await load.stop();
  const answer = outcome.kind;
  return {
    answer,
    status: outcome.status,
    reason: outcome.reason,
    meanwhile: OUTCOME_KINDS.filter((kind) => kinds.has(kind)),
    harm: [...harm],
    servedAfter,
    server: stateOf(stage, processes, servedAfter),
    deaths: log().split(DEATH).length - 1,
    blamed: names(isLoaded(mode) ? stage.log : log(), mode.name),
  };
}

/** The cell of a server that does not come to serve. */
export function notStarted(log: string, { name }: Mode): Cell {
  return {
    answer: "failed",
    status: 0,
    reason: "nobody serves",
    meanwhile: [],
    harm: [],
    servedAfter: false,
    server: "does not start",
    deaths: 0,
    blamed: names(log, name),
  };
}

/** What the log says of each. */
const DEATH = "a worker process died";

/** Whether what was said while it was loaded counts too. */
const isLoaded = ({ acts }: Mode) => acts === "load" || acts === "file";

function hasEnded(stage: Stage, log: string): boolean {
  return log.includes(DEATH) || !lives(stage.server.pid);
}

function stateOf(stage: Stage, processes: number, served: boolean): Cell["server"] {
  if (stage.kong.current.keepers[0]!.processes.length > processes) return "started again";
  if (!lives(stage.server.pid)) return "started again";
  return served ? "lives" : "blocked";
}

/** Whether a warning or an error names a plugin. */
function names(log: string, plugin: string): boolean {
  const name = new RegExp(`^\\[(?:error|warn)\\].*(?<![\\w-])${plugin}(?![\\w-])`, "m");
  return name.test(log);
}

/** Waits for something that may not come to be. */
async function soon(holds: () => boolean, patienceMs: number): Promise<boolean> {
  return await until(holds, patienceMs).then(() => true, () => false);
}

/** Whether a request of the others comes to be served. */
async function servesOthers({ kong }: Stage): Promise<boolean> {
  const plugins = [BYSTANDER, NEWCOMER];
  for (const end = performance.now() + BLOCKED_MS; performance.now() < end;) {
    const { kind } = await kong.request({ plugins, patienceMs: BLOCKED_MS });
    if (kind === "ok") return true;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return false;
}
