// What Kong takes as an argument of a PDK function, so that nothing is sent that it would choke on.
import { toSendable, Unsendable } from "./sendable.ts";
import { describeValue, isNil, isPlainObject, isTable } from "./values.ts";

/** One parameter of a PDK function. */
export interface Param {
  /** As Kong's documentation has it. */
  readonly name: string;
  /** What is wrong with an argument, to follow the name: `must be a string, not null`. */
  problem(value: unknown): string | undefined;
  readonly optional?: boolean;
  /**
   * What is sent in its place where it is left out and a later argument is not: arguments behind a
   * nil get lost on the way. Undefined where nothing would do no harm.
   */
  readonly standIn?: unknown;
}

function param(name: string, expected: string, accepts: (value: unknown) => boolean): Param {
  return {
    name,
    problem: (value) =>
      accepts(value) ? undefined : `must be ${expected}, not ${describeValue(value)}`,
  };
}

/** The parameter can be left out. */
export function optional(param: Param, standIn?: unknown): Param {
  return { ...param, optional: true, standIn };
}

/** A string. Kong takes bytes for the same. */
export function text(name: string): Param {
  return param(name, "a string", isText);
}

/** One of a few strings. */
export function choice(name: string, ...values: readonly string[]): Param {
  return {
    name,
    problem: (value) => {
      if (values.some((each) => each === value)) return undefined;
      const shown = typeof value === "string" ? JSON.stringify(value) : describeValue(value);
      return `must be one of ${values.join(", ")}, not ${shown}`;
    },
  };
}

/** A string of a form; `expected` says which. */
export function matching(name: string, pattern: RegExp, expected: string): Param {
  return param(name, expected, (value) => typeof value === "string" && pattern.test(value));
}

/** True or false. */
export function flag(name: string): Param {
  return param(name, "true or false", (value) => typeof value === "boolean");
}

/** An integer of a range, its ends included. */
export function integer(name: string, least: number, most: number): Param {
  const accepts = (value: unknown) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
  return param(name, `an integer from ${least} to ${most}`, accepts);
}

/** An object or array of anything that can be sent. */
export function table(name: string): Param {
  return param(name, "an object or an array", isTable);
}

/** A string, bytes, or a table that Kong encodes. */
export function content(name: string): Param {
  const accepts = (value: unknown) => isText(value) || isTable(value);
  return param(name, "a string, bytes, an object or an array", accepts);
}

/** A string or bytes. */
export function bytes(name: string): Param {
  return param(name, "a string or bytes", isText);
}

/** Anything that can be sent. */
export function anything(name: string): Param {
  return { name, problem: () => undefined };
}

/** An object whose entry `key`, if there is one, is one of a few strings. */
export function choiceIn(name: string, key: string, ...values: readonly string[]): Param {
  const entry = choice(key, ...values);
  return {
    name,
    problem: (value) => {
      if (!isPlainObject(value)) return `must be a plain object, not ${describeValue(value)}`;
      const problem = isNil(value[key]) ? undefined : entry.problem(value[key]);
      return problem && `has a ${key} that ${problem}`;
    },
  };
}

/** The value of a header: a string, number or boolean, or several strings. */
export function headerValue(name: string): Param {
  return param(name, "a string, number or boolean, or an array of strings", isHeaderValue);
}

/** Headers by name. Kong leaves out those whose value is nil. */
export function headerMap(name: string): Param {
  const { problem } = headerValue("");
  return { name, problem: (value) => problemOfMap(value, problem) };
}

/** Query arguments by name. */
export function queryMap(name: string): Param {
  const expected = "a string, number or boolean, or an array of them";
  const { problem } = param(
    "",
    expected,
    (value) => Array.isArray(value) ? value.every(isScalar) : isScalar(value),
  );
  return { name, problem: (value) => problemOfMap(value, problem) };
}

function problemOfMap(map: unknown, problem: Param["problem"]): string | undefined {
  if (!isPlainObject(map)) return `must be a plain object, not ${describeValue(map)}`;
  for (const [key, value] of Object.entries(map)) {
    const found = isNil(value) ? undefined : problem(value);
    if (found) return `has an entry ${JSON.stringify(key)} that ${found}`;
  }
  return undefined;
}

function isText(value: unknown): boolean {
  return typeof value === "string" || value instanceof Uint8Array;
}

function isScalar(value: unknown): boolean {
  return isText(value) || typeof value === "boolean" || Number.isFinite(value);
}

function isHeaderValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isText);
  return isScalar(value);
}

/** An argument as it is sent, or why it cannot be. */
function sendable(value: unknown): { readonly value: unknown } | string {
  try {
    return { value: toSendable(value) };
  } catch (error) {
    if (error instanceof Unsendable) {
      return `cannot be sent to the gateway: there is ${error.message}`;
    }
    throw error;
  }
}

/**
 * Makes an argument list that arrives as it was meant: no nil at its end or in its midst, and objects of
 * classes as what JSON has of them.
 *
 * @param given the arguments; changed in place and returned
 * @returns the arguments, or what is wrong with them
 */
export function argumentList(params: readonly Param[], given: unknown[]): unknown[] | string {
  while (given.length > 0 && isNil(given.at(-1))) given.pop();
  const count = Math.max(given.length, params.length);
  for (let index = 0; index < count; index++) {
    const param = params[index];
    const name = param?.name ?? `argument ${index + 1}`;
    if (!isNil(given[index])) {
      if (typeof given[index] !== "string") {
        const sent = sendable(given[index]);
        if (typeof sent === "string") return `${name} ${param?.problem(given[index]) ?? sent}`;
        given[index] = sent.value;
      }
      const problem = param?.problem(given[index]);
      if (problem) return `${name} ${problem}`;
    } else if (!param?.optional) {
      return `${name} is missing`;
    } else if (index < given.length) {
      if (param.standIn === undefined) {
        return `${name} cannot be left out when something follows it`;
      }
      given[index] = param.standIn;
    }
  }
  return given;
}
