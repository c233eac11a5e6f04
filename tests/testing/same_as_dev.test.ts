// A request in a test and the same one through gibbon dev: what comes of them is the same.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http from "node:http";
import { after, before, describe, test } from "node:test";
import { type TestGateway, testPlugins, type TestRequest, type Upstream } from "gibbon/testing";
import { echo } from "../../src/dev/echo.ts";
import { HeaderList } from "../../src/kong/emulator/http/header_list.ts";
import { useWorkspace } from "../support/workspace.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);
const NAMES = ["key-guard.ts", "rate-limit.ts", "redact.ts", "request-id.ts", "greeting.cjs"];
const SETTINGS: Readonly<Record<string, object>> = {
  "key-guard": { config: { keys: ["open-sesame"], help: "https://example.com/keys" } },
  "rate-limit": { config: { limit: 1000, seconds: 1000 } },
};

/** The echo of gibbon dev, for a test. */
const echoing: Upstream = async ({ method, target, headers, body, scheme, host, port }) => {
  const rest = { verify: true, readMs: 1000, scheme, host, port };
  const answer = echo({ method, target, headers: new HeaderList(headers), body, ...rest });
  const chunks = await answer.body.toArray() as Uint8Array[];
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers.lines),
    body: Buffer.concat(chunks),
  };
};

/** A response, without what is another one each time or belongs to a connection. */
interface Seen {
  readonly status: number | undefined;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

const VOLATILE = [
  ...["date", "connection", "keep-alive", "transfer-encoding", "content-length"],
  ...["x-kong-request-id", "x-request-id", "server-timing", "ratelimit-reset", "retry-after"],
  ...["x-kong-upstream-latency", "x-kong-proxy-latency", "x-kong-response-latency"],
  ...["ratelimit-remaining", "x-greeted", "x-real-ip", "x-forwarded-port"],
];

function seen(
  status: number | undefined,
  headers: Iterable<readonly [string, string]>,
  text: string,
) {
  const kept = [...headers].map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !VOLATILE.includes(name));
  return { status, headers: Object.fromEntries(kept), body: shown(text) } satisfies Seen;
}

/** A body; of an echo, without the headers that are another one each time. */
function shown(text: string): unknown {
  try {
    const value = JSON.parse(text);
    for (const name of VOLATILE) delete value.headers?.[name];
    return value;
  } catch {
    return text.replace(/request_id: \w+/, "request_id: ...");
  }
}

const key = { "x-api-key": "open-sesame" };

const REQUESTS: Readonly<Record<string, TestRequest>> = {
  "without a key": { path: "/" },
  "without a key, for a browser": { path: "/", headers: { accept: "text/html" } },
  "with a key": { path: "/hello?name=Ada&password=x", headers: key },
  "with a key in the query": { path: "/a//b/../c?apikey=open-sesame&x=1&x=2&y" },
  "with a wrong key": { path: "/", headers: { "x-api-key": "wrong-key" } },
  "with a body": {
    path: "/",
    method: "POST",
    headers: { ...key, "content-type": "application/json" },
    body: '{"secret":1,"ü":"ö"}',
  },
  "with headers that come twice": {
    path: "/",
    headers: { ...key, "x-a": ["1", "2"], te: "trailers" },
  },
  "with HEAD": { path: "/", method: "HEAD", headers: key },
  "with TRACE": { path: "/", method: "TRACE", headers: key },
  "with a path that is none": { path: "/%zz", headers: key },
  "with a forwarded client": { path: "/", headers: { ...key, "x-forwarded-for": "1.2.3.4" } },
};

/** Those that reach the service. */
const LET_IN = /^with (?:a key|a body|headers|HEAD|a forwarded)/;

describe("A request in a test and in gibbon dev", () => {
  const space = useWorkspace("the suite");
  let url: URL;
  let gateway: TestGateway;
  before(async () => {
    const files = NAMES.map((name) => [name, readFileSync(new URL(name, EXAMPLES), "utf8")]);
    const folder = await space.folder({
      ...Object.fromEntries(files),
      "gibbon.dev.json": JSON.stringify({ plugins: SETTINGS }),
    });
    const dev = await space.dev([folder]);
    url = new URL(dev.url);
    const plugins = NAMES.map((file) => ({
      plugin: new URL(file, EXAMPLES),
      ...SETTINGS[file.split(".")[0]!],
    }));
    // As gibbon dev calls them.
    gateway = await testPlugins(plugins, {
      service: { name: "echo", url: "http://echo.invalid/" },
      route: { name: "dev", paths: ["/"], strip_path: false },
      upstream: echoing,
    });
  });
  after(() => gateway?.close());

  for (const [what, request] of Object.entries(REQUESTS)) {
    test(`${what} come out the same`, async () => {
      const { path, method = "GET", headers = {}, body } = request;
      const outgoing = http.request({
        host: url.hostname,
        port: url.port,
        path,
        method,
        headers: headers as http.OutgoingHttpHeaders,
        agent: false,
      });
      outgoing.end(body);
      const answer = await new Promise<http.IncomingMessage>((resolve, reject) =>
        outgoing.on("response", resolve).on("error", reject)
      );
      const text = Buffer.concat(await answer.toArray() as Uint8Array[]).toString();
      const inDev = seen(answer.statusCode, pairs(answer.rawHeaders), text);
      assert.equal(inDev.status === 200, LET_IN.test(what), `${what}: ${inDev.status}`);
      const { response } = await gateway.request({ ...request, host: url.host });
      assert.deepEqual(seen(response.status, response.headers, response.text), inDev);
    });
  }
});

function pairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, at) => at % 2 === 0 ? [[name, raw[at + 1] ?? ""]] : []);
}
