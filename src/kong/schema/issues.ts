// What valibot found wrong with a configuration, as text that gives away nothing of what is in it.
import type * as v from "valibot";
import type { ObjectShape, Shape } from "./shape.ts";

/** Issues that are told; of the others only the number. */
const TOLD = 10;
/** Characters of one issue's reason. */
const REASON_LENGTH = 200;
/** A string shorter than this is no secret, and would be found everywhere in a message. */
const SECRET_LENGTH = 4;

/** Begins the message that says why a configuration was refused. */
export const REFUSED = "the configuration does not fit: ";

/** Ends it where an answer of the server carries it. */
export const REFUSED_REMEDY = "Correct the plugin's configuration in the gateway.";

/** A refusal, read again from its message. */
export interface ConfigRefusal {
  /** All of its issues, as `listIssues` has them. */
  readonly text: string;
  /** Each with the path of its field; empty where it names none. */
  readonly issues: readonly { readonly path: string; readonly message: string }[];
}

/** What a message says against a configuration; undefined if it is of something else. */
export function readRefusal(message: string): ConfigRefusal | undefined {
  const at = message.indexOf(REFUSED);
  if (at < 0) return undefined;
  const [text = ""] = message.slice(at + REFUSED.length).split(`. ${REFUSED_REMEDY}`);
  const issues = text.split("; ").map((issue) => {
    const end = issue.indexOf(": ");
    return end < 0
      ? { path: "", message: issue }
      : { path: issue.slice(0, end), message: issue.slice(end + ": ".length) };
  });
  return { text, issues };
}

/** All issues in one line: `limits.burst: expected >=1; keys: is missing`. */
export function listIssues(issues: readonly v.BaseIssue<unknown>[], shape: ObjectShape): string {
  const told = issues.slice(0, TOLD).map((issue) => {
    const path = pathOf(issue, shape);
    const reason = cut(reasonOf(issue));
    return path === "" ? reason : `${path}: ${reason}`;
  });
  const more = issues.length - told.length;
  return told.join("; ") + (more > 0 ? `; and ${more} more` : "");
}

/**
 * Where it is: `rules[2].path`. Keys of maps are data, maybe secret, and become `*`; so do keys
 * below a transformation, of which nothing is known.
 */
function pathOf(issue: v.BaseIssue<unknown>, root: Shape): string {
  let shape: Shape | undefined = root;
  let path = "";
  for (const { key, origin } of issue.path ?? []) {
    if (typeof key === "number") path += `[${key}]`;
    else if (shape?.kind === "set") path += "[]";
    else {
      const isName: boolean = shape?.kind === "object" || (origin === "key" && isMissing(issue));
      path += (path && ".") + (isName ? cut(String(key)) : "*");
    }
    shape = below(shape, key);
  }
  return path;
}

function below(shape: Shape | undefined, key: unknown): Shape | undefined {
  switch (shape?.kind) {
    case "object":
      return shape.entries.get(String(key));
    case "map":
    case "record":
      return shape.values;
    case "array":
    case "set":
      return shape.items;
    default:
      return undefined;
  }
}

function isMissing(issue: v.BaseIssue<unknown>): boolean {
  const last = issue.path?.at(-1);
  return issue.kind === "schema" && last?.origin === "key" && issue.input === undefined;
}

function reasonOf(issue: v.BaseIssue<unknown>): string {
  const { expected, received, message } = issue;
  const label = /^Invalid (.+?): /.exec(message)?.[1];
  const builtIn = `${expected ? `Expected ${expected} but r` : "R"}eceived ${received}`;
  if (message !== `Invalid ${label}: ${builtIn}`) return mask(message, issue.input);
  if (isMissing(issue)) return "is missing";
  if (issue.kind === "schema" && expected === "never") return "is not a known field";
  if (issue.kind === "schema") return `expected ${expected}, received ${typeName(issue.input)}`;
  return expected ? `expected ${label} ${expected}` : `is not a valid ${label}`;
}

/** An author's message may quote the value. */
function mask(message: string, input: unknown): string {
  if (typeof input === "string") {
    return input.length < SECRET_LENGTH ? message : message.replaceAll(input, "***");
  }
  if (typeof input !== "object" || input === null) return message;
  const parts = input instanceof Map ? [...input].flat() : Object.values(input);
  if (input instanceof Set) parts.push(...input);
  return parts.reduce<string>(mask, message);
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value) || value instanceof Set) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function cut(text: string): string {
  return text.length > REASON_LENGTH ? `${text.slice(0, REASON_LENGTH)}...` : text;
}

/**
 * The class of what a function of the author threw, and where; its message may quote a secret. The
 * place is unknown if the function's frame is gone, as it is after a tail call in JavaScriptCore.
 */
export function nameThrown(error: unknown): { name: string; file: string | undefined } {
  if (!(error instanceof Error)) return { name: `a ${typeof error}`, file: undefined };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const valibot = frames.findIndex((frame) => frame.includes("~run"));
  const places = frames.slice(0, Math.max(valibot, 0)).map((frame) =>
    /(?:file:\/\/)?(\/[^()]+:\d+:\d+)\)?$/.exec(frame)?.[1]
  );
  return { name: error.constructor.name, file: places.find((place) => place !== undefined) };
}
