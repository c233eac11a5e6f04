// Requests, and what prox 0.35.1 makes of them: run against prox itself (real_prox.test.ts), and against
// the development gateway, which has to do the same (tests/dev/prox_same.test.ts).
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import type {
  AuthorizeResult,
  RequestInfo,
  ResponseModResult,
  UpstreamResponseInfo,
} from "../../../src/prox/messages.ts";
import { until } from "../../support/until.ts";
import { headerOf, type RawMessage, type RawService, sendRaw } from "./raw_http.ts";

/** The plugin that does what these requests say. */
export const PROBE: string = fileURLToPath(new URL("../plugins/probe.ts", import.meta.url));

/** Text in UTF-8, one character a byte. */
const utf8 = (text: string) => Buffer.from(text, "utf8").toString("latin1");

/** What the service answers. */
export const SERVICE_ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: today\r\n" +
  utf8("X-Up: Ä\r\nX-Two: 1\r\nx-two: 2\r\nConnection: close\r\n\r\nok");

/** What the plugin is to do: what it says of a request, of a response, and what it pushes. */
interface Orders {
  readonly verdict?: AuthorizeResult;
  readonly modify?: ResponseModResult;
  readonly targets?: readonly string[] | Readonly<Record<string, readonly string[]>>;
}

function orderLines({ verdict, modify, targets }: Orders): string {
  const line = (name: string, value: unknown) =>
    value === undefined
      ? ""
      : `${name}: ${Buffer.from(JSON.stringify(value)).toString("base64")}\r\n`;
  return line("X-Verdict", verdict) + line("X-Modify", modify) + line("X-Targets", targets);
}

/** A request, and what is to come of it. */
export interface Scenario {
  readonly title: string;
  /** Method and target. */
  readonly line: string;
  /** Header lines, each with its end. */
  readonly headers?: string;
  readonly body?: string;
  readonly orders?: Orders;
  /** What the plugin sees of the request. */
  readonly sees?: Partial<Omit<RequestInfo, "body">> & { readonly body?: string };
  /** What the plugin sees of the response. */
  readonly seesResponse?: UpstreamResponseInfo;
  /** The first line that reaches the service; none is to reach it if this is left out. */
  readonly forwards?: string;
  /** Header lines that reach the service. */
  readonly forwardsHeaders?: Readonly<Record<string, string | undefined>>;
  /** What the client gets: 200 where only `sees` is asked for. */
  readonly status?: number;
  readonly answers?: string;
  readonly answersHeaders?: Readonly<Record<string, string | undefined>>;
}

const OK: AuthorizeResult = { allow: true };
const allows = (verdict: Partial<AuthorizeResult> = {}): Orders => ({
  verdict: { ...OK, ...verdict },
});
const denies = (verdict: Partial<AuthorizeResult>): Orders => ({
  verdict: { allow: false, ...verdict },
});
const many = Array.from({ length: 200 }, (_, i) => `x-h-${i}: ${i}\r\n`).join("");

