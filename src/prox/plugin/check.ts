// The check of what handlers gave, before it goes to the host.
import type { AuthorizeResult, ConnResult, ResponseModResult } from "../messages.ts";
import { acceptConn, allow } from "./verdicts.ts";

// A wrong status makes Go's HTTP server panic, and a wrong header is dropped on the way: both are
// said where the plugin's author sees them. By hand, as this runs for every request.

/** Checks a part of a result; throws if it is wrong. */
type Check = (value: unknown) => void;
type Checks = Readonly<Record<string, Check>>;

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~\w]+$/;
// deno-lint-ignore no-control-regex -- control characters are what must not be there
const HEADER_VALUE = /^[^\0-\x08\x0a-\x1f\x7f]*$/;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function ensure(isRight: boolean, problem: string): void {
  if (!isRight) throw new TypeError(problem);
}

const isBoolean: Check = (value) => ensure(typeof value === "boolean", "it must be true or false");
const isText: Check = (value) => ensure(typeof value === "string", "it must be text");
const isSpeed: Check = (value) =>
  ensure(Number.isFinite(value) && Number(value) >= 0, "it must be a number, and not below 0");
const isStatus: Check = (value) => {
  const inRange = value === 0 || (Number(value) >= 100 && Number(value) <= 999);
  ensure(Number.isInteger(value) && inRange, "it must be a status, 100 to 999");
};
const isHeaderName: Check = (value) =>
  ensure(typeof value === "string" && HEADER_NAME.test(value), `${value} is no header's name`);

const areHeaders: Check = (value) => {
  if (!isObject(value)) throw new TypeError("it must be an object");
  for (const [name, text] of Object.entries(value)) {
    isHeaderName(name);
    ensure(typeof text === "string", `the value of ${name} must be text`);
    ensure(HEADER_VALUE.test(text as string), `the value of ${name} has a line end in it`);
  }
};

const areHeaderNames: Check = (value) => {
  if (!Array.isArray(value)) throw new TypeError("it must be an array");
  value.forEach(isHeaderName);
};

const SPEED: Checks = { downloadMbps: isSpeed, uploadMbps: isSpeed, groupKey: isText };

const VERDICT: Checks = {
  allow: isBoolean,
  drop: isBoolean,
  fallback: isBoolean,
  status: isStatus,
  body: isText,
  headers: areHeaders,
  speedLimit: (value) => checkParts(value, SPEED),
  cleanQuery: isBoolean,
  rewritePath: isText,
};

const MODIFICATION: Checks = { status: isStatus, headers: areHeaders, remove: areHeaderNames };

const CONN_VERDICT: Checks = { allow: isBoolean };

/** Checks each part of an object; parts that are undefined count as left out. */
function checkParts(given: unknown, checks: Checks): void {
  if (!isObject(given)) throw new TypeError(`it must be an object, and is ${typeOf(given)}`);
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(checks, key)) throw new TypeError(`nobody knows what ${key} is`);
    if (given[key] === undefined) continue;
    try {
      checks[key]!(given[key]);
    } catch (error) {
      throw new TypeError(`${key}: ${(error as Error).message}`);
    }
  }
}

function typeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : `of type ${typeof value}`;
}

function check<T>(handler: string, given: unknown, checks: Checks): T {
  try {
    checkParts(given, checks);
    if (checks["allow"]) isBoolean((given as { readonly allow?: unknown }).allow);
  } catch (error) {
    throw new TypeError(`${handler} gave what prox cannot use: ${(error as Error).message}`);
  }
  return given as T;
}

/**
 * Checks what `onRequest` gave. Nothing is permission.
 *
 * @throws {TypeError} saying what is wrong with it
 */
export function checkVerdict(given: unknown): AuthorizeResult {
  return given === undefined ? allow() : check("onRequest", given, VERDICT);
}

/**
 * Checks what `onResponse` gave. Nothing changes nothing.
 *
 * @throws {TypeError} saying what is wrong with it
 */
export function checkModification(given: unknown): ResponseModResult {
  return given === undefined ? {} : check("onResponse", given, MODIFICATION);
}

/**
 * Checks what `onConnect` gave. Nothing is permission.
 *
 * @throws {TypeError} saying what is wrong with it
 */
export function checkConnVerdict(given: unknown): ConnResult {
  return given === undefined ? acceptConn() : check("onConnect", given, CONN_VERDICT);
}
