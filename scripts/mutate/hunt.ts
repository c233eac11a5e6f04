// Trying mutants: several in one process, as long as that process can be believed.
import type { Mutant } from "./mutants.ts";
import type { Unit } from "./orders.ts";
import type { Plan } from "./plan.ts";
import { type Reply, Runner } from "./runner.ts";
import type { Sandbox } from "./sandbox.ts";

/** What became of a mutant. */
export type Fate = "killed" | "timed out" | "survived" | "not covered";

/** Runs after which a process is replaced, whatever it says: what mutants leave adds up. */
const MAX_RUNS = 200;

/** What a hunt is made of. */
export interface HuntOptions {
  readonly sandbox: Sandbox;
  readonly planFor: (mutant: Mutant) => Plan;
  /** Processes at once. */
  readonly jobs: number;
  /** Whether each mutant gets a process of its own. */
  readonly isolate: boolean;
  /** Told of each mutant when its fate is known. */
  readonly report: (mutant: Mutant, fate: Fate) => void;
}

/** Tries all of `mutants`. */
export async function hunt(mutants: readonly Mutant[], options: HuntOptions): Promise<void> {
  const queue = mutants[Symbol.iterator]();
  const work = async () => {
    const hunter = new Hunter(options);
    try {
      for (const mutant of queue) options.report(mutant, await hunter.try(mutant));
    } finally {
      await hunter.end();
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
}

/** Tries one mutant at a time. */
class Hunter {
  readonly #options: HuntOptions;
  #runner: Runner | undefined;

  constructor(options: HuntOptions) {
    this.#options = options;
  }

  async end(): Promise<void> {
    await this.#runner?.end();
    this.#runner = undefined;
  }

  async try(mutant: Mutant): Promise<Fate> {
    const plan = this.#options.planFor(mutant);
    if (plan.units.length + plan.lastUnits.length === 0) return "not covered";
    const isolated = plan.fresh || this.#options.isolate;
    const fate = isolated
      ? await this.#tryFresh(mutant, plan)
      : await this.#tryShared(mutant, plan);
    if (fate !== "survived") return fate;
    return await this.#tryFresh(mutant, { ...plan, units: plan.lastUnits });
  }

  async #tryFresh(mutant: Mutant, plan: Plan): Promise<Fate> {
    if (plan.units.length === 0) return "survived";
    const runner = await Runner.start(this.#options.sandbox, plan.fresh ? mutant.id : 0);
    const reply = await run(runner, mutant.id, plan);
    await runner.end();
    return fateOf(reply);
  }

  /**
   * In a process that has run others: a test that fails is believed if it passes once the mutant is
   * off, and one that never ends by itself. All else that goes wrong may be what another mutant left
   * behind, and is tried again in a process that has run none.
   */
  async #tryShared(mutant: Mutant, plan: Plan): Promise<Fate> {
    if (plan.units.length === 0) return "survived";
    if (this.#runner && this.#runner.runs >= MAX_RUNS) await this.end();
    const runner = this.#runner ??= await Runner.start(this.#options.sandbox);
    const isNew = runner.runs === 0;
    const reply = await run(runner, mutant.id, plan);
    if (reply.kind === "survived") return "survived";
    const failed = reply.kind === "killed" || reply.kind === "runaway";
    const clean = failed && reply.by !== undefined &&
      await passes(runner, reply.by, plan);
    if (!clean) await this.end();
    const endless = reply.kind === "timed-out" || reply.kind === "runaway";
    return isNew || clean || endless ? fateOf(reply) : await this.#tryShared(mutant, plan);
  }
}

function run(runner: Runner, mutant: number, plan: Plan): Promise<Reply> {
  return runner.run({ mutant, units: plan.units });
}

async function passes(runner: Runner, unit: Unit, plan: Plan): Promise<boolean> {
  return (await run(runner, 0, { ...plan, units: [unit] })).kind === "survived";
}

function fateOf(reply: Reply): Fate {
  switch (reply.kind) {
    case "survived":
      return "survived";
    case "timed-out":
    case "late":
    case "runaway":
      return "timed out";
    case "ended":
    case "killed":
      return "killed";
    case "measured":
    case "loaded":
    case "begun":
      throw new Error("an answer to another order");
  }
}