/** What the plugin sees of requests, and what it makes of them, on the way to a fixed upstream. */
export const SCENARIOS: readonly Scenario[] = [
  {
    title: "the path is decoded, the query is not",
    line: "GET /a%2Fb%20c/%C3%A4;%3b+?q=%20a+b&c",
    sees: {
      path: "/a/b c/ä;;+",
      query: "q=%20a+b&c",
      domain: "dev.test",
      host: "dev.test:99",
      proto: "HTTP/1.1",
      contentLength: 0,
      matchDomain: "",
      matchGlob: "",
      target: "",
    },
  },
  {
    title: "paths are not made shorter",
    line: "GET /a/../../b//./c",
    sees: { path: "/a/../../b//./c" },
  },
  {
    title: "a fragment is a part of the path",
    line: "GET /a#b?c",
    sees: { path: "/a#b", query: "c" },
  },
  { title: "an escape that is none is refused", line: "GET /%zz", status: 400 },
  { title: "a whole URL is for no route", line: "GET http://dev.test:99/", status: 404 },
  {
    title: "of a header that came twice the first value counts",
    line: "GET /",
    headers: "x-foo: one\r\nX-Foo: two\r\nCookie: a=1\r\nCookie: b=2\r\n",
    sees: { headers: { Connection: "close", "X-Foo": "one", Cookie: "a=1" } },
  },
  {
    title: "names of headers have capitals, values are trimmed",
    line: "GET /",
    headers: "x-FOO-bar: 1\r\nx_under: 2\r\nX-Space:   a b  \r\nX-Empty:\r\n",
    sees: {
      headers: {
        Connection: "close",
        "X-Foo-Bar": "1",
        X_under: "2",
        "X-Space": "a b",
        "X-Empty": "",
      },
    },
  },
  {
    title: "an old header stands for a newer one",
    line: "GET /",
    headers: "Pragma: no-cache\r\n",
    sees: { headers: { Connection: "close", Pragma: "no-cache", "Cache-Control": "no-cache" } },
  },
  {
    title: "values of headers are UTF-8",
    line: "GET /",
    headers: utf8("X-Name: Jürgen €\r\n"),
    sees: { headers: { Connection: "close", "X-Name": "Jürgen €" } },
  },
  {
    title: "what is not UTF-8 has replacement characters",
    line: "GET /",
    headers: "X-Name: J\xfcrgen\r\n",
    sees: { headers: { Connection: "close", "X-Name": "J\ufffdrgen" } },
  },
  {
    title: "a body is shown",
    line: "POST /",
    headers: "Content-Length: 5\r\n",
    body: "hello",
    sees: {
      contentLength: 5,
      body: "hello",
      headers: { Connection: "close", "Content-Length": "5" },
    },
  },
  ...["GET", "DELETE", "OPTIONS"].map((method): Scenario => ({
    title: `the body of ${method} is not shown`,
    line: `${method} /`,
    headers: "Content-Length: 5\r\n",
    body: "hello",
    sees: { method, contentLength: 5, body: "" },
  })),
  {
    title: "the body of a chunked request is not shown",
    line: "POST /",
    headers: "Transfer-Encoding: chunked\r\n",
    body: "5\r\nhello\r\n0\r\n\r\n",
    sees: { contentLength: -1, body: "", headers: { Connection: "close" } },
  },
  {
    title: "a POST without a body has the length 0",
    line: "POST /",
    sees: { contentLength: 0, body: "" },
  },
  {
    title: "a header of 200 kB is shown",
    line: "GET /",
    headers: `X-Long: ${"a".repeat(200_000)}\r\n`,
    sees: { headers: { Connection: "close", "X-Long": "a".repeat(200_000) } },
  },
  {
    title: "a header of 200 kB is sent on",
    line: "GET /",
    headers: `X-Long: ${"a".repeat(200_000)}\r\n`,
    orders: allows(),
    forwards: "GET / HTTP/1.1",
    forwardsHeaders: { "X-Long": "a".repeat(200_000) },
  },
  { title: "TRACE is served", line: "TRACE /pot", sees: { method: "TRACE" } },
  {
    title: "a denial is text, whatever its headers say",
    line: "GET /",
    orders: denies({
      status: 401,
      body: "Who?",
      headers: {
        "Content-Type": "application/json",
        "Content-Length": "2",
        "WWW-Authenticate": "Bearer",
        "X-Name": "Jürgen €",
      },
    }),
    status: 401,
    answers: "Who?\n",
    answersHeaders: {
      "Content-Type": "text/plain; charset=utf-8",
      "Content-Length": "5",
      "X-Content-Type-Options": "nosniff",
      "WWW-Authenticate": "Bearer",
      "X-Name": utf8("Jürgen €"),
    },
  },
  {
    title: "a denial without a status is 403, and always gets a line end",
    line: "GET /",
    orders: denies({ body: "No.\n" }),
    status: 403,
    answers: "No.\n\n",
  },
  {
    title: "a denial that can have no body has none",
    line: "GET /",
    orders: denies({ status: 204, body: "No." }),
    status: 204,
    answers: "",
  },
  {
    title: "a denial that says nothing is changed has no type",
    line: "GET /",
    orders: denies({ status: 304, body: "No." }),
    status: 304,
    answers: "",
    answersHeaders: { "Content-Type": undefined, "Content-Length": undefined },
  },
  {
    title: "what is new in a path is escaped",
    line: "GET /x?a=1",
    orders: allows({ rewritePath: "/ä b/%/a%2Fb/?x#y;,+&='\"<>[]{}|^`!*()@:$~" }),
    forwards: "GET /%C3%A4%20b/%25/a%252Fb/%3Fx%23y;,+&=%27%22%3C%3E%5B%5D%7B%7D%7C%5E%60" +
      "%21%2A%28%29@:$~?a=1 HTTP/1.1",
  },
  {
    title: "a new path goes out as it is, be it a good one or not",
    line: "GET /x",
    orders: allows({ rewritePath: "//a/../b" }),
    forwards: "GET //a/../b HTTP/1.1",
  },
  {
    title: "a query is taken away",
    line: "GET /x?a=1",
    orders: allows({ cleanQuery: true }),
    forwards: "GET /x HTTP/1.1",
  },
  {
    title: "a path that nobody changes is written anew",
    line: "GET /a%2Fb%20c/%c3%a4?q=%20a+b",
    orders: allows(),
    forwards: "GET /a/b%20c/%C3%A4?q=%20a+b HTTP/1.1",
  },
  {
    title: "headers of a verdict go on as UTF-8, but those that are the client's own",
    line: "GET /",
    headers: utf8("x-foo: one\r\nX-Foo: two\r\nX-Given: ü\r\n"),
    orders: allows({
      headers: {
        "X-Name": "Jürgen €",
        "X-Foo": "three",
        Host: "other.test",
        "Content-Length": "7",
      },
    }),
    forwards: "GET / HTTP/1.1",
    forwardsHeaders: {
      "X-Name": utf8("Jürgen €"),
      "X-Foo": "three",
      "X-Given": utf8("ü"),
      "Content-Length": undefined,
    },
  },
  {
    title: "a body goes on that the plugin did not see",
    line: "DELETE /x",
    headers: "Content-Length: 5\r\n",
    body: "hello",
    orders: allows(),
    forwards: "DELETE /x HTTP/1.1",
    forwardsHeaders: { "Content-Length": "5" },
  },
  {
    title: "a response is shown with the first value of each header, and changed in UTF-8",
    line: "GET /",
    orders: {
      verdict: OK,
      modify: { status: 203, headers: { "X-Name": "Jürgen €" }, remove: ["x-up"] },
    },
    seesResponse: { status: 200, headers: { "Content-Length": "2", "X-Up": "Ä", "X-Two": "1" } },
    forwards: "GET / HTTP/1.1",
    status: 203,
    answers: "ok",
    answersHeaders: { "X-Name": utf8("Jürgen €"), "X-Up": undefined },
  },
  {
    title: "a fallback that there is not is 502, which plugins see",
    line: "GET /",
    orders: { verdict: { allow: false, fallback: true }, modify: { headers: { "X-Done": "1" } } },
    seesResponse: {
      status: 502,
      headers: {
        "Content-Type": "text/plain; charset=utf-8",
        "X-Content-Type-Options": "nosniff",
      },
    },
    status: 502,
    answers: "Bad Gateway\n",
    answersHeaders: { "X-Done": "1" },
  },
];

