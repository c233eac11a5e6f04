// The requests that are kept: the newest ones, within a number and an amount of memory.
import type { Recording } from "./recording.ts";

/** What is kept at most. */
export interface StoreLimits {
  readonly requests: number;
  /** Of all together, roughly. */
  readonly bytes: number;
}

/** Room for some minutes of work, and for two seconds of a load test. */
export const STORE_LIMITS: StoreLimits = { requests: 500, bytes: 64 * 1024 * 1024 };

/** Keeps requests. The oldest one goes when another has no room. */
export class RequestStore {
  readonly limits: StoreLimits;
  readonly #kept = new Map<string, Recording>();
  readonly #sizes = new Map<string, number>();
  #bytes = 0;
  #number = 0;
  /** The number of the last request before all were forgotten. */
  #clearedAt = 0;

  constructor(limits: StoreLimits = STORE_LIMITS) {
    this.limits = limits;
  }

  /** Requests since all were forgotten, also those that have gone. */
  get total(): number {
    return this.#number - this.#clearedAt;
  }

  /** What is kept, roughly, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The number of the next request, which this one then has. */
  next(): number {
    return ++this.#number;
  }

  get(id: string): Recording | undefined {
    return this.#kept.get(id);
  }

  /** Newest first. */
  list(): Recording[] {
    return [...this.#kept.values()].reverse();
  }

  add(recording: Recording): void {
    this.#kept.set(recording.id, recording);
    this.measure(recording);
  }

  /** Takes note of what a request has grown to. */
  measure(recording: Recording): void {
    const { id } = recording;
    if (!this.#kept.has(id)) return;
    const { size } = recording;
    this.#bytes += size - (this.#sizes.get(id) ?? 0);
    this.#sizes.set(id, size);
    const { requests, bytes } = this.limits;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= requests && (this.#bytes <= bytes || this.#kept.size === 1)) return;
      this.#forget(oldest);
    }
  }

  /** Forgets all of them; numbers go on. */
  clear(): void {
    for (const id of this.#kept.keys()) this.#forget(id);
    this.#clearedAt = this.#number;
  }

  #forget(id: string): void {
    this.#kept.delete(id);
    this.#bytes -= this.#sizes.get(id) ?? 0;
    this.#sizes.delete(id);
  }
}
