// A default as JSON, for Kong's schema.
import { type FieldPath, refusal } from "./refuse.ts";

/**
 * @param value a default as valibot takes it: a set can be a Set, a map a Map
 * @throws {GibbonError} PLUGIN_INVALID, if JSON cannot say it
 */
export function asJson(value: unknown, path: FieldPath): unknown {
  if (value instanceof Set) return [...value].map((item) => asJson(item, path));
  if (Array.isArray(value)) return value.map((item) => asJson(item, path));
  if (value instanceof Map) return fromEntries([...value], path);
  if (isPlain(value)) {
    return fromEntries(Object.entries(value).filter(([, item]) => item != null), path);
  }
  const isNumber = typeof value === "number" && Number.isFinite(value);
  if (isNumber || typeof value === "string" || typeof value === "boolean") return value;
  throw refusal(
    path,
    "has a default that JSON cannot say",
    "Give the default as the gateway would send it, or as a function: v.optional(..., () => ...).",
  );
}

function fromEntries(entries: readonly [unknown, unknown][], path: FieldPath): unknown {
  return Object.fromEntries(entries.map(([key, item]) => [String(key), asJson(item, path)]));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