/** Requests that no runtime's HTTP server takes. */
export const ODD_SCENARIOS: readonly Scenario[] = [
  { title: "a path that is not escaped is shown", line: utf8("GET /ä/ö"), sees: { path: "/ä/ö" } },
  { title: "an unknown method is served", line: "BREW /pot", sees: { method: "BREW" } },
];

/** Requests that Bun's HTTP server does not take. */
export const LONG_SCENARIOS: readonly Scenario[] = [
  {
    title: "200 headers are shown",
    line: "GET /",
    headers: many,
    sees: {
      headers: {
        Connection: "close",
        ...Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`X-H-${i}`, String(i)])),
      },
    },
  },
];

/** The same on the way to targets that the plugin has pushed. */
export const TARGET_SCENARIOS: readonly Scenario[] = [
  {
    title: "a path that nobody changes is sent on as it came",
    line: "GET /a%2Fb%20c/%c3%a4;x%3b?q=%20a+b",
    orders: allows(),
    forwards: "GET /a%2Fb%20c/%c3%a4;x%3b?q=%20a+b HTTP/1.1",
  },
  {
    title: "what is new in a path is escaped",
    line: "GET /x?a=1",
    orders: allows({ rewritePath: "/ä/%2F" }),
    forwards: "GET /%C3%A4/%252F?a=1 HTTP/1.1",
  },
];

