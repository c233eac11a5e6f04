// gibbon serve --metrics as processes: what is counted, that a dead worker's numbers stay, readiness.
import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { KONG_METRICS } from "../../src/kong/server/metrics/definitions.ts";
import { PROCESS_METRICS } from "../../src/telemetry/metrics/process_metrics.ts";
import { SocketClient } from "../kong/support/rpc_client.ts";
import { askPage, readLabels, readNumbers } from "../support/page_client.ts";
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
  "dies.ts": plugin(
    "dies",
    `spawn("kill", ["-SEGV", String(process.pid)]); await new Promise(() => {});`,
  ).replace("deadline: 200", "deadline: 20000")
    .replace("import", 'import { spawn } from "node:child_process"; import'),
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
      const served = readLabels((await askPage(page, "/metrics")).text);
      const defined = Object.values({ ...KONG_METRICS, ...PROCESS_METRICS });
      for (const [name, labels] of served) {
        const definition = defined.find((one) => one.name === name);
        assert.ok(definition, `${name} is not documented`);
        const known: readonly string[] = definition.labels;
        for (const label of labels) assert.ok(known.includes(label), `${name} has ${label}`);
      }
      const supervised: readonly string[] = workers === "0"
        ? ["silent", "restarts", "deaths", "stopped"].map((key) =>
          KONG_METRICS[key as keyof typeof KONG_METRICS].name
        )
        : [];
      for (const { name } of defined) {
        assert.equal(served.has(name), !supervised.includes(name), `${name} on the page`);
      }
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
    void client.event(await client.start("dies")).catch(() => {});
    await gibbon.saying("a worker process was replaced");
    const other = await SocketClient.connect(socket);
    const event = await other.event(await other.start("returns"));
    await other.step(event.EventId, "example.test");
    await other.step(event.EventId);
    const found = await numbers((all) => all.get(events("returns", "returned")) === 2);
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
