// What follows from a worker's death: who is to blame, what is kept from being run again, the log.
import type { Logger } from "../../../base/log.ts";
import { Blame, type Convict, keyOf, type Suspect } from "./blame.ts";
import { type DeadWorker, isFromAnybody } from "./dead_worker.ts";
import { Quarantine, type QuarantineState } from "./quarantine.ts";
import type { Running } from "./running/record.ts";

/** What the judgement needs. */
export interface DeathsParts {
  readonly log: Logger;
  /** Which plugin and configuration an instance is of, as `Suspect` has them. */
  identify(instance: number): Omit<Suspect, "doing"> | undefined;
  /** File of a plugin, for the log. */
  fileOf(plugin: string): string | undefined;
  /** Starts an instance in no worker any more. */
  forget(instance: number): void;
  /** Tells all workers what is in quarantine. */
  tell(state: QuarantineState): void;
}

const REASONS = {
  blocked: "its event loop was blocked",
  spoilt: "a plugin has spoilt it",
  other: undefined,
} as const;

/** Judges deaths, and keeps the quarantine. */
export class Deaths {
  readonly #parts: DeathsParts;
  readonly #blame = new Blame();
  readonly #quarantine = new Quarantine();

  constructor(parts: DeathsParts) {
    this.#parts = parts;
  }

  /** What is in quarantine now. */
  get state(): QuarantineState {
    return this.#quarantine.state(Date.now());
  }

  /**
   * A worker died, and nobody wanted it to.
   *
   * @param isKnown whether something else than an event or an instance is known to have killed it
   * @returns whether it is known what of
   */
  died(dead: DeadWorker, isKnown = false): boolean {
    const { killedFor, signal, events } = dead;
    const nowMs = Date.now();
    const isUnclear = killedFor === "other" || (!killedFor && isFromAnybody(signal));
    const how = killedFor === "blocked" ? "blocked" : isUnclear ? "unclear" : "crash";
    const running = this.#identified(dead.running ?? []);
    const convicts = isKnown ? [] : this.#blame.judge({ running, how, events, nowMs });
    this.#log(dead, running, convicts);
    this.#forgetStarts(running, convicts);
    for (const convict of convicts) {
      // Who spoilt it was counted when that was found.
      const soon = killedFor !== "spoilt" && Blame.soon(dead);
      const deed = { soon, blocked: how === "blocked" };
      const ms = this.#quarantine.convicted(convict, deed, nowMs);
      if (ms !== undefined) this.#logStop(convict.plugin, ms);
    }
    if (convicts.length > 0) this.#parts.tell(this.state);
    return isKnown || convicts.length > 0 || killedFor === "spoilt";
  }

  /** A plugin has spoilt its worker process, which is about to be replaced. */
  spoilt(plugin: string): void {
    const ms = this.#quarantine.spoilt(plugin, Date.now());
    if (ms === undefined) return;
    this.#logStop(plugin, ms);
    this.#parts.tell(this.state);
  }

  /** A worker has refused an event that is in quarantine: there is one less of it. */
  refused(suspect: Suspect): void {
    this.#quarantine.refused(suspect);
    this.#parts.tell(this.state);
  }

  /** An instance whose start kills is started anew only when Kong asks for it. */
  #forgetStarts(running: readonly (Running & Suspect)[], convicts: readonly Convict[]): void {
    const guilty = new Set(convicts.filter(({ doing }) => doing === "init").map(keyOf));
    for (const one of running) if (guilty.has(keyOf(one))) this.#parts.forget(one.instance);
  }

  #identified(running: readonly Running[]): (Running & Suspect)[] {
    return running.flatMap((one) => {
      const found = this.#parts.identify(one.instance);
      return found ? [{ ...one, ...found }] : [];
    });
  }

  #log(
    { slot, pid, code, signal, killedFor, spoiltBy }: DeadWorker,
    running: readonly (Running & Suspect)[],
    convicts: readonly Convict[],
  ): void {
    const [culprit] = convicts;
    // It may not have been able to say so itself.
    const plugin = spoiltBy ?? culprit?.plugin;
    const lost = running.filter(({ doing }) => doing !== "init").length;
    const suspects = running.filter(({ waits }) => !waits)
      .map(({ plugin, doing }) => `${plugin}/${doing}`);
    this.#parts.log.error("a worker process died; another one takes its place", {
      worker: slot,
      pid,
      code: code ?? undefined,
      signal: signal ?? undefined,
      reason: killedFor && REASONS[killedFor],
      events: lost,
      plugin,
      phase: spoiltBy === undefined ? culprit?.doing : undefined,
      file: plugin === undefined ? undefined : this.#parts.fileOf(plugin),
      running: culprit || suspects.length === 0 ? undefined : [...new Set(suspects)].join(" "),
      remedy: culprit
        ? "What the plugin ran there killed the process. It is not run again when Kong repeats it."
        : undefined,
    });
  }

  #logStop(plugin: string, ms: number): void {
    this.#parts.log.error(
      "a plugin is stopped: it has killed or spoilt worker processes again and again",
      {
        code: "PLUGIN_STOPPED",
        plugin,
        file: this.#parts.fileOf(plugin),
        seconds: ms / 1000,
        remedy: "Mend it. What it guards is answered with 500 until it is tried again.",
      },
    );
  }
}
