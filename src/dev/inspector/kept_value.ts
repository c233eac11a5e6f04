// What is kept of values that plugins pass around: plain JSON, bounded, and never theirs to change.
import { Buffer } from "node:buffer";
import { attempt, cut, printable } from "../../base/printable.ts";
import { isPlainObject } from "../../kong/pdk/values.ts";

/** A value of JSON. */
export type KeptValue =
  | string
  | number
  | boolean
  | null
  | readonly KeptValue[]
  | { readonly [name: string]: KeptValue };

/** Longest text in a value, in UTF-16 units. */
const TEXT_LENGTH = 2048;
/** How much is kept of a value, in UTF-16 units of JSON, roughly. */
const VALUE_LENGTH = 16 * 1024;
/** Deeper than this a value is not looked into. */
const DEPTH = 8;

const MORE = "(more)";

/** What is kept of a value. Never throws. */
export function keptValue(value: unknown): KeptValue {
  return kept(value, 0, { length: VALUE_LENGTH }) ?? null;
}

/** Roughly how many bytes a kept value takes. */
export function sizeOfKept(value: KeptValue): number {
  if (typeof value === "string") return 16 + value.length;
  if (typeof value !== "object" || value === null) return 16;
  let size = 32;
  for (const [name, part] of Object.entries(value)) size += name.length + sizeOfKept(part);
  return size;
}

function kept(value: unknown, depth: number, left: { length: number }): KeptValue | undefined {
  left.length -= 8;
  if (value === undefined) return undefined;
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "string") return keptText(value, left);
  if (value instanceof Uint8Array) return keptText(bytesText(value), left);
  if (left.length <= 0 || depth >= DEPTH) return MORE;
  const parts = attempt(() => keptParts(value, depth, left));
  return parts ?? keptText(printable(value), left);
}

function keptText(text: string, left: { length: number }): string {
  const most = Math.max(64, Math.min(TEXT_LENGTH, left.length));
  left.length -= Math.min(text.length, most);
  return cut(text, most);
}

/** Undefined for what is neither a list nor a table. */
function keptParts(value: unknown, depth: number, left: { length: number }): KeptValue | undefined {
  if (Array.isArray(value)) {
    const items: KeptValue[] = [];
    for (const item of value) {
      if (left.length <= 0) return [...items, MORE];
      items.push(kept(item, depth + 1, left) ?? null);
    }
    return items;
  }
  if (!isPlainObject(value)) return undefined;
  const entries: [string, KeptValue][] = [];
  for (const [name, part] of Object.entries(value)) {
    if (left.length <= 0) return Object.fromEntries([...entries, [MORE, MORE]]);
    left.length -= name.length;
    const one = kept(part, depth + 1, left);
    if (one !== undefined) entries.push([cut(name, 256), one]);
  }
  return Object.fromEntries(entries);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Bytes as text; what is no text is described. */
function bytesText(bytes: Uint8Array): string {
  const text = attempt(() => utf8.decode(bytes.subarray(0, 4 * TEXT_LENGTH)));
  if (text !== undefined && bytes.length <= 4 * TEXT_LENGTH) return text;
  return `(${bytes.length} bytes) ${Buffer.from(bytes.subarray(0, 32)).toString("hex")}`;
}
