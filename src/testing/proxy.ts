// One request through a test's Kong, in memory: plugins, the service, plugins again, the log.
import { setImmediate } from "node:timers/promises";
import { completeHead } from "../dev/outgoing.ts";
import { endToEnd, requestOfService } from "../dev/service.ts";
import { balance } from "../kong/emulator/balancer/balance.ts";
import type { PluginChain } from "../kong/emulator/chain.ts";
import type { Exchange } from "../kong/emulator/exchange.ts";
import { HeaderList } from "../kong/emulator/http/header_list.ts";
import type { TestClock } from "./clock/clock.ts";
import type { Upstream, UpstreamAnswer } from "./options.ts";
import { checkChoice, checkOptions, checkStatus } from "./option_checks.ts";
import { describedBody, describedLines } from "./requests.ts";
import { ProxiedRequest, TestResponse } from "./http_messages.ts";

/** What a request goes through. */
export interface RequestWay {
  readonly chain: PluginChain;
  readonly upstream: Upstream;
  readonly clock: TestClock;
  /** What nginx answers before Kong sees the request. */
  readonly refusal: number | undefined;
}

/** What came of it. */
export interface Proxied {
  readonly response: TestResponse;
  readonly upstream: ProxiedRequest | undefined;
}

/** Has a request go all the way. */
export async function proxy(exchange: Exchange, way: RequestWay): Promise<Proxied> {
  const { chain, clock, refusal } = way;
  const begun = clock.elapsed();
  if (refusal !== undefined) {
    exchange.fail(refusal);
    return { response: respond(exchange), upstream: undefined };
  }
  const goesOn = await chain.before(exchange);
  exchange.latencies.kong = Math.round(clock.elapsed() - begun);
  const upstream = goesOn ? await ask(exchange, way) : undefined;
  if (exchange.buffered) await chain.after(exchange);
  const response = respond(exchange);
  exchange.latencies.request = Math.round(clock.elapsed() - begun);
  await chain.log(exchange);
  // What handlers have begun and not awaited comes to its end before the test looks.
  await setImmediate();
  return { response, upstream };
}

/** Asks the service. What it answers, or that it does not, stands in the exchange then. */
async function ask(
  exchange: Exchange,
  { upstream, clock }: RequestWay,
): Promise<ProxiedRequest | undefined> {
  const protocol = exchange.service?.protocol;
  if (protocol !== "http" && protocol !== "https") {
    exchange.fail(502, `a test does not ask services of the protocol ${protocol}`);
    return undefined;
  }
  if (!balance(exchange)) return undefined;
  const { headers, body, readMs, ...to } = requestOfService(exchange);
  const asked = clock.elapsed();
  const request = new ProxiedRequest(to, headers.lines, body);
  const outcome = typeof upstream === "function" ? await upstream(request) : upstream;
  if (typeof outcome !== "object") checkChoice("what a service can do", outcome ?? null);
  if (outcome === "timeout") await clock.advance(readMs);
  exchange.latencies.proxy = Math.round(clock.elapsed() - asked);
  if (typeof outcome === "object") receive(exchange, outcome);
  else {
    const { host, port } = exchange.upstream;
    const message = `no answer from the service at ${host}:${port}: ${outcome}`;
    exchange.node.log({ level: "err", requestId: exchange.requestId, message });
    exchange.fail(outcome === "timeout" ? 504 : 502);
  }
  return request;
}

function receive(exchange: Exchange, answer: UpstreamAnswer): void {
  checkOptions("a service's answer", answer);
  const { status = 200, headers, body } = answer;
  checkStatus(status);
  const { bytes, type } = describedBody(body);
  const isHead = exchange.method === "HEAD";
  const list = endToEnd(new HeaderList(describedLines(headers)).lines);
  if (type !== undefined && !list.all("content-type").length) list.add("Content-Type", [type]);
  if (!isHead || body !== undefined) list.set("Content-Length", [String(bytes.length)]);
  exchange.receive({ status, headers: list, body: isHead ? new Uint8Array(0) : bytes });
  // Without buffering, plugins do not see the body; it is on its way to the client all the same.
  if (!exchange.buffered) exchange.serviceResponse = { status, headers: list };
}

/** The response as it goes out. */
function respond(exchange: Exchange): TestResponse {
  // Nothing but a final answer can be sent here.
  if (exchange.status < 200) exchange.fail(500);
  const { original, status, responseHeaders } = exchange;
  const isEmpty = original.method === "HEAD" || status === 204 || status === 304;
  const body = isEmpty ? new Uint8Array(0) : exchange.responseBody ?? new Uint8Array(0);
  if (!isEmpty && responseHeaders.get("content-length") === undefined) {
    responseHeaders.set("Content-Length", [String(body.length)]);
  }
  completeHead(exchange);
  const { lines } = endToEnd(responseHeaders.lines);
  const headBytes = lines.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 15);
  exchange.sentBytes = headBytes + body.length;
  return new TestResponse(status, lines, body);
}
