// Answers of the HTTP API: JSON, and errors with their codes.
import { Buffer } from "node:buffer";
import type { ServerResponse } from "node:http";
import { type ErrorCode, GibbonError, messageOf } from "../../../base/errors.ts";
import { ERR_METHOD_NOT_FOUND } from "../../messages.ts";

/** A request that cannot be served, with the status that says so. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  PLUGIN_UNKNOWN: 404,
  CALL_FAILED: 502,
  DEADLINE: 504,
  DRAINING: 503,
  LIMIT: 503,
  OPTION_INVALID: 400,
};

/** Sends JSON's text. */
export function sendJson(
  response: ServerResponse,
  status: number,
  json: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    ...headers,
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(json) + 1,
    "X-Content-Type-Options": "nosniff",
  });
  response.end(`${json}\n`);
}

/** Sends a value as JSON. */
export function sendValue(response: ServerResponse, value: unknown): void {
  sendJson(response, 200, JSON.stringify(value));
}

/** Sends nothing, for nothing. */
export function sendNothing(response: ServerResponse): void {
  response.writeHead(204).end();
}

/** Sends an error. */
export function sendError(response: ServerResponse, error: unknown): void {
  const headers = error instanceof HttpProblem ? error.headers : {};
  sendJson(response, statusOf(error), JSON.stringify({ error: describeError(error) }), headers);
}

/** An error as JSON has it. */
export function describeError(error: unknown): { code: string; message: string } {
  return {
    code: error instanceof GibbonError ? error.code : "REQUEST",
    message: messageOf(error),
  };
}

function statusOf(error: unknown): number {
  if (error instanceof HttpProblem) return error.status;
  if (!(error instanceof GibbonError)) return 500;
  if (error.code === "CALL_FAILED" && error.message === ERR_METHOD_NOT_FOUND) return 404;
  return STATUS[error.code] ?? 500;
}
