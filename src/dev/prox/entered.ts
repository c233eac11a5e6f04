// What becomes of a request after prox's plugins were asked about it.
import type { Logger } from "../../base/log.ts";
import { Exchange, type RequestParts } from "../../kong/emulator/exchange.ts";
import type { EmulatedNode } from "../../kong/emulator/node.ts";
import type { AuthorizeResult, RequestInfo, SpeedLimit } from "../../prox/messages.ts";
import { allowed, applyDenial, redirect } from "./messages.ts";

/** A request after the plugins were asked. */
export interface Entered {
  readonly exchange: Exchange;
  /**
   * `on`: it goes on to Kong's plugins. `fallback`: to the service, past those. `answered`: the
   * response stands in the exchange. `refused`: the same, and the connection ends with it. `drop`:
   * the connection is to be closed.
   */
  readonly way: "on" | "fallback" | "answered" | "refused" | "drop";
  /** What the plugins said, for the request's line. */
  readonly note?: string;
  readonly speedLimit?: SpeedLimit | undefined;
  /** What `on_response` is told of the request. */
  readonly info?: RequestInfo;
}

/** A request that the plugins were asked about. */
export interface AskedRequest {
  readonly parts: RequestParts;
  readonly node: EmulatedNode;
  readonly info: RequestInfo;
}

/** Where verdicts can send a request, and where is said that they cannot. */
export interface Destinations {
  /** A URL; undefined where there is none. */
  readonly fallback: string | undefined;
  readonly log: Logger;
}

/** Does what the plugins said. */
export function afterVerdict(
  asked: AskedRequest,
  verdict: AuthorizeResult,
  { fallback, log }: Destinations,
): Entered {
  if (verdict.allow) return goOn(asked, verdict, log);
  const { parts, node } = asked;
  if (verdict.drop) {
    return { exchange: new Exchange(node, parts), way: "drop", note: "prox dropped it" };
  }
  if (verdict.fallback) return fallBack(asked, verdict, fallback);
  const exchange = new Exchange(node, parts);
  applyDenial(exchange, verdict);
  return { exchange, way: "answered", note: "prox denied it" };
}

/** Answers a request that the plugins could not be asked about. */
export function stopped(
  { parts, node }: Omit<AskedRequest, "info">,
  reason: string,
  log: Logger,
): Entered {
  log.error("a request is stopped: a plugin of prox failed", { error: reason });
  const exchange = new Exchange(node, parts);
  exchange.fail(500);
  return { exchange, way: "answered", note: `prox failed: ${reason}` };
}

function goOn({ parts, node, info }: AskedRequest, verdict: AuthorizeResult, log: Logger): Entered {
  const exchange = new Exchange(node, allowed(parts, verdict));
  const { target } = info;
  if (target && !redirect(exchange, target)) {
    log.warn("a target was not used: it is no host:port", { target });
  }
  return { exchange, way: "on", speedLimit: verdict.speedLimit, info };
}

function fallBack(
  { parts, node }: AskedRequest,
  verdict: AuthorizeResult,
  fallback: string | undefined,
): Entered {
  const exchange = new Exchange(node, allowed(parts, verdict));
  if (fallback !== undefined && redirect(exchange, fallback)) {
    return { exchange, way: "fallback", note: "prox took the fallback" };
  }
  exchange.fail(404, "There is no fallback: give one as prox.fallback in gibbon.dev.json");
  return { exchange, way: "answered", note: "prox took the fallback, and there is none" };
}
