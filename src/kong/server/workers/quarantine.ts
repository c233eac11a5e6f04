// What killed worker processes is kept from killing the next ones: events that come back, and plugins
// that do it again and again.
import { type Convict, keyOf, type Suspect } from "./blame.ts";

/** Events that are not run when the gateway repeats them. */
export interface Poison extends Suspect {
  /** How many more are refused. */
  readonly left: number;
  /** Until then all are refused, however many, in Unix milliseconds. */
  readonly allUntilMs: number;
  /** Unix milliseconds. */
  readonly untilMs: number;
}

/** A plugin that is not run for a while. */
export interface Stopped {
  readonly plugin: string;
  /** Unix milliseconds. */
  readonly untilMs: number;
}

/** What every worker has to know. */
export interface QuarantineState {
  readonly poison: readonly Poison[];
  readonly stopped: readonly Stopped[];
}

/** How long lost events are waited for, in milliseconds: Kong repeats them at once. */
const REPEAT_MS = 30_000;
/**
 * While a worker is blocked, requests that do no harm queue up before it. They reach its successor
 * together with the one that blocked it: for so long all of them are refused, in milliseconds.
 */
const QUEUE_MS = 2000;
/** A plugin is stopped after so many deaths within this time. */
const DEATHS = 3;
const DEATHS_MS = 60_000;
/** For how long at first, and at most; each time twice the one before, in milliseconds. */
const FIRST_STOP_MS = 10_000;
const LONGEST_STOP_MS = 300_000;

/** One plugin's deeds. */
interface Record {
  deaths: number[];
  stops: number;
  untilMs: number;
}

/** Keeps the state for the supervisor. */
export class Quarantine {
  readonly #poison = new Map<string, Poison>();
  readonly #records = new Map<string, Record>();

  /** What is in force. */
  state(nowMs: number): QuarantineState {
    this.#forgetOver(nowMs);
    const stopped = [...this.#records].filter(([, { untilMs }]) => untilMs > nowMs)
      .map(([plugin, { untilMs }]) => ({ plugin, untilMs }));
    return { poison: [...this.#poison.values()], stopped };
  }

  /**
   * A worker died of something known.
   *
   * @param how `soon`: it had not served for long. `blocked`: others had to wait for it
   * @returns for how long the plugin is stopped, in milliseconds, if it is
   */
  convicted(
    convict: Convict,
    how: { readonly soon: boolean; readonly blocked: boolean },
    nowMs: number,
  ): number | undefined {
    const { events, ...suspect } = convict;
    const key = keyOf(suspect);
    this.#forgetOver(nowMs);
    const before = this.#poison.get(key);
    // What was refused beyond the number of lost events is not owed by those that are lost now.
    const left = Math.max(0, before?.left ?? 0) + events;
    const allUntilMs = how.blocked ? nowMs + QUEUE_MS : before?.allUntilMs ?? 0;
    this.#poison.set(key, { ...suspect, left, allUntilMs, untilMs: nowMs + REPEAT_MS });
    return how.soon ? this.#count(suspect.plugin, nowMs) : undefined;
  }

  /** A plugin has spoilt a worker process; see `convicted` for what is returned. */
  spoilt(plugin: string, nowMs: number): number | undefined {
    return this.#count(plugin, nowMs);
  }

  /** An event was refused by a worker. */
  refused(suspect: Suspect): void {
    const poison = this.#poison.get(keyOf(suspect));
    if (poison) this.#poison.set(keyOf(suspect), { ...poison, left: poison.left - 1 });
  }

  #forgetOver(nowMs: number): void {
    for (const [key, { untilMs, allUntilMs, left }] of this.#poison) {
      const isOver = untilMs <= nowMs || (left <= 0 && allUntilMs <= nowMs);
      if (isOver) this.#poison.delete(key);
    }
  }

  #count(plugin: string, nowMs: number): number | undefined {
    const record = this.#records.get(plugin) ?? { deaths: [], stops: 0, untilMs: 0 };
    this.#records.set(plugin, record);
    record.deaths = [...record.deaths.filter((at) => at > nowMs - DEATHS_MS), nowMs];
    // After a long calm it begins anew.
    if (nowMs - record.untilMs > LONGEST_STOP_MS) record.stops = 0;
    // Once it was stopped, the next death is enough.
    if (record.deaths.length < (record.stops > 0 ? 1 : DEATHS)) return undefined;
    const ms = Math.min(LONGEST_STOP_MS, FIRST_STOP_MS * 2 ** record.stops++);
    record.untilMs = nowMs + ms;
    return ms;
  }
}
