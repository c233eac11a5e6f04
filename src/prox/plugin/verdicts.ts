// What a prox plugin's handlers give back: the helpers that make it.
import type {
  AuthorizeResult,
  ConnResult,
  Headers,
  ResponseModResult,
  SpeedLimit,
} from "../messages.ts";

/** What goes with a request that is let through. */
export interface AllowOptions {
  /** Headers to set on the request to the upstream. */
  readonly headers?: Headers;
  readonly speedLimit?: SpeedLimit;
  /** Send the request to the upstream without its query. */
  readonly cleanQuery?: boolean;
  /** Send the request to the upstream with this path. */
  readonly rewritePath?: string;
}

/** What goes with the answer to a request that is denied. */
export interface DenyOptions {
  /** Headers of the answer. */
  readonly headers?: Headers;
}

/** What is to be changed in a response. */
export interface ModifyOptions {
  /** The new status. */
  readonly status?: number;
  /** Headers to set. */
  readonly headers?: Headers;
  /** Names of headers to remove. */
  readonly remove?: readonly string[];
}

/**
 * Lets a request through.
 *
 * @example
 * ```ts
 * import { allow } from "gibbon/prox";
 *
 * const verdict = allow({ headers: { "X-User-ID": "123" }, speedLimit: { downloadMbps: 10 } });
 * console.assert(verdict.allow);
 * ```
 */
export function allow(options: AllowOptions = {}): AuthorizeResult {
  return { ...options, allow: true };
}

/**
 * Denies a request: the client gets this answer.
 *
 * @param status an HTTP status
 * @param body text; prox adds a line end, and says that it is text/plain whatever the headers say
 *
 * @example
 * ```ts
 * import { deny } from "gibbon/prox";
 *
 * const verdict = deny(401, "Who are you?", { headers: { "WWW-Authenticate": "Bearer" } });
 * console.assert(!verdict.allow && verdict.status === 401);
 * ```
 */
export function deny(status: number, body = "", options: DenyOptions = {}): AuthorizeResult {
  return { ...options, allow: false, status, body };
}

/**
 * Closes the connection of a request without an answer.
 *
 * @example
 * ```ts
 * import { drop } from "gibbon/prox";
 *
 * console.assert(drop().drop);
 * ```
 */
export function drop(): AuthorizeResult {
  return { allow: false, drop: true };
}

/**
 * Sends a request to the route's fallback instead of its upstream.
 *
 * @example
 * ```ts
 * import { fallback } from "gibbon/prox";
 *
 * console.assert(fallback({ headers: { "X-Reason": "maintenance" } }).fallback);
 * ```
 */
export function fallback(options: AllowOptions = {}): AuthorizeResult {
  return { ...options, allow: false, fallback: true };
}

/**
 * Changes a response before it goes to the client.
 *
 * @example
 * ```ts
 * import { modifyResponse } from "gibbon/prox";
 *
 * const changes = modifyResponse({ headers: { "X-Frame-Options": "DENY" }, remove: ["Server"] });
 * console.assert(changes.remove?.includes("Server"));
 * ```
 */
export function modifyResponse(options: ModifyOptions): ResponseModResult {
  return { ...options };
}

/**
 * Lets a connection through.
 *
 * @example
 * ```ts
 * import { acceptConn } from "gibbon/prox";
 *
 * console.assert(acceptConn().allow);
 * ```
 */
export function acceptConn(): ConnResult {
  return { allow: true };
}

/**
 * Closes a connection.
 *
 * @example
 * ```ts
 * import { rejectConn } from "gibbon/prox";
 *
 * console.assert(!rejectConn().allow);
 * ```
 */
export function rejectConn(): ConnResult {
  return { allow: false };
}
