// The stage of modes: their plugins, a guard beside them, and limits that are short.
import { until } from "../../support/until.ts";
import { Workspace } from "../../support/workspace.ts";
import { guardOver, Stage } from "../life/stage.ts";
import { BYSTANDER, type Cell, NEWCOMER, notStarted, tryMode } from "./cell.ts";
import { type Combination, LAYOUT_OPTIONS } from "./combination.ts";
import { faultyPlugin } from "./faulty_plugin.ts";
import type { Mode } from "./modes/mode.ts";

/** Seconds that a worker may be blocked, and that a server may take to stop. */
const LIMITS = ["--worker-timeout", "2", "--grace", "1"];

/** After how many milliseconds Kong gives up on an answer. Kong waits a minute. */
const KONG_MS = 30_000;

/** The same where nobody but Kong ends the waiting: one process that is blocked. */
const KONG_BLOCKED_MS = 4000;

/** How long a server may take to serve, in milliseconds. A module has 10 s. */
const START_MS = 15_000;

/** Sets the stage for modes, and starts it; it may never serve. */
async function raise(space: Workspace, combination: Combination, modes: readonly Mode[]) {
  const { program, layout, protocol } = combination;
  const mayBlock = layout === "one process" && modes.some((mode) => mode.process);
  const stage = await Stage.prepare(space, {
    program,
    serve: [...LIMITS, ...LAYOUT_OPTIONS[layout]],
    plugins: [
      guardOver(protocol, BYSTANDER),
      guardOver(protocol, NEWCOMER),
      ...modes.map((mode) => faultyPlugin(mode, protocol)),
    ],
    kong: { pool: { readMs: mayBlock ? KONG_BLOCKED_MS : KONG_MS } },
  });
  stage.kong.start();
  return stage;
}

async function serves(stage: Stage): Promise<boolean> {
  const serving = () => stage.log.includes("serving plugins");
  const isServing = await until(serving, START_MS).then(() => true, () => false);
  const isServed = async () => (await stage.kong.request({ plugins: [BYSTANDER] })).kind === "ok";
  return isServing && await until(isServed, START_MS).then(() => true, () => false);
}

/** Tries a mode on a server of its own. */
export async function tryAlone(combination: Combination, mode: Mode): Promise<Cell> {
  const space = new Workspace();
  try {
    const stage = await raise(space, combination, [mode]);
    return await serves(stage) ? await tryMode(stage, mode) : notStarted(stage.log, mode);
  } finally {
    await space.clear();
  }
}

/** A server on which several modes are tried, one after the other. */
export class SharedStage {
  readonly #space = new Workspace();
  readonly #combination: Combination;
  readonly #modes: readonly Mode[];
  #stage: Stage | undefined;

  constructor(combination: Combination, modes: readonly Mode[]) {
    this.#combination = combination;
    this.#modes = modes;
  }

  /** Tries one of its modes. A server that this has blocked is ended. */
  async try(mode: Mode): Promise<Cell> {
    this.#stage ??= await raise(this.#space, this.#combination, this.#modes);
    if (!await serves(this.#stage)) {
      this.lastLog = this.#stage.log;
      return notStarted(this.lastLog, mode);
    }
    const cell = await tryMode(this.#stage, mode);
    this.lastLog = this.#stage.log;
    if (!cell.servedAfter) await this.clear();
    return cell;
  }

  /** What the server had said when a mode was tried last. */
  lastLog = "";

  /** Ends the server. */
  async clear(): Promise<void> {
    this.#stage = undefined;
    await this.#space.clear();
  }
}
