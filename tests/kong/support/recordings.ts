// The recordings of Kong's own client: reading them, and comparing values with what they hold.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { readdirSync, readFileSync } from "node:fs";

/** One thing that happened on a connection. */
export interface Frame {
  readonly conn: number;
  readonly dir: "kong->server" | "server->kong" | "open" | "close" | "omitted";
  readonly by?: "kong" | "server";
  readonly hex?: string;
  readonly decoded?: unknown;
}

/** One recorded conversation. */
export interface Recording {
  readonly name: string;
  readonly title: string;
  readonly kong_client: string;
  readonly plugin_conf: Readonly<Record<string, unknown>>;
  readonly frames: readonly Frame[];
}

const ROOT = new URL("../data/vectors/", import.meta.url);

/** All recordings of a set, such as `msgpack-3.9`. */
export function readRecordings(set: string): Recording[] {
  const folder = new URL(`${set}/`, ROOT);
  const names = readdirSync(folder).filter((name) => name.endsWith(".json")).sort();
  assert.ok(names.length > 0, `no recordings in ${folder}`);
  return names.map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")));
}

type Marked = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Marked {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The bytes that a decoded text or bin stands for, where the recording has all of them. */
function bytesOf(recorded: unknown): Uint8Array | undefined {
  if (typeof recorded === "string") return new TextEncoder().encode(recorded);
  if (!isObject(recorded)) return undefined;
  const hex = recorded.$bin ?? recorded.$str ?? recorded.$string;
  return typeof hex === "string" ? Buffer.from(hex, "hex") : undefined;
}

/** Asserts that bytes are those that a recording has, by themselves or by length and hash. */
export function assertBytes(actual: Uint8Array, recorded: unknown): void {
  const bytes = bytesOf(recorded);
  if (bytes) return assert.deepEqual([...actual], [...bytes]);
  assert.ok(isObject(recorded), `no bytes recorded: ${JSON.stringify(recorded)}`);
  assert.equal(actual.length, recorded.$length);
  assert.equal(createHash("sha256").update(actual).digest("hex"), recorded.$sha256);
}

/** A float as the recordings write it. */
function floatOf(text: string): number {
  return Number(text.replace("inf", "Infinity").replace("nan", "NaN"));
}

/** A key of a map as a property name. */
function keyText(key: unknown): string {
  return isObject(key) ? String(floatOf(String(key.$float))) : String(key);
}

/** Bytes as the text that a plugin gets: Latin-1 if they are not UTF-8. */
export function receivedText(bytes: Uint8Array): string {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const isUtf8 = Buffer.from(bytes).equals(Buffer.from(text));
  return isUtf8 ? text : Buffer.from(bytes).toString("latin1");
}

/** Asserts that a decoded value is the one that a recording has. */
export function assertValue(actual: unknown, recorded: unknown, where = "value"): void {
  if (actual instanceof Uint8Array) return assertBytes(actual, recorded);
  if (Array.isArray(recorded)) {
    assert.ok(Array.isArray(actual), `${where}: no array: ${inspect(actual)}`);
    assert.equal(actual.length, recorded.length, `${where}: length`);
    recorded.forEach((element, i) => assertValue(actual[i], element, `${where}[${i}]`));
    return;
  }
  if (!isObject(recorded)) return assert.deepEqual(actual, recorded, where);
  if ("$float" in recorded) {
    return assert.ok(Object.is(floatOf(String(recorded.$float)), actual), `${where}: ${actual}`);
  }
  if ("$int" in recorded) return assert.equal(String(actual), recorded.$int, where);
  if ("$sha256" in recorded) {
    return assertBytes(new TextEncoder().encode(actual as string), recorded);
  }
  if ("$str" in recorded || "$string" in recorded) {
    return assert.equal(actual, receivedText(bytesOf(recorded)!), where);
  }
  assert.ok(isObject(actual), `${where}: no map: ${inspect(actual)}`);
  const entries = "$map" in recorded
    ? recorded.$map as [unknown, unknown][]
    : Object.entries(recorded);
  const kept = entries.filter(([, value]) => !isObject(value) || !("$absent" in value));
  assert.deepEqual(
    Object.keys(actual).sort(),
    kept.map(([key]) => keyText(key)).sort(),
    `${where}: keys`,
  );
  for (const [key, value] of kept) assertValue(actual[keyText(key)], value, `${where}.${key}`);
}

/** Asserts that a plugin's configuration is the one given to Kong; nulls do not always travel. */
export function assertConfig(config: unknown, given: Readonly<Record<string, unknown>>): void {
  const got = config as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(given)) {
    // What a test changed between two requests, and what Kong's stand-in left out.
    if (key.startsWith("__") || given[key] === null || !(key in got)) continue;
    assert.deepEqual(got[key], given[key], key);
  }
}
