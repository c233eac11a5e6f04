// Counts events and their durations, in as little memory as they need.
import { SLOT_MS, type Tally } from "./order.ts";

/** Counts events and their durations. */
export class Counter {
  events = 0;
  readonly #slots = new Map<number, number>();

  /** @param ms how long an event took */
  add(ms: number): void {
    this.#count(Math.round(ms / SLOT_MS), 1);
  }

  /** Takes over what another one has counted. */
  addAll(other: Counter): void {
    for (const [slot, events] of other.#slots) this.#count(slot, events);
  }

  #count(slot: number, events: number): void {
    this.events += events;
    this.#slots.set(slot, (this.#slots.get(slot) ?? 0) + events);
  }

  /** Pairs of a slot and a number of events, the shortest durations first. */
  durations(): Tally["durations"] {
    return [...this.#slots].sort(([a], [b]) => a - b);
  }
}
