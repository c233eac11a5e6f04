// gibbon serve --metrics as processes: what is counted, that a dead worker's numbers stay, readiness.
import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { KONG_METRICS } from "../../src/kong/server/metrics/definitions.ts";
import { HUB_METRICS } from "../../src/brpc/hub/metrics.ts";
import { PROX_METRICS } from "../../src/prox/plugin/metrics.ts";
import type { MetricDefinition } from "../../src/telemetry/metrics/family.ts";
import { PROCESS_METRICS } from "../../src/telemetry/metrics/process_metrics.ts";
import { SocketClient } from "../kong/support/rpc_client.ts";
import { askPage, readLabels, readNumbers } from "../support/page_client.ts";
import { runGibbon } from "../support/gibbon.ts";
import { until } from "../support/until.ts";
import { useWorkspace } from "../support/workspace.ts";

/** A plugin whose handler is some code. */
const plugin = (name: string, code: string) => `
import { definePlugin } from "gibbon";
import * as v from "valibot";
export default definePlugin({
  name: "${name}", version: "1.0.0", priority: 5, deadline: 200,
  config: v.object({}),
  async access(kong) { ${code} },
});
`;

const PLUGINS = {
  "returns.ts": plugin(
    "returns",
    `await kong.request.getHeader("host");
     await kong.request.getHeader("host");
     await kong.response.setHeader("x-a", "b");`,
  ),
  "exits.ts": plugin("exits", `kong.response.exit(403);`),
  "fails.ts": plugin("fails", `throw new Error("on purpose");`),
  "late.ts": plugin("late", `await new Promise(() => {});`),
  "tells.ts": plugin("tells", `await kong.response.setHeader("x-pid", String(process.pid));`),
};

const space = useWorkspace();

async function serve(plugins: Readonly<Record<string, string>>, ...more: string[]) {
  const folder = await space.folder(
    Object.fromEntries(Object.entries(plugins).map(([name, code]) => [`plugins/${name}`, code])),
  );
  const [socket, page] = [join(folder, "s.sock"), join(folder, "m.sock")];
  const args = ["serve", `${folder}/plugins`, "--socket", socket, "--metrics", `unix:${page}`];
  const gibbon = space.gibbon([...args, ...more]);
  await gibbon.saying("serving plugins");
  const client = await SocketClient.connect(socket);
  /** Waits until the numbers are so. */
  const numbers = async (are: (page: Map<string, number>) => boolean) => {
    let last = new Map<string, number>();
    await until(async () => are(last = readNumbers((await askPage(page, "/metrics")).text)));
    return last;
  };
  return { gibbon, client, folder, socket, page, numbers };
}

const events = (plugin: string, outcome: string) =>
  `gibbon_events_total{plugin="${plugin}",phase="access",outcome="${outcome}"}`;

/** A page has what was defined: all of it, with no label more, and nothing else. */
function assertDefined(text: string, metrics: Readonly<Record<string, MetricDefinition>>): void {
  const served = readLabels(text);
  const defined = Object.values(metrics);
  assert.deepEqual([...served.keys()].sort(), defined.map(({ name }) => name).sort());
  for (const { name, labels } of defined) {
    for (const label of served.get(name)!) {
      assert.ok(labels.includes(label), `${name} has ${label}`);
    }
  }
}

for (const workers of ["0", "1", "2"]) {
  describe(`with --workers ${workers}`, () => {
    test("events, calls and processes are counted, as they are documented", async () => {
      const { client, page, numbers } = await serve(PLUGINS, "--workers", workers);
      const { EventId } = await client.event(await client.start("returns"));
      await client.step(EventId, "example.test");
      assert.equal(await client.step(EventId), "ret");
      await client.event(await client.start("exits"));
      await client.event(await client.start("fails"));
      await client.event(await client.start("late"));
      const found = await numbers((all) => all.get(events("late", "timed-out")) === 1);
      const of = (name: string) => found.get(name);
      assert.equal(of(events("returns", "returned")), 1);
      assert.equal(of(events("returns", "failed")), 0);
      assert.equal(of(events("exits", "exited")), 1);
      assert.equal(of(events("fails", "failed")), 1);
      const call = (name: string, method: string) => of(`gibbon_pdk_${name}{method="${method}"}`);
      assert.equal(call("calls_total", "kong.request.get_header"), 2);
      assert.equal(call("round_trips_total", "kong.request.get_header"), 1);
      assert.ok(call("round_trip_seconds_total", "kong.request.get_header")! > 0);
      assert.equal(call("calls_total", "kong.response.exit"), 1);
      const lasted = `gibbon_event_duration_seconds_count{plugin="returns",phase="access"}`;
      assert.equal(of(lasted), 1);
      assert.equal(of('gibbon_instances{plugin="returns"}'), 1);
      assert.equal(of("gibbon_connections"), 1);
      assert.equal(of("gibbon_plugins"), 5);
      assert.equal(of("gibbon_workers"), Number(workers));
      const { silent, restarts, deaths, stopped, ...unsupervised } = KONG_METRICS;
      const supervised = { silent, restarts, deaths, stopped };
      const { text } = await askPage(page, "/metrics");
      const own = { ...unsupervised, ...PROCESS_METRICS };
      assertDefined(text, workers === "0" ? own : { ...own, ...supervised });
    });
  });
}

