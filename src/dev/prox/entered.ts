// What becomes of a request after prox's plugins were asked about it.
import type { Logger } from "../../base/log.ts";
import { Exchange, type RequestParts } from "../../kong/emulator/exchange.ts";
import type { EmulatedNode } from "../../kong/emulator/node.ts";
import type { AuthorizeResult, RequestInfo, SpeedLimit } from "../../prox/messages.ts";
import { allowed, applyDenial, applyText, redirect } from "./messages.ts";

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
  /** What `on_response` is told of the request; without it, nobody is asked about the response. */
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
  /** Whether requests go to targets that plugins have pushed, and to nothing else. */
  readonly hasTargets: boolean;
  readonly log: Logger;
}

/** Does what the plugins said. */
export function afterVerdict(
  asked: AskedRequest,
  verdict: AuthorizeResult,
  to: Destinations,
): Entered {
  if (verdict.allow) return goOn(asked, verdict, to);
  const { parts, node } = asked;
  if (verdict.drop) {
    return { exchange: new Exchange(node, parts), way: "drop", note: "prox dropped it" };
  }
  if (verdict.fallback) return fallBack(asked, verdict, to, "prox took the fallback");
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

function goOn(asked: AskedRequest, verdict: AuthorizeResult, to: Destinations): Entered {
  const { parts, node, info } = asked;
  const { target = "" } = info;
  if (to.hasTargets && target === "") return withoutTarget(asked, verdict, to);
  const exchange = new Exchange(node, allowed(parts, verdict, target));
  if (target && !redirect(exchange, target)) {
    to.log.warn("a target was not used: it is no host:port", { target });
    return badGateway(asked, exchange, "prox cannot use its target");
  }
  return { exchange, way: "on", speedLimit: verdict.speedLimit, info };
}

/** No target for the request's key, or none at all. */
function withoutTarget(asked: AskedRequest, verdict: AuthorizeResult, to: Destinations): Entered {
  const reason = "prox has no target for it";
  if (to.fallback !== undefined) return fallBack(asked, verdict, to, reason);
  return badGateway(asked, new Exchange(asked.node, asked.parts), reason);
}

function fallBack(
  asked: AskedRequest,
  verdict: AuthorizeResult,
  { fallback }: Destinations,
  note: string,
): Entered {
  const { parts, node, info } = asked;
  const exchange = new Exchange(node, allowed(parts, verdict, ""));
  if (fallback !== undefined && redirect(exchange, fallback)) {
    return { exchange, way: "fallback", note, speedLimit: verdict.speedLimit, info };
  }
  const missing = "there is none: give one as prox.fallback in gibbon.dev.json";
  return badGateway(asked, exchange, `${note}, and ${missing}`);
}

/** prox's own answer; plugins see it on its way out, as any other. */
function badGateway({ info }: AskedRequest, exchange: Exchange, note: string): Entered {
  applyText(exchange, 502, "Bad Gateway");
  return { exchange, way: "answered", note, info };
}
