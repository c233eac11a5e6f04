// Takes the wrappers and pipes off a schema: what may be absent, what is checked, what is noted.
import type { PipeItem, Schema } from "./schema.ts";

/** A schema without what is around it. */
export interface Unwrapped {
  /** The schema that says the type. */
  readonly base: Schema;
  /** Validations of what comes in; those after a transformation are about something else. */
  readonly checks: readonly PipeItem[];
  readonly acceptsNull: boolean;
  readonly acceptsUndefined: boolean;
  /** Whether an object may lack the key. */
  readonly acceptsMissing: boolean;
  /** What an absent value becomes, if that is the same every time. */
  readonly default: unknown;
  /** The text of `v.description`. */
  readonly description: string | undefined;
  /** Attributes of Kong's language, from `v.metadata({ kong: {...} })`. */
  readonly kong: Readonly<Record<string, unknown>>;
  readonly transformed: boolean;
}

/** Transformations that leave the value as it is. */
const NEUTRAL: ReadonlySet<string> = new Set(["brand", "flavor", "readonly"]);

/** Unwraps a schema. Wrappers and pipes can be around each other in any order. */
export function unwrap(schema: Schema): Unwrapped {
  const inner = schema.pipe
    ? piped(unwrap(schema.pipe[0]), schema.pipe.slice(1))
    : schema.wrapped
    ? wrapped(unwrap(schema.wrapped), schema)
    : plain(schema);
  if (schema.fallback === undefined) return inner;
  return { ...inner, acceptsMissing: true, default: inner.default ?? constant(schema.fallback) };
}

function plain(base: Schema): Unwrapped {
  return {
    base,
    checks: [],
    acceptsNull: false,
    acceptsUndefined: false,
    acceptsMissing: false,
    default: undefined,
    description: undefined,
    kong: {},
    transformed: false,
  };
}

function piped(inner: Unwrapped, items: readonly PipeItem[]): Unwrapped {
  let { description, kong, transformed } = inner;
  const checks = [...inner.checks];
  for (const item of items) {
    if (item.type === "description") description = item.description;
    else if (item.type === "metadata") kong = { ...kong, ...kongAttributes(item) };
    else if (item.kind === "schema") transformed = true;
    else if (item.kind === "transformation") transformed ||= !NEUTRAL.has(item.type);
    else if (!transformed) checks.push(item);
  }
  return { ...inner, checks, description, kong, transformed };
}

function kongAttributes(item: PipeItem): Record<string, unknown> {
  const kong = item.metadata?.kong;
  return typeof kong === "object" && kong !== null ? { ...kong } : {};
}

function wrapped(inner: Unwrapped, wrapper: Schema): Unwrapped {
  const fallsBackTo = wrapper.default === undefined ? inner.default : constant(wrapper.default);
  switch (wrapper.type) {
    case "optional":
      return { ...inner, acceptsUndefined: true, acceptsMissing: true, default: fallsBackTo };
    case "exact_optional":
      return { ...inner, acceptsMissing: true, default: fallsBackTo };
    case "nullish":
      return {
        ...inner,
        acceptsNull: true,
        acceptsUndefined: true,
        acceptsMissing: true,
        default: fallsBackTo,
      };
    case "nullable":
      return { ...inner, acceptsNull: true, acceptsMissing: false, default: fallsBackTo };
    case "undefinedable":
      return { ...inner, acceptsUndefined: true, acceptsMissing: false, default: fallsBackTo };
    case "non_optional":
      return { ...inner, acceptsUndefined: false, acceptsMissing: false, default: undefined };
    case "non_nullable":
      return { ...inner, acceptsNull: false, acceptsMissing: false, default: undefined };
    default: // non_nullish
      return {
        ...inner,
        acceptsNull: false,
        acceptsUndefined: false,
        acceptsMissing: false,
        default: undefined,
      };
  }
}

/** A default that is a function is worked out when an instance starts, so Kong is not told it. */
function constant(value: unknown): unknown {
  return typeof value === "function" || value === null ? undefined : value;
}