/** Requests that no group of targets is for; see `pushGroups`. */
export const GROUP_SCENARIOS: readonly Scenario[] = [
  {
    title: "no group for the key is 502, which plugins see",
    line: "GET /",
    orders: { verdict: OK, modify: { headers: { "X-Done": "1" } } },
    status: 502,
    answers: "Bad Gateway\n",
    answersHeaders: { "X-Done": "1" },
  },
];

/** What a proxy listens on, and what it sends requests to. */
export interface Stage {
  readonly port: number;
  readonly service: RawService;
}

/** Sends a request that orders something. */
export function order({ port }: Stage, orders: Orders, line = "GET /"): Promise<RawMessage> {
  return sendRaw(port, requestText({ title: "", line, orders }));
}

function requestText({ line, headers = "", orders = {}, body = "" }: Scenario): string {
  const own = "Host: dev.test:99\r\nConnection: close\r\n";
  return `${line} HTTP/1.1\r\n${own}${headers}${orderLines(orders)}\r\n${body}`;
}

/** Has the plugin push targets, and waits until they count: pushes go a way of their own. */
export async function pushTargets(
  stage: Stage,
  targets: NonNullable<Orders["targets"]>,
  counts: (seen: RequestInfo) => boolean,
): Promise<void> {
  await order(stage, { targets });
  await until(async () => counts(JSON.parse((await order(stage, {})).body)));
}

/** With `fallback`, a key without a group gets a target of any. */
export async function takesAnyTarget(stage: Stage): Promise<void> {
  const target = `127.0.0.1:${stage.service.port}`;
  await pushTargets(stage, { other: [target] }, (seen) => seen.target === target);
  await runScenarios(stage, TARGET_SCENARIOS);
}

/** Runs scenarios, one after the other, and says which of them went wrong. */
export async function runScenarios(stage: Stage, scenarios: readonly Scenario[]): Promise<void> {
  const wrong: string[] = [];
  for (const scenario of scenarios) {
    try {
      await runScenario(stage, scenario);
    } catch (error) {
      wrong.push(`${scenario.title}: ${error instanceof Error ? error.message : error}`);
    }
  }
  assert.deepEqual(wrong, []);
}

/** Runs a scenario, and checks all that it says. */
async function runScenario(stage: Stage, scenario: Scenario): Promise<void> {
  const { requests } = stage.service;
  requests.length = 0;
  const client = await sendRaw(stage.port, requestText(scenario));
  assert.match(client.first, new RegExp(`^HTTP/1\\.1 ${scenario.status ?? 200} `), client.body);
  if (scenario.sees) assertSeen(JSON.parse(fromUtf8(client.body)), scenario.sees);
  if (scenario.seesResponse) {
    const shown = Buffer.from(headerOf(client, "X-Shown") ?? "", "base64").toString();
    assert.deepEqual(JSON.parse(shown), scenario.seesResponse);
  }
  assert.equal(requests[0]?.first, scenario.forwards);
  assertHeaders(requests[0], scenario.forwardsHeaders);
  assertHeaders(client, scenario.answersHeaders);
  if (scenario.answers !== undefined) assert.equal(client.body, scenario.answers);
}

const fromUtf8 = (line: string) => Buffer.from(line, "latin1").toString("utf8");

function assertSeen(seen: Record<string, unknown>, expected: NonNullable<Scenario["sees"]>): void {
  const asked = Object.keys(expected).map((key) => [key, seen[key]]);
  assert.deepEqual(Object.fromEntries(asked), expected);
}

function assertHeaders(message: RawMessage | undefined, expected: Scenario["forwardsHeaders"]) {
  for (const [name, value] of Object.entries(expected ?? {})) {
    assert.equal(message && headerOf(message, name), value, name);
  }
}
