// Who killed a worker process: from what it ran when it died, and what its predecessor ran.
import type { Running } from "./running/record.ts";

/** What may have killed a worker: events of one phase, or starts, of instances that are alike. */
export interface Suspect {
  readonly plugin: string;
  /** The configuration, the same text for equal ones; a repeated event comes with a new instance. */
  readonly likeness: string;
  readonly doing: Running["doing"];
}

/** Suspects with the number of their events that ran. */
export interface Convict extends Suspect {
  readonly events: number;
}

/** A worker's death. */
export interface Death {
  /** What it ran; an empty list where that is not known. */
  readonly running: readonly (Running & Suspect)[];
  /**
   * `blocked`: a loop that had to be ended. `crash`: only its own code can have done that.
   * `unclear`: it may have been killed from outside.
   */
  readonly how: "blocked" | "crash" | "unclear";
  /** Events that it had begun, as far as is known. */
  readonly events: number;
  readonly nowMs: number;
}

/** How long a suspicion lasts, in milliseconds: Kong repeats a lost event at once. */
const SUSPICION_MS = 60_000;

/**
 * A worker that had begun fewer events than this died of something that came soon. One that has
 * served more was rather killed from outside, where that is possible.
 */
export const SOON = 100;

/** Judges deaths one after another. */
export class Blame {
  #suspects = new Set<string>();
  #untilMs = 0;

  /**
   * @returns whom to keep from killing the next one; empty if that cannot be told yet. Then two
   *   deaths tell: whoever ran at both
   */
  judge({ running, how, events, nowMs }: Death): Convict[] {
    const active = running.filter(({ waits }) => !waits);
    const keys = new Set(active.map(keyOf));
    const current = active.find((one) => one.current);
    const known = nowMs < this.#untilMs ? this.#suspects : new Set<string>();
    const again = [...keys].filter((key) => known.has(key));
    this.#suspects = keys;
    this.#untilMs = nowMs + SUSPICION_MS;
    const guilty = how === "blocked" && current
      ? [keyOf(current)]
      : how !== "unclear" && keys.size === 1
      ? [...keys]
      : how !== "unclear" || events < SOON
      ? again
      : [];
    return guilty.flatMap((key) => toConvict(active.filter((one) => keyOf(one) === key)));
  }

  /** Whether a death says that the plugin cannot stop killing, or just that it can. */
  static soon({ events }: Pick<Death, "events">): boolean {
    return events < SOON;
  }
}

/** A text that two suspects share if they are the same. */
export function keyOf({ plugin, likeness, doing }: Suspect): string {
  return JSON.stringify([plugin, doing, likeness]);
}

/** A configuration as text, whatever order its keys are in. */
export function likenessOf(config: unknown): string {
  return JSON.stringify(config, (_, value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));
  }) ?? "";
}

function toConvict(events: readonly Suspect[]): Convict[] {
  const [first] = events;
  if (!first) return [];
  const { plugin, likeness, doing } = first;
  return [{ plugin, likeness, doing, events: events.length }];
}