describe("the page of a server", () => {
  test("keeps what a dead worker has counted, and tells of its death", async () => {
    const { client, socket, page, numbers, gibbon } = await serve(PLUGINS);
    assert.deepEqual((await askPage(page, "/readyz")).text, "ready\n");
    const { EventId } = await client.event(await client.start("returns"));
    await client.step(EventId, "example.test");
    await client.step(EventId);
    await numbers((all) => all.get(events("returns", "returned")) === 1);
    const { Data } = await client.event(await client.start("tells"));
    process.kill(Number((Data as { Args: unknown[] }).Args[1]), "SIGKILL");
    await gibbon.saying("a worker process was replaced");
    const other = await SocketClient.connect(socket);
    const event = await other.event(await other.start("returns"));
    await other.step(event.EventId, "example.test");
    await other.step(event.EventId);
    const found = await numbers((all) => all.get(events("returns", "returned")) === 2);
    const top = await runGibbon(["top", "--metrics", `unix:${page}`, "--json"]);
    const { workers, plugins } = JSON.parse(top.stdout);
    const [returns] = plugins.filter(({ plugin }: { plugin: string }) => plugin === "returns");
    assert.deepEqual([workers, returns.instances, returns.failures], [1, 2, 0], top.stderr);
    assert.equal(found.get("gibbon_worker_restarts_total"), 1);
    const deaths = ["crashed", "blocked", "spoilt", "killed"].map((cause) =>
      found.get(`gibbon_worker_deaths_total{cause="${cause}"}`)
    );
    assert.deepEqual(deaths, [1, 0, 0, 0]);
  });

  test("is not ready while a plugin is broken, and names it", async () => {
    const { page } = await serve({ ...PLUGINS, "broken.ts": "export default {" });
    const { status, text } = await askPage(page, "/readyz");
    assert.equal(status, 503);
    assert.match(text, /^not ready\n- a plugin is not loaded: .*broken\.ts/);
    assert.equal((await askPage(page, "/livez")).status, 200);
  });

  test("says that the server is stopping, while events are under way", async () => {
    const waits = { "waits.ts": plugin("waits", `await kong.request.getMethod();`) };
    const { client, page, gibbon } = await serve(waits, "--grace", "20");
    const { EventId } = await client.event(await client.start("waits"));
    gibbon.signal("SIGTERM");
    await until(async () => (await askPage(page, "/readyz")).text.includes("it is stopping"));
    await client.step(EventId, "GET").catch(() => {});
    assert.equal((await gibbon.ended).code, 0);
  });

  test("cannot be had at what is no address", async () => {
    const folder = await space.folder({ "a.ts": plugin("a", "") });
    const gibbon = space.gibbon(["serve", folder, "--socket", `${folder}/s`, "--metrics", "9542"]);
    assert.equal((await gibbon.ended).code, 1);
    assert.match(gibbon.stderr(), /OPTION_INVALID: "9542" is no address for metrics/);
  });
});

describe("the page of another process", () => {
  test("tells of a hub's calls", async () => {
    const folder = await space.folder({
      "one.ts": `import { defineHubPlugin, method } from "gibbon/brpc";
        export default defineHubPlugin({ name: "one", version: "1.0.0", methods: {
          echo: method({}, (text) => text),
          fail: method({}, () => { throw new Error("on purpose"); }),
        } });`,
    });
    const page = join(folder, "m.sock");
    const listen = ["--listen", join(folder, "hub.sock"), "--http", "127.0.0.1:0"];
    const hub = space.gibbon(["hub", ...listen, "--metrics", `unix:${page}`]);
    await hub.saying("the HTTP API listens");
    space.gibbon(["plug", folder, "--hub", join(folder, "hub.sock")]);
    await hub.saying("a plugin is connected");
    const url = /url=(\S+)/.exec(hub.stderr())?.[1] ?? "";
    for (const path of ["one/call/echo", "one/call/fail", "made-up/call/echo"]) {
      const response = await fetch(`${url}/plugins/${path}`, { method: "POST", body: "1" });
      await response.text();
    }
    const { text } = await askPage(page, "/metrics");
    const numbers = readNumbers(text);
    const calls = (plugin: string, outcome: string) =>
      numbers.get(`gibbon_hub_calls_total{plugin="${plugin}",outcome="${outcome}"}`);
    assert.equal(calls("one", "answered"), 1, text);
    assert.equal(calls("one", "failed"), 1);
    assert.equal(calls("(unknown)", "refused"), 1);
    assert.equal(numbers.get("gibbon_hub_plugins"), 1);
    assertDefined(text, { ...HUB_METRICS, ...PROCESS_METRICS });
    assert.equal((await askPage(page, "/readyz")).text, "ready\n");
  });

  test("tells of a plugin process of prox", async () => {
    const folder = await space.folder({
      "guard.ts": `import { defineProxPlugin } from "gibbon/prox";
        export default defineProxPlugin({ name: "guard", onRequest: () => undefined });`,
    });
    const page = join(folder, "m.sock");
    const gibbon = space.gibbon(["prox", `${folder}/guard.ts`, "--metrics", `unix:${page}`], {
      input: "open",
    });
    await gibbon.saying("metrics are served");
    const { text } = await askPage(page, "/metrics");
    assertDefined(text, { ...PROX_METRICS, ...PROCESS_METRICS });
    const passed = 'gibbon_prox_calls_total{hook="on_request",outcome="passed"}';
    assert.equal(readNumbers(text).get(passed), 0);
    assert.equal((await askPage(page, "/readyz")).text, "ready\n");
  });
});

describe("without --metrics", () => {
  test(
    "nothing listens but the socket of Kong",
    { skip: process.platform !== "linux" },
    async () => {
      const folder = await space.folder({ "plugins/a.ts": plugin("a", "") });
      const gibbon = space.gibbon(["serve", `${folder}/plugins`, "--socket", `${folder}/s`]);
      await gibbon.saying("serving plugins");
      assert.doesNotMatch(gibbon.stderr(), /metrics/);
    },
  );
});
