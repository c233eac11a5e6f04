// What the inspector records of a request: phases, plugins, each PDK call, headers on both sides, the log.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { RequestDetail } from "../../../src/dev/inspector/view.ts";
import { readKongConfig } from "../../../src/kong/emulator/config/kong_config.ts";
import type { TestPlugin } from "../dev_gateway.ts";
import { type Inspected, startInspected } from "./inspected.ts";

const PLUGINS: readonly TestPlugin[] = [
  {
    name: "marker",
    priority: 10,
    rewrite: async (kong) => {
      await kong.ctx.shared.set("mark", "rewritten");
    },
    access: async (kong) => {
      await kong.request.getHeaders();
      await kong.request.getHeader("x-one");
      await kong.request.getPath();
      await kong.request.getPath();
      await kong.service.request.setHeader("x-marked", "yes");
      await kong.service.request.clearHeader("x-one");
      await kong.log.warn("half way");
    },
    response: async (kong) => {
      await kong.response.setHeader("x-answer", String(await kong.ctx.shared.get("mark")));
    },
    log: async (kong) => {
      await kong.log.notice("over");
    },
  },
  {
    name: "gate",
    access: async (kong) => {
      if (await kong.request.getPath() === "/closed") kong.response.exit(403, { message: "no" });
    },
  },
];

const calls = ({ runs }: RequestDetail, plugin: string, phase: string) =>
  runs.find((run) => run.plugin === plugin && run.phase === phase)?.calls ?? [];

const value = (headers: RequestDetail["responseHeaders"] | undefined, name: string) =>
  headers?.find(([one]) => one.toLowerCase() === name)?.[1];

for (const protocol of ["ProtoBuf:1", "MsgPack:1"] as const) {
  describe(`a request over ${protocol}`, () => {
    let inspected: Inspected;
    before(async () => {
      inspected = await startInspected(PLUGINS, { protocol });
    });
    after(() => inspected.close());

    test("is recorded with all phases, plugins and calls", async () => {
      const { dev, client } = inspected;
      await dev.get("/a/b?c=1", { method: "POST", headers: ["X-One", "1"], body: "hello" });
      const detail = await client.newest();
      assert.equal(detail.method, "POST");
      assert.equal(detail.target, "/a/b?c=1");
      assert.equal(detail.status, 200);
      assert.deepEqual(detail.answeredBy, { kind: "service", name: "echo" });
      assert.equal(detail.route, "dev");
      assert.equal(detail.body.text, "hello");
      assert.deepEqual(
        detail.runs.map(({ phase, plugin, end }) => [phase, plugin, end]),
        [
          ["rewrite", "marker", "returned"],
          ["access", "marker", "returned"],
          ["access", "gate", "returned"],
          ["response", "marker", "returned"],
          ["log", "marker", "returned"],
        ],
      );
      const made = calls(detail, "marker", "access");
      assert.deepEqual(made.map(({ method, way }) => [method, way]), [
        ["kong.request.get_headers", "round-trip"],
        ["kong.request.get_header", "remembered"],
        ["kong.request.get_path", "round-trip"],
        ["kong.request.get_path", "remembered"],
        ["kong.service.request.set_header", "round-trip"],
        ["kong.service.request.clear_header", "round-trip"],
        ["kong.log.warn", "round-trip"],
      ]);
      assert.deepEqual(made[1]?.args, ["x-one"]);
      assert.equal(made[1]?.result, "1");
      assert.equal(made[3]?.result, "/a/b");
      assert.deepEqual(made[4]?.args, ["x-marked", "yes"]);
      assert.ok(made.every(({ took, at }) => took !== undefined && took >= 0 && at >= 0));
      assert.equal(detail.calls, detail.runs.reduce((sum, run) => sum + run.calls.length, 0));
    });

    test("has its headers before and after the plugins, both ways", async () => {
      const { dev, client } = inspected;
      await dev.get("/headers", { headers: ["X-One", "1"] });
      const { headers, asked, responseHeaders } = await client.newest();
      assert.equal(value(headers, "x-one"), "1");
      assert.equal(value(headers, "x-marked"), undefined);
      assert.equal(value(asked?.headers, "x-one"), undefined);
      assert.equal(value(asked?.headers, "x-marked"), "yes");
      assert.equal(value(asked?.answerHeaders, "x-answer"), undefined);
      assert.equal(value(responseHeaders, "x-answer"), "rewritten");
      assert.equal(asked?.status, 200);
    });

    test("has the lines of Kong's log, with their plugin", async () => {
      const { dev, client } = inspected;
      await dev.get("/logs");
      const { logs } = await client.newest();
      const told = logs.map(({ level, message, plugin }) => [level, plugin, String(message)]);
      assert.equal(told.length, 2);
      assert.deepEqual(told.map(([level, plugin]) => [level, plugin]), [
        ["warn", "marker"],
        ["notice", "marker"],
      ]);
      assert.match(told[0]![2]!, /half way/);
    });

    test("that a plugin ends says which one, and by which call", async () => {
      const { dev, client } = inspected;
      await dev.get("/closed");
      const detail = await client.newest();
      assert.equal(detail.status, 403);
      assert.deepEqual(detail.answeredBy, { kind: "plugin", name: "gate" });
      assert.equal(detail.asked, undefined);
      const last = calls(detail, "gate", "access").at(-1);
      assert.equal(last?.method, "kong.response.exit");
      assert.deepEqual(last?.args, [403, { message: "no" }]);
      assert.equal(last?.isLast, true);
      assert.equal(detail.responseBody?.text, '{"message":"no"}');
      assert.equal(detail.hasFailed, false);
    });

    test("among many at once has its own calls and no others", async () => {
      const { dev, client } = inspected;
      const paths = Array.from({ length: 40 }, (_, at) => `/many/${at}`);
      await Promise.all(paths.map((path) => dev.get(path)));
      const { requests } = await client.list();
      for (const path of paths) {
        const summary = requests.find(({ target }) => target === path)!;
        const detail = await client.detail(summary.id);
        const seen = detail.runs.flatMap((run) =>
          run.calls.filter(({ method }) => method === "kong.request.get_path")
        );
        assert.deepEqual(seen.map(({ result }) => result), [path, path, path]);
      }
    });
  });
}

