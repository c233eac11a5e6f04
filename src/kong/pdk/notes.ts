// What is remembered of an instance from one event to the next.
import type { Phase } from "../engine/phases.ts";
import type { PdkMethod } from "./functions.ts";
import { Habit } from "./together.ts";

/**
 * What a worker of Kong finds out once and never again. An instance is one worker's: it is started by
 * that worker, and after a restart of Kong by another one. So what it was told holds for its life.
 */
const HOLDS_FOR_INSTANCE: ReadonlySet<PdkMethod> = new Set<PdkMethod>([
  "kong.node.get_hostname",
  "kong.node.get_id",
]);

/** Which of Kong's subsystems a phase belongs to, where it is one alone. */
const SUBSYSTEMS: { readonly [phase in Phase]?: string } = {
  rewrite: "http",
  access: "http",
  response: "http",
  preread: "stream",
};

/** Whether an answer may be known without an event's having asked. */
export function mayBeNoted(method: PdkMethod): boolean {
  return method === "kong.nginx.get_subsystem" || HOLDS_FOR_INSTANCE.has(method);
}

/** Of one instance: as many entries as functions and phases, at most. */
export class InstanceNotes {
  readonly #habits = new Map<PdkMethod, Partial<Record<Phase, Habit>>>();
  readonly #answers = new Map<PdkMethod, unknown>();

  /** How its handlers ask. */
  habit(method: PdkMethod, phase: Phase): Habit {
    let ofPhases = this.#habits.get(method);
    if (!ofPhases) this.#habits.set(method, ofPhases = {});
    return ofPhases[phase] ??= new Habit();
  }

  /** What Kong would answer; undefined if it has to be asked. */
  find(method: PdkMethod, phase: Phase): unknown {
    if (method === "kong.nginx.get_subsystem") return SUBSYSTEMS[phase];
    return this.#answers.get(method);
  }

  /** Keeps an answer, if it is one that holds. */
  keep(method: PdkMethod, answer: Promise<unknown>): void {
    if (!HOLDS_FOR_INSTANCE.has(method)) return;
    answer.then((value) => {
      if (typeof value === "string" && value !== "") this.#answers.set(method, value);
    }, () => {});
  }
}

const notes = new WeakMap<object, InstanceNotes>();

/** The notes of an instance; they go when it goes. */
export function notesAbout(instance: object): InstanceNotes {
  let found = notes.get(instance);
  if (!found) notes.set(instance, found = new InstanceNotes());
  return found;
}
