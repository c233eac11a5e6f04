// What a plugin logs, as values that Kong prints the way the author expects.
import { inspect } from "node:util";
import { attempt, printable } from "../../base/printable.ts";
import { toSendable } from "./sendable.ts";
import { describeValue, isNil, isTable } from "./values.ts";

const decoder = new TextDecoder();

/**
 * One part of a log message. Kong would print an object as `table: 0x7f...`, and anything after a
 * nil might be lost.
 */
function logPart(value: unknown): string | boolean | number {
  try {
    return partOf(value);
  } catch {
    // A getter or a proxy that throws.
    return printable(value);
  }
}

function partOf(value: unknown): string | boolean | number {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "bigint") return String(value);
  if (isNil(value)) return "nil";
  if (value instanceof Error) return value.stack ?? String(value);
  if (value instanceof Uint8Array) return decoder.decode(value);
  return jsonOf(value) ?? inspect(value, { breakLength: Infinity });
}

function jsonOf(value: unknown): string | undefined {
  if (!isTable(value) && typeof (value as { toJSON?: unknown }).toJSON !== "function") {
    return undefined;
  }
  try {
    return JSON.stringify(value);
  } catch {
    // It holds itself, or a bigint.
    return undefined;
  }
}

/** Arguments of `kong.log` and its levels. */
export function logged(args: readonly unknown[]): unknown[] {
  return args.map(logPart);
}

/** Arguments of `kong.log.inspect`: Kong prints tables itself. */
export function inspected(args: readonly unknown[]): unknown[] {
  return args.map((value) => isSendableTable(value) ? value : logPart(value));
}

/**
 * Arguments of `kong.log.deprecation`: an object at the end says since when and until when. The others
 * are concatenated by Kong, which raises for booleans, and for no arguments at all.
 */
export function deprecated(args: readonly unknown[]): unknown[] {
  const last = args.at(-1);
  const says = isSendableTable(last) && !Array.isArray(last);
  const message = logged(says ? args.slice(0, -1) : args).map(String);
  if (says) return [...message, last];
  return message.length === 0 ? [""] : message;
}

/** What is wrong with the object at the end: Kong concatenates what it says, too. */
export function deprecationProblem(args: readonly unknown[]): string | undefined {
  const last = args.at(-1);
  if (!isTable(last) || Array.isArray(last)) return undefined;
  const wrong = ["after", "removal"].find((name) => !isNil(last[name]) && !isPrintable(last[name]));
  return wrong && `${wrong} must be a string, not ${describeValue(last[wrong])}`;
}

function isPrintable(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number";
}

/** Whether Kong gets it as the table that it is. */
function isSendableTable(value: unknown): boolean {
  return attempt(() => isTable(value) && toSendable(value) === value) ?? false;
}
