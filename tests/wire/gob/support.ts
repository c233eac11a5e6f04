// What the tests of gob share: golden data, decoding in pieces.
import { readFileSync } from "node:fs";
import { GobDecoder, type GobItem, type GobLimits } from "../../../src/wire/gob/mod.ts";

export { Random, randomCuts } from "../../support/random.ts";

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
