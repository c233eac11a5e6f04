// valibot's checks as attributes of Kong's schema language, as far as it can say them.
import type { ListShape, MapShape, NumberShape, StringShape } from "./shape.ts";
import type { PipeItem } from "../../modules/valibot/schema.ts";

/** Attributes of a field in Kong's schema language. */
export type Attributes = Record<string, unknown>;

/**
 * The end of a range that has only one. Kong prints ends with C's %d, so they have to be whole
 * and fit 64 bits.
 */
const ENDLESS = 1e18;

/** Kong knows `between` (both ends belong to it) and `gt`; what is not whole is made a bit wider. */
export function numberChecks({ checks, options }: NumberShape): Attributes {
  const numbers = checks.filter((check) => typeof check.requirement === "number");
  const integer = isInteger(checks) || (options?.every(Number.isInteger) ?? false);
  const above = Math.max(...bounds(numbers, "gt_value"));
  const below = Math.min(...bounds(numbers, "lt_value"));
  let low = Math.max(...bounds(numbers, "min_value"), above);
  let high = Math.min(...bounds(numbers, "max_value"), below);
  if (integer) {
    low = Math.max(Math.ceil(low), Math.floor(above) + 1);
    high = Math.min(Math.floor(high), Math.ceil(below) - 1);
  }
  const attributes: Attributes = { type: integer ? "integer" : "number", ...values(checks) };
  if (options) attributes.one_of = [...options];
  if (high !== Infinity) attributes.between = [Math.max(low, -ENDLESS), high];
  else if (integer && low !== -Infinity) attributes.gt = low - 1;
  else if (low !== -Infinity && low > above) attributes.between = [low, ENDLESS];
  if (!integer && above !== -Infinity) attributes.gt = above;
  return attributes;
}

function isInteger(checks: readonly PipeItem[]): boolean {
  return checks.some(({ type }) => type === "integer" || type === "safe_integer");
}

function bounds(checks: readonly PipeItem[], type: string): number[] {
  return checks.filter((check) => check.type === type).map((check) => check.requirement as number);
}

/** Kong counts a string's bytes where valibot counts its UTF-16 units. */
export function stringChecks({ checks, options }: StringShape): Attributes {
  const attributes: Attributes = {
    type: "string",
    ...values(checks),
    ...lengths(checks, "length", "bytes"),
  };
  if (options) attributes.one_of = [...options];
  for (const { type, requirement } of checks) {
    if (type === "uuid") attributes.uuid = true;
    if (type === "starts_with") attributes.starts_with = requirement;
  }
  return attributes;
}

/** Lengths of arrays and sizes of sets. */
export function listChecks({ kind, checks }: ListShape): Attributes {
  if (kind === "set") return lengths(checks, "size");
  const attributes = lengths(checks, "length");
  const contained = checks.find(({ type }) => type === "includes")?.requirement;
  if (isScalar(contained)) attributes.contains = contained;
  return attributes;
}

/** Sizes of maps and numbers of entries of records. */
export function mapChecks({ kind, checks }: MapShape): Attributes {
  return lengths(checks, kind === "map" ? "size" : "entries");
}

/** @param measures valibot's words for what Kong calls the length: `length`, `min_length`, ... */
function lengths(checks: readonly PipeItem[], ...measures: readonly string[]): Attributes {
  const all = (prefix: string) =>
    measures.flatMap((measure) => bounds(checks, `${prefix}${measure}`));
  const nonEmpty = checks.some(({ type }) => type === "non_empty") ? [1] : [];
  const [exact] = all("");
  const least = Math.max(...all("min_"), ...nonEmpty);
  const most = Math.min(...all("max_"));
  const attributes: Attributes = {};
  if (exact !== undefined) attributes.len_eq = exact;
  if (least !== -Infinity) attributes.len_min = least;
  if (most !== Infinity) attributes.len_max = most;
  return attributes;
}

function values(checks: readonly PipeItem[]): Attributes {
  const attributes: Attributes = {};
  for (const { type, requirement } of checks) {
    if (type === "value" && isScalar(requirement)) attributes.eq = requirement;
    if (type === "not_value" && isScalar(requirement)) attributes.ne = requirement;
    if (type === "values" && isScalars(requirement)) attributes.one_of = [...requirement];
    if (type === "not_values" && isScalars(requirement)) attributes.not_one_of = [...requirement];
  }
  return attributes;
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function isScalars(value: unknown): value is readonly (string | number | boolean)[] {
  return Array.isArray(value) && value.every(isScalar);
}
