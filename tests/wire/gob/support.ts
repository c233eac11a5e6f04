// What the tests of gob share: golden data, seeded randomness, ways to cut a stream.
import { readFileSync } from "node:fs";
import { GobDecoder, type GobItem, type GobLimits } from "../../../src/wire/gob/mod.ts";

const GOLDEN: { streams: Record<string, string[]> } = JSON.parse(
  readFileSync(new URL("./data/streams.json", import.meta.url), "utf8"),
);

/** Names of all streams that Go made. */
export const GOLDEN_NAMES = Object.keys(GOLDEN.streams);

/** What Go wrote for each value of a case. */
export function golden(name: string): string[] {
  const chunks = GOLDEN.streams[name];
  if (chunks === undefined) throw new Error(`no golden stream "${name}"`);
  return chunks;
}

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** Random numbers that are the same in every run (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** 0 to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to below the bound. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}

/** The stream in chunks of random sizes, some of them empty. */
export function randomCuts(stream: Uint8Array, random: Random): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < stream.length;) {
    const size = random.below(random.pick([2, 10, 200]));
    chunks.push(stream.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

/** Feeds chunks and takes every value as soon as it is there. */
export function decodeAll(
  chunks: Iterable<Uint8Array>,
  limits: Partial<GobLimits> = {},
): GobItem[] {
  const decoder = new GobDecoder(limits);
  const items: GobItem[] = [];
  for (const chunk of chunks) {
    // A copy that is overwritten behind the decoder's back, as a socket's buffer would be.
    const lent = chunk.slice();
    decoder.push(lent);
    lent.fill(0xee);
    for (let item = decoder.next(); item; item = decoder.next()) items.push(item);
  }
  return items;
}
