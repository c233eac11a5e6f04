// One request through the gateway: plugins, the service, plugins again, the response, the log.
import type { IncomingMessage, ServerResponse } from "node:http";
import { messageOf } from "../base/errors.ts";
import type { PluginChain } from "../kong/emulator/chain.ts";
import { balance } from "../kong/emulator/balancer/balance.ts";
import { Exchange } from "../kong/emulator/exchange.ts";
import type { EmulatedNode } from "../kong/emulator/node.ts";
import { echo, ECHO_URL } from "./echo.ts";
import { markFailure, noteFailure } from "./failure_note.ts";
import { nginxRefusal } from "./nginx_checks.ts";
import { hostRefusal, type ServedHosts } from "./host_check.ts";
import { headOf, isServedTarget, readBody, type RequestHead, requestParts } from "./incoming.ts";
import { type SendOptions, sendStream, sendWhole } from "./outgoing.ts";
import type { Admission } from "./prox/connections.ts";
import type { Entered } from "./prox/entered.ts";
import type { ProxPlugins } from "./prox/plugins.ts";
import { callService, endToEnd, type ServiceAnswer } from "./service.ts";
import { requestOfService, ServiceTimeout } from "./service.ts";
import type { RequestObserver } from "./request_observer.ts";
import type { ServiceConnections } from "./service_connections.ts";

/** nginx's own status for a client that left. */
const CLIENT_LEFT = 499;

/** What a request is handled with. */
export interface HandlerOptions {
  readonly node: EmulatedNode;
  /** The plugins as they are now. */
  readonly chain: PluginChain;
  /** Plugins that run as they were before an edit. */
  readonly stale: readonly string[];
  /** Whether a kong.yml has the say where requests go. */
  readonly hasKongConfig: boolean;
  /** Plugins of prox, which stand around Kong's. */
  readonly prox?: ProxPlugins | undefined;
  /** The port that the gateway listens on. */
  readonly port: number;
  /** Connections to services. */
  readonly services: ServiceConnections;
  /** The hosts that it serves. */
  readonly hosts: ServedHosts;
  /** Largest body of a request, and of a response that is held back, in bytes. */
  readonly bodyBytes: number;
  /** Watches requests, where somebody does. */
  readonly observer?: RequestObserver | undefined;
  /** Sees the exchange when all is over. `status` is what the client got. */
  readonly done: (exchange: Exchange, status: number, milliseconds: number, note?: string) => void;
}

/** Handles a request. Never throws: what goes wrong is the response. */
export async function handleRequest(
  request: IncomingMessage,
  response: ServerResponse,
  options: HandlerOptions,
): Promise<void> {
  const admission = await options.prox?.connections.admission(request.socket);
  if (admission === "denied") return;
  const begun = performance.now();
  const gone = whenGone(response);
  const entered = await takeIn(request, options, gone, admission);
  const { exchange, way } = entered;
  options.observer?.entered(exchange, begun);
  let broken = false;
  try {
    if (way === "drop") request.socket.destroy();
    else await respond(entered, response, options, gone);
  } catch (error) {
    broken = true;
    const message = `the response broke off: ${messageOf(error)}`;
    exchange.node.log({ level: "err", requestId: exchange.requestId, message });
    // Nobody must take what was sent for a whole response.
    response.destroy();
  }
  if (gone.aborted && !broken) exchange.status = CLIENT_LEFT;
  await finish(entered, options, begun);
}

/** All is out: the log phase runs. */
export async function finish(
  entered: Entered,
  { chain, prox, done }: HandlerOptions,
  begun: number,
): Promise<void> {
  const { exchange, way, note } = entered;
  prox?.over(entered);
  const milliseconds = performance.now() - begun;
  exchange.latencies.request = Math.round(milliseconds);
  if (way === "on") await chain.log(exchange);
  done(exchange, exchange.status, milliseconds, note);
}

/**
 * Reads a request, and asks prox's plugins. One that is not served has its answer already.
 *
 * @param known its body, where nothing is to be read
 */
export async function takeIn(
  request: IncomingMessage,
  { node, chain, prox, port, hosts, bodyBytes, hasKongConfig }: HandlerOptions,
  gone: AbortSignal,
  admission: Admission | undefined,
  known?: Uint8Array,
): Promise<Entered> {
  const head = headOf(request);
  const refuse = (status: number, message?: string): Entered => {
    const exchange = new Exchange(node, requestParts(request, head, new Uint8Array(0), port));
    exchange.fail(status, message);
    return { exchange, way: "refused" };
  };
  const tooLong = () =>
    refuse(413, `The gateway takes bodies of up to ${bodyBytes} bytes; --max-body says otherwise`);
  // prox stands before Kong, and takes what Kong refuses.
  const refusal = prox ? undefined : nginxRefusal(head);
  if (refusal !== undefined) return refuse(refusal);
  const stranger = hostRefusal(head.host, hosts);
  if (stranger !== undefined) return refuse(421, stranger);
  if (!isServedTarget(head.target)) return refuse(400);
  if (Number(request.headers["content-length"] ?? 0) > bodyBytes) return tooLong();
  let body = known;
  try {
    body ??= await readBody(request, bodyBytes);
  } catch {
    return refuse(400, "The request broke off");
  }
  if (body === undefined) return tooLong();
  const parts = requestParts(request, head, body, port);
  if (!prox) return { exchange: new Exchange(node, parts), way: "on" };
  if (admission !== "served") return prox.unasked(parts, node);
  const entered = await prox.enter(parts, node, gone);
  if (entered.way !== "on") return entered;
  return chain.plugins.length > 0 || hasKongConfig
    ? refuseAsNginx(entered, head)
    : pastKong(entered);
}

