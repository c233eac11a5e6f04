// A small configuration that a schema takes: what it cannot do without, and no more.
import type { SchemaField } from "../engine/plugin.ts";

type Attributes = Readonly<Record<string, unknown>>;

/** The first has no number. */
const nth = (index: number) => index === 0 ? "" : String(index);
const digits = (index: number, length: number) => String(index).padStart(length, "0");

const uuidText = (index: number) => `00000000-0000-4000-8000-${digits(index, 12)}`;

/** Texts of the kinds that plugins ask for, the plainest first; sets want several of a kind. */
const TEXTS: readonly ((index: number) => string)[] = [
  (index) => `example${nth(index)}`,
  (index) => `https://example.com/${nth(index)}`,
  (index) => `user${nth(index)}@example.com`,
  (index) => `example${nth(index)}.com`,
  (index) => `example${String.fromCharCode(97 + index % 26)}.com`,
  (index) => `127.0.0.${index + 1}`,
  (index) => `::${index + 1}`,
  (index) => `/example${nth(index)}`,
  (index) => `${index + 1}`,
  (index) => `Example1!example${nth(index)}`,
  (index) => `2026-01-${digits(index % 28 + 1, 2)}`,
  (index) => `2026-01-31T12:00:${digits(index % 60, 2)}Z`,
  (index) => `12:${digits(index % 60, 2)}`,
  (index) => `1.0.${index}`,
  uuidText,
  (index) => `ZXhhbXBsZ${index % 10}==`,
  (index) => `0a1b2c3d4e5f60718293a4b5${digits(index, 8)}`,
  (index) => `{"example":${index}}`,
  (index) => `10.${index % 256}.0.0/16`,
  (index) => ["GET", "POST", "PUT", "DELETE", "PATCH"][index % 5]!,
  (index) => `EXAMPLE${nth(index)}`,
  (index) => ["en", "de", "fr", "es", "it"][index % 5]!,
];

/** Which text each string is, by its path: its number in `TEXTS`. Those that are new get the first. */
type Choices = Map<string, number>;

/** What may be said of a configuration: the paths of what does not fit, such as `rules[0].path`. */
export type Misfits = (config: Readonly<Record<string, unknown>>) => readonly string[];

/** An example. */
export interface Example {
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether nothing is known that does not fit. */
  readonly fits: boolean;
}

/**
 * Makes a configuration with everything that is required and has no default. Kong's language does not
 * say all that a plugin may ask of a text; other texts are tried where `misfits` finds fault.
 *
 * @param fields of the configuration, in Kong's language
 * @param misfits looks at an example
 */
export function exampleConfig(
  fields: readonly SchemaField[],
  misfits: Misfits = () => [],
): Example {
  const choices: Choices = new Map();
  let first: Example["config"] | undefined;
  for (let round = 0; round < 2 * TEXTS.length; round++) {
    const config = record(fields, "", choices);
    first ??= config;
    const paths = misfits(config);
    if (paths.length === 0) return { config, fits: true };
    const all = [...choices.keys()];
    const blamed = all.filter((path) => paths.some((wrong) => isAt(path, wrong)));
    // Where nobody says which text it is, all are others the next time.
    for (const path of blamed.length > 0 ? blamed : all) {
      choices.set(path, choices.get(path)! + 1);
    }
  }
  return { config: first ?? {}, fits: false };
}

/** Keys of maps are not named in messages, nor are places in sets. */
function isAt(path: string, wrong: string): boolean {
  const plain = (text: string) => text.replaceAll(/\[\d*\]/g, "").replaceAll("*", "");
  return plain(path).startsWith(plain(wrong)) || plain(wrong).startsWith(plain(path));
}

function record(
  fields: unknown,
  at: string,
  choices: Choices,
): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const field of Array.isArray(fields) ? fields : []) {
    for (const [name, attributes] of Object.entries(field as Record<string, Attributes>)) {
      const path = at === "" ? name : `${at}.${name}`;
      if (attributes.required !== true || attributes.default !== undefined) continue;
      const value = valueOf(attributes, path, choices);
      // A record whose fields all have defaults, or are optional, is made by Kong.
      const isEmpty = attributes.type === "record" &&
        Object.keys(value as object).length === 0;
      if (!isEmpty) made[name] = value;
    }
  }
  return made;
}

function valueOf(
  attributes: Attributes,
  path: string,
  choices: Choices,
  index = 0,
): unknown {
  if (attributes.default !== undefined) return attributes.default;
  if (attributes.eq !== undefined) return attributes.eq;
  const options = allowed(attributes.one_of, attributes);
  if (options.length > 0) return options[index % options.length];
  switch (attributes.type) {
    case "boolean":
      return attributes.ne === false;
    case "number":
    case "integer":
      return numberOf(attributes, index);
    case "array":
    case "set":
      return listOf(attributes, path, choices);
    case "map":
      return mapOf(attributes, path, choices);
    case "record":
      return record(attributes.fields, path, choices);
    case "json":
      return {};
    default:
      if (!choices.has(path)) choices.set(path, 0);
      return textOf(attributes, choices.get(path)!, index);
  }
}

/** Values that are listed and not forbidden. */
function allowed(values: unknown, { ne, not_one_of }: Attributes): unknown[] {
  const not = [ne, ...Array.isArray(not_one_of) ? not_one_of : []];
  return Array.isArray(values) ? values.filter((value) => !not.includes(value)) : [];
}

function numberOf({ between, gt, ne, not_one_of }: Attributes, index: number): number {
  const [low, high] = Array.isArray(between) ? between as number[] : [];
  const least = Math.max(
    Math.ceil(low ?? -Infinity),
    gt === undefined ? -Infinity : Number(gt) + 1,
  );
  const start = Number.isFinite(least) ? least : Math.min(0, Math.floor(high ?? 0));
  const candidates = Array.from({ length: 100 }, (_, more) => start + index + more);
  return allowed(candidates, { ne, not_one_of })[0] as number;
}

function textOf(attributes: Attributes, choice: number, index: number): string {
  if (attributes.uuid === true) return uuidText(index);
  const { starts_with: prefix = "", len_eq, len_min = 0, len_max = Infinity } = attributes;
  const ways = TEXTS.map((_, way) => `${prefix}${TEXTS[(way + choice) % TEXTS.length]!(index)}`);
  const [text = ""] = allowed(ways, attributes) as string[];
  return text.padEnd(Number(len_eq ?? len_min), "x").slice(0, Number(len_eq ?? len_max));
}

function sizeOf({ len_eq, len_min }: Attributes): number {
  return Number(len_eq ?? len_min ?? 0);
}

function listOf(
  attributes: Attributes,
  path: string,
  choices: Choices,
): unknown[] {
  const { type, contains, elements = {} } = attributes;
  const length = Math.max(sizeOf(attributes), contains === undefined ? 0 : 1);
  return Array.from({ length }, (_, index) => {
    if (index === 0 && contains !== undefined) return contains;
    const place = `${path}[${index}]`;
    // A set takes nothing twice.
    return valueOf(elements as Attributes, place, choices, type === "set" ? index : 0);
  });
}

function mapOf(
  attributes: Attributes,
  path: string,
  choices: Choices,
): Record<string, unknown> {
  const { keys = {}, values = {} } = attributes;
  const entries = Array.from({ length: sizeOf(attributes) }, (_, index) => {
    const key = valueOf(keys as Attributes, `${path}.*`, choices, index);
    return [String(key), valueOf(values as Attributes, `${path}.*`, choices, index)];
  });
  return Object.fromEntries(entries);
}