describe("what is kept of a request", () => {
  test("is bounded: long values, many calls, large bodies", async () => {
    const { dev, client, close } = await startInspected([{
      name: "talker",
      access: async (kong) => {
        await kong.ctx.shared.set("long", "x".repeat(100_000));
        for (let at = 0; at < 600; at++) await kong.request.getPath();
      },
    }]);
    try {
      await dev.get("/", { method: "POST", body: "b".repeat(300_000) });
      const detail = await client.newest();
      const [run] = detail.runs;
      assert.equal(run!.calls.length, 500);
      assert.equal(run!.moreCalls, 101);
      assert.equal(detail.calls, 601);
      assert.ok(String(run!.calls[0]!.args[1]).length < 3000);
      assert.equal(detail.body.bytes, 300_000);
      assert.equal(detail.body.isCut, true);
      assert.equal(String(detail.body.text).length, 64 * 1024);
      assert.ok((await client.ask(`/api/requests/${detail.id}`)).body.length < 500_000);
    } finally {
      await close();
    }
  });

  test("goes when others have no room, by number and by memory; the total stays", async () => {
    const limits = { requests: 3, bytes: 1024 * 1024 };
    const { dev, client, close } = await startInspected([], {}, { limits });
    try {
      for (let at = 1; at <= 5; at++) await dev.get(`/${at}`);
      const { requests, total, most } = await client.list();
      assert.deepEqual(requests.map(({ target }) => target), ["/5", "/4", "/3"]);
      assert.deepEqual([total, most], [5, 3]);
      const [oldest] = requests.slice(-1);
      for (let at = 0; at < 20; at++) {
        await dev.get("/big", { method: "POST", body: "x".repeat(60_000) });
      }
      assert.equal((await client.ask(`/api/requests/${oldest!.id}`)).status, 404);
    } finally {
      await close();
    }
    const small = { requests: 100, bytes: 300_000 };
    const other = await startInspected([], {}, { limits: small });
    try {
      for (let at = 0; at < 20; at++) {
        await other.dev.get("/big", { method: "POST", body: "x".repeat(60_000) });
      }
      const { requests, total } = await other.client.list();
      assert.equal(total, 20);
      assert.ok(requests.length >= 1 && requests.length <= 5, `${requests.length} are kept`);
    } finally {
      await other.close();
    }
  });

  test("with a kong.yml names route, service, consumer, and what a configuration is for", async () => {
    const kong = readKongConfig(`_format_version: "3.0"
services:
- name: orders
  url: http://echo.invalid
  routes:
  - name: all
    paths: ["/orders"]
    plugins:
    - name: teller
      config: { tag: one }
consumers:
- username: ada
  keyauth_credentials:
  - key: adas-own-key
plugins:
- name: key-auth
`);
    const schema = [{ tag: { type: "string" } }];
    const teller: TestPlugin = {
      name: "teller",
      schema,
      access: async (kong) => void await kong.client.getConsumer(),
    };
    const { dev, client, close } = await startInspected([teller], { kong });
    try {
      await dev.get("/orders", { headers: ["apikey", "adas-own-key"] });
      const detail = await client.newest();
      const { route, service, consumer, instances } = detail;
      assert.deepEqual([route, service, consumer], ["all", "orders", "ada"]);
      const own = instances.find(({ plugin }) => plugin === "teller");
      assert.deepEqual(own?.scope, { route: "all" });
      assert.deepEqual(own?.config, { tag: "one" });
      assert.equal(instances.find(({ plugin }) => plugin === "key-auth")?.isBundled, true);
      assert.ok(!JSON.stringify(detail).includes("adas-own-key"));
    } finally {
      await close();
    }
  });
});
