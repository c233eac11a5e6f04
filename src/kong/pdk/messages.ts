// What a plugin logs, as values that Kong prints the way the author expects.
import { inspect } from "node:util";
import { findUnsendable, isNil, isPlainObject, isTable } from "./values.ts";

const decoder = new TextDecoder();

/**
 * One part of a log message. Kong would print an object as `table: 0x7f...`, and anything after a
 * nil might be lost.
 */
function printable(value: unknown): string | boolean | number {
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
  return args.map(printable);
}

/** Arguments of `kong.log.inspect`: Kong prints tables itself. */
export function inspected(args: readonly unknown[]): unknown[] {
  return args.map((value) =>
    isTable(value) && findUnsendable(value) === undefined ? value : printable(value)
  );
}

/** Arguments of `kong.log.deprecation`: an object at the end says since when and until when. */
export function deprecated(args: readonly unknown[]): unknown[] {
  const last = args.at(-1);
  if (!isPlainObject(last) || findUnsendable(last) !== undefined) return logged(args);
  return [...logged(args.slice(0, -1)), last];
}