/** What prox has sent on meets Kong's nginx. */
function refuseAsNginx(entered: Entered, head: RequestHead): Entered {
  const { exchange } = entered;
  const { target } = exchange.original;
  const refusal = nginxRefusal({ ...head, target, lines: exchange.headers.lines });
  if (refusal === undefined) return entered;
  exchange.fail(refusal);
  return { ...entered, way: "answered", note: "Kong's nginx refuses it" };
}

/** Without anything of Kong's, prox talks to the service: no router writes its path anew. */
function pastKong(entered: Entered): Entered {
  entered.exchange.isRedirected = true;
  return entered;
}

/** Aborted when the client is gone before its response was out. */
function whenGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.on("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

async function respond(
  entered: Entered,
  response: ServerResponse,
  options: HandlerOptions,
  gone: AbortSignal,
): Promise<void> {
  const { exchange, way } = entered;
  if (way === "refused") return await sendWhole(exchange, response, { gone, closes: true });
  if (way === "answered") {
    await options.prox?.leave(entered);
    return await sendWhole(exchange, response, { gone });
  }
  const kongs = way === "on" ? options.chain : undefined;
  const answer = await proxy(exchange, kongs, options, gone);
  if (kongs) noteFailure(exchange, options.stale);
  await options.prox?.leave(entered);
  const throttles = options.prox?.throttles(entered) ?? [];
  const send: SendOptions = { gone, throttles };
  if (answer) {
    options.observer?.streaming(exchange, answer.body);
    await sendStream(exchange, response, answer.body, send);
  } else await sendWhole(exchange, response, send);
}

/**
 * Runs plugins and asks the service.
 *
 * @param chain Kong's plugins, where there are any on the way
 * @returns the answer if its body is to be passed on as it comes; else the exchange has it whole
 */
async function proxy(
  exchange: Exchange,
  chain: PluginChain | undefined,
  options: Pick<HandlerOptions, "bodyBytes" | "services" | "observer">,
  gone: AbortSignal,
): Promise<ServiceAnswer | undefined> {
  const begun = performance.now();
  const goesOn = chain ? await chain.before(exchange) : true;
  exchange.latencies.kong = Math.round(performance.now() - begun);
  const { bodyBytes, observer } = options;
  markFailure(exchange, observer?.failureOf(exchange));
  const answer = goesOn && !gone.aborted ? await ask(exchange, options, gone) : undefined;
  if (!answer) {
    observer?.asked(exchange);
    return undefined;
  }
  if (!exchange.buffered) {
    exchange.receive({ status: answer.status, headers: endToEnd(answer.headers.lines) });
    observer?.asked(exchange);
    return answer;
  }
  await receiveWhole(exchange, answer, bodyBytes);
  observer?.asked(exchange);
  await chain?.after(exchange);
  markFailure(exchange, observer?.failureOf(exchange));
  return undefined;
}

/** Asks the service; without an answer the response says what went wrong. */
async function ask(
  exchange: Exchange,
  { services, observer }: Pick<HandlerOptions, "services" | "observer">,
  gone: AbortSignal,
): Promise<ServiceAnswer | undefined> {
  const asked = performance.now();
  const protocol = exchange.service?.protocol;
  if (protocol !== undefined && protocol !== "http" && protocol !== "https") {
    exchange.fail(502, `gibbon dev does not ask services of the protocol ${protocol}`);
    return undefined;
  }
  if (!balance(exchange)) return undefined;
  const request = requestOfService(exchange);
  observer?.asking(exchange, request);
  try {
    if (request.host === ECHO_URL.hostname) return echo(request);
    return await callService(request, services, gone);
  } catch (error) {
    if (gone.aborted) return undefined;
    const { host, port } = exchange.upstream;
    const message = `no answer from the service at ${host}:${port}: ${messageOf(error)}`;
    exchange.node.log({ level: "err", requestId: exchange.requestId, message });
    exchange.fail(error instanceof ServiceTimeout ? 504 : 502);
    return undefined;
  } finally {
    exchange.latencies.proxy = Math.round(performance.now() - asked);
  }
}

/** Reads an answer whole, for plugins to see it. */
async function receiveWhole(
  exchange: Exchange,
  answer: ServiceAnswer,
  bodyBytes: number,
): Promise<void> {
  const headers = endToEnd(answer.headers.lines);
  const fail = (reason: string) => {
    const message = `the service's response cannot be held back: ${reason}`;
    exchange.node.log({ level: "err", requestId: exchange.requestId, message });
    exchange.fail(502);
  };
  try {
    const body = await readBody(answer.body, bodyBytes);
    if (body === undefined) {
      answer.body.destroy();
      return fail(`it has more than ${bodyBytes} bytes`);
    }
    if (exchange.original.method !== "HEAD") headers.set("Content-Length", [String(body.length)]);
    exchange.receive({ status: answer.status, headers, body });
  } catch (error) {
    fail(messageOf(error));
  }
}
