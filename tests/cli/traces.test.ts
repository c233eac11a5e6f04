// gibbon serve --traces, with a collector of OTLP in the test: spans of events, and what nests in them.
import assert from "node:assert/strict";
import { symlink } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { SocketClient } from "../kong/support/rpc_client.ts";
import { useWorkspace } from "../support/workspace.ts";

const API = fileURLToPath(new URL("../../node_modules/@opentelemetry/api", import.meta.url));

const PLUGINS = {
  "plugins/traced.ts": `
import { definePlugin } from "gibbon";
import { trace } from "@opentelemetry/api";
export default definePlugin({
  name: "traced", version: "1.0.0", priority: 5,
  async access(kong) {
    await kong.request.getMethod();
    await trace.getTracer("own").startActiveSpan("looked up", async (span) => {
      await kong.request.getPath();
      span.end();
    });
  },
});
`,
  "plugins/fails.ts": `
import { definePlugin } from "gibbon";
export default definePlugin({ name: "fails", version: "1.0.0", priority: 5,
  async access() { throw new Error("on purpose"); } });
`,
};

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

const space = useWorkspace();

interface ToldSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { key: string; value: Readonly<Record<string, unknown>> }[];
  readonly events: readonly { name: string }[];
  readonly status: { code: number };
}

/** A collector; gives its address and the spans that it was told. */
async function collect(status = 200) {
  const spans: ToldSpan[] = [];
  const services = new Set<unknown>();
  const server = http.createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    assert.equal(request.url, "/v1/traces");
    // deno-lint-ignore no-explicit-any -- it is what is tested
    for (const { resource, scopeSpans } of (JSON.parse(text) as any).resourceSpans) {
      services.add(resource.attributes[0].value.stringValue);
      for (const scope of scopeSpans) spans.push(...scope.spans);
    }
    response.writeHead(status).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  space.later(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, services };
}

async function serve(...more: string[]) {
  const folder = await space.folder({ ...PLUGINS, "plugins/node_modules/.keep": "" });
  await (await import("node:fs/promises")).mkdir(`${folder}/plugins/node_modules/@opentelemetry`);
  await symlink(API, `${folder}/plugins/node_modules/@opentelemetry/api`);
  const socket = join(folder, "s.sock");
  const gibbon = space.gibbon(["serve", `${folder}/plugins`, "--socket", socket, ...more]);
  await gibbon.saying("serving plugins");
  assert.doesNotMatch(gibbon.stderr(), /PLUGIN_BROKEN/);
  return { gibbon, client: await SocketClient.connect(socket) };
}

/** Plays an event to its end; gives the calls of the PDK that it made. */
async function play(client: SocketClient, plugin: string, traceparent?: string) {
  const methods: string[] = [];
  let { EventId, Data } = await client.event(await client.start(plugin));
  const id = EventId;
  for (;;) {
    const { Method, Args } = Data as { Method?: string; Args?: unknown[] };
    if (Method === undefined) return methods;
    methods.push(Method);
    if (Method === "kong.response.exit") return methods;
    const answer = Args?.[0] === "traceparent" ? traceparent : "x";
    Data = await client.step(id, answer) as typeof Data;
  }
}

for (const workers of ["0", "1"]) {
  describe(`with --workers ${workers}`, () => {
    test("an event is a span of the request's trace, and spans of plugins nest in it", async () => {
      const { url, spans, services } = await collect();
      const { gibbon, client } = await serve("--traces", url, "--workers", workers);
      const calls = await play(client, "traced", `00-${TRACE}-${PARENT}-01`);
      assert.deepEqual(calls, [
        "kong.request.get_header",
        "kong.request.get_method",
        "kong.request.get_path",
      ]);
      assert.deepEqual(await play(client, "traced", `00-${TRACE}-${PARENT}-00`), calls);
      await play(client, "fails");
      gibbon.signal("SIGTERM");
      assert.equal((await gibbon.ended).code, 0);
      assert.deepEqual(spans.map(({ name }) => name).sort(), [
        "fails access",
        "looked up",
        "traced access",
      ]);
      const of = (name: string) => spans.find((span) => span.name === name)!;
      const [event, own, failed] = [of("traced access"), of("looked up"), of("fails access")];
      assert.deepEqual([event.traceId, event.parentSpanId, event.kind], [TRACE, PARENT, 1]);
      assert.deepEqual([own.traceId, own.parentSpanId], [TRACE, event.spanId]);
      assert.deepEqual(
        event.events.map(({ name }) => name),
        ["kong.request.get_method", "kong.request.get_path"],
      );
      assert.ok(BigInt(event.endTimeUnixNano) >= BigInt(event.startTimeUnixNano));
      const said = Object.fromEntries(
        event.attributes.map(({ key, value }) => [key, Object.values(value)[0]]),
      );
      assert.equal(said["gibbon.plugin"], "traced");
      assert.equal(said["gibbon.outcome"], "returned");
      assert.equal(event.status.code, 0);
      assert.equal(failed.status.code, 2);
      assert.notEqual(failed.traceId, TRACE);
      assert.deepEqual([...services], ["gibbon"]);
    });
  });
}

describe("a collector that takes nothing", () => {
  test("is told of in the log, and harms no event", async () => {
    const { url } = await collect(503);
    const { gibbon, client } = await serve("--traces", url, "--workers", "0");
    assert.equal((await play(client, "traced")).length, 3);
    gibbon.signal("SIGTERM");
    assert.equal((await gibbon.ended).code, 0);
    assert.match(gibbon.stderr(), /spans were lost .*status 503/);
  });
});

describe("without --traces", () => {
  test("nothing more is asked of Kong, and the API of plugins does nothing", async () => {
    const { client } = await serve("--workers", "0");
    const calls = ["kong.request.get_method", "kong.request.get_path"];
    assert.deepEqual(await play(client, "traced"), calls);
  });
});
