// Setting a gateway up: gibbon.dev.json, plugins that cannot run, reloading, the port, the line.
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { GibbonError } from "../../src/base/errors.ts";
import { Exchange } from "../../src/kong/emulator/exchange.ts";
import { createKongNode } from "../../src/kong/emulator/node.ts";
import { parseDevConfig, readDevConfig } from "../../src/dev/config.ts";
import { requestLine } from "../../src/dev/terminal/request_line.ts";
import { loaded, startDev, type TestPlugin } from "./dev_gateway.ts";
import { makeFolder } from "../support/folder.ts";

/** A plugin that does not start without a key. */
const KEYED: TestPlugin = {
  name: "keyed",
  schema: [
    { key: { type: "string", required: true } },
    { mode: { type: "string", required: true, one_of: ["a", "b"] } },
    { limit: { type: "integer", required: true, default: 5 } },
    { nested: { type: "record", fields: [{ port: { type: "integer", required: true } }] } },
  ],
  configure: (raw) => {
    if ((raw as { key?: unknown }).key !== undefined) return raw;
    throw new GibbonError("CONFIG_INVALID", "config.key is missing");
  },
  access: (kong, config) => kong.response.exit(200, `key ${config.key}`),
};

describe("gibbon.dev.json", () => {
  test("may be missing, and every part of it too", async () => {
    const folder = (await makeFolder()).path;
    try {
      assert.deepEqual(readDevConfig(folder), {});
      const file = join(folder, "gibbon.dev.json");
      await writeFile(file, '{"upstream": "http://localhost:3000", "plugins": {"a": {}}}');
      assert.deepEqual(readDevConfig(folder), {
        upstream: "http://localhost:3000",
        plugins: { a: {} },
      });
      await writeFile(file, '{"upstream": ');
      assert.throws(() => readDevConfig(folder), { code: "OPTION_INVALID", file });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("says where it is wrong", () => {
    const wrong: [unknown, RegExp][] = [
      [{ upstream: "localhost:3000" }, /upstream: must be an http/],
      [{ plugins: { a: { config: 5 } } }, /plugins\.a\.config: /],
      [{ plugins: { a: { enabled: "yes" } } }, /plugins\.a\.enabled: /],
      [{ plugins: { a: { conf: {} } } }, /plugins\.a\.conf: /],
      [[], /it: must be an object/],
      [{ allowHosts: "shop.test" }, /allowHosts: /],
      [{ allowHosts: [""] }, /allowHosts\.0: /],
      [{ plugins: { a: { config: [] } } }, /plugins\.a\.config: must be an object/],
    ];
    for (const [value, message] of wrong) {
      assert.throws(() => parseDevConfig(value), { code: "OPTION_INVALID", message });
    }
  });
});

describe("plugins of a gateway", () => {
  test("that do not start give Kong's 500, the reason in a header, and one line in the log", async () => {
    const dev = await startDev([{ ...KEYED, priority: 1 }, {
      name: "other",
      access: (kong) => kong.response.exit(201),
    }]);
    try {
      for (let i = 0; i < 2; i++) {
        const reply = await dev.get("/");
        assert.equal(reply.status, 500);
        // Without Accept Kong's own errors are plain text.
        assert.match(reply.text, /^An unexpected error occurred\n/);
        assert.match(reply.headers["content-type"]!, /^text\/plain/);
        assert.match(
          reply.headers["x-gibbon-failure"]!,
          /^keyed in access: config\.key is missing/,
        );
      }
      const page = await dev.get("/", { headers: ["Accept", "text/html"] });
      assert.equal(page.status, 500);
      assert.match(page.text, /<pre>keyed in access: config\.key is missing/);
      const told = dev.entries.filter((line) => line.includes("config.key is missing"));
      assert.equal(told.length, 1, told.join("\n"));
      assert.match(told[0]!, /^\[error\] plugin keyed .*gibbon\.dev\.json/);
      const [, piece] = /such as (\{.*\})"$/.exec(told[0]!) ?? [];
      const config = JSON.parse(JSON.parse(`"${piece}"`));
      assert.deepEqual(config, { plugins: { keyed: { config: { key: "example", mode: "a" } } } });
      await dev.gateway.reload(["keyed"], config);
      assert.equal((await dev.get("/")).text, "key example");
    } finally {
      await dev.close();
    }
  });

  test("are started again with the next request, as Kong does", async () => {
    let isReady = false;
    const late: TestPlugin = {
      name: "late",
      configure: (raw) => {
        if (isReady) return raw;
        throw new GibbonError("CONFIG_INVALID", "not yet");
      },
      access: (kong) => kong.response.exit(202),
    };
    const dev = await startDev([late]);
    try {
      assert.equal((await dev.get("/")).status, 500);
      isReady = true;
      assert.equal((await dev.get("/")).status, 202);
    } finally {
      await dev.close();
    }
  });

  test("whose files cannot be loaded let no request through", async () => {
    const problem = new GibbonError("PLUGIN_BROKEN", "a cannot be loaded: Unexpected <end>", {
      plugin: "a",
    });
    const dev = await startDev([], { problems: [problem] });
    try {
      const reply = await dev.get("/", { headers: ["Accept", "text/html"] });
      assert.equal(reply.status, 500);
      assert.match(reply.headers["x-gibbon-failure"]!, /^a in access: .*Unexpected <end>/);
      assert.match(reply.text, /Unexpected &lt;end&gt;/);
      assert.equal((await dev.get("/")).status, 500);
      await dev.gateway.reload([], { plugins: { a: { enabled: false } } }, undefined, [problem]);
      assert.equal((await dev.get("/")).status, 200);
      await dev.gateway.reload([], {});
      assert.equal((await dev.get("/")).status, 200);
    } finally {
      await dev.close();
    }
  });

  test("whose last edit cannot be loaded run as before, and a header names them", async () => {
    const dev = await startDev([{ name: "a", access: (kong) => kong.response.exit(202) }]);
    try {
      assert.equal((await dev.get("/")).headers["x-gibbon-stale"], undefined);
      const problem = new GibbonError("PLUGIN_BROKEN", "no", { plugin: "a" });
      await dev.gateway.reload(["a"], {}, undefined, [problem]);
      const reply = await dev.get("/");
      assert.equal(reply.status, 202);
      assert.equal(reply.headers["x-gibbon-stale"], "a");
    } finally {
      await dev.close();
    }
  });

  test("that have preread are told not to run on streams here", async () => {
    const preread = () => assert.fail("there are no streams");
    const dev = await startDev([
      { name: "alone", preread },
      { name: "both", preread, access: (kong) => kong.response.exit(202) },
    ]);
    try {
      await dev.gateway.reload(["alone", "both"], {});
      assert.equal((await dev.get("/")).status, 202);
      const told = dev.entries.filter((line) => line.includes("has preread"));
      assert.equal(told.length, 2, told.join("\n"));
      assert.match(told[0]!, /alone has preread.*it does nothing here/);
      assert.match(told[1]!, /both has preread.*runs its other phases/);
    } finally {
      await dev.close();
    }
  });

  test("get the configuration of the file, and none if it says so", async () => {
    const config = {
      plugins: { keyed: { config: { key: "k" } }, off: { enabled: false }, gone: {} },
    };
    const off = { name: "off", priority: 9, access: () => assert.fail("it is disabled") };
    const dev = await startDev([KEYED, off], { config });
    try {
      assert.equal((await dev.get("/")).text, "key k");
      assert.deepEqual(dev.gateway.leftOut.map(({ name }) => name), ["off", "gone"]);
    } finally {
      await dev.close();
    }
  });

  test("change with a reload, and the instance of before is closed", async () => {
    const states: string[] = [];
    const { registry, ...dev } = await startDev([KEYED], {
      config: { plugins: { keyed: { config: { key: "one" } } } },
    });
    const stops = (name: string) => ({ ...loaded(KEYED), stop: () => void states.push(name) });
    try {
      registry.replace([stops("first")]);
      await dev.gateway.reload(["keyed"], { plugins: { keyed: { config: { key: "two" } } } });
      assert.equal((await dev.get("/")).text, "key two");
      await dev.gateway.reload(["keyed"], { plugins: { keyed: { config: { key: "three" } } } });
      assert.equal((await dev.get("/")).text, "key three");
      assert.deepEqual(states, ["first"]);
      await dev.gateway.reload([], {});
      assert.equal((await dev.get("/")).json.method, "GET");
    } finally {
      await dev.close();
    }
  });
});

describe("a gateway that closes", () => {
  test("cuts off a plugin that does not come to an end", async () => {
    const begun = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const stuck: TestPlugin = {
      name: "stuck",
      access: () => {
        begun.resolve();
        return ended.promise;
      },
    };
    const dev = await startDev([stuck], { graceMs: 20 });
    const reply = dev.get("/").catch((error) => error);
    await begun.promise;
    await dev.gateway.close();
    assert.match(dev.lines[0]!, /stuck \((?:skipped in access: .+|failed in access)\)$/);
    await reply;
    ended.resolve();
    await dev.close();
  });
});

describe("a gateway that cannot start", () => {
  test("says that somebody else has the port", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    try {
      await assert.rejects(() => startDev([], { port }), {
        code: "SOCKET_IN_USE",
        message: `Something listens on 127.0.0.1:${port} already`,
      });
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  test("says that the upstream is no URL", async () => {
    await assert.rejects(() => startDev([], { upstream: "localhost:3000" }), {
      code: "OPTION_INVALID",
    });
    await assert.rejects(() => startDev([], { upstream: "http://" }), { code: "OPTION_INVALID" });
  });
});

describe("the line of a request", () => {
  const exchange = () =>
    new Exchange(createKongNode(), { method: "GET", target: "/\x1b[31m\xffx" });

  test("has nothing in it that a terminal would act on", () => {
    assert.equal(requestLine(exchange(), 200, 1.234, false), "GET /%1B[31m%FFx → 200 in 1.2 ms");
  });

  test("is coloured for a terminal only", () => {
    const line = requestLine(exchange(), 503, 123.4, true);
    // deno-lint-ignore no-control-regex
    assert.match(line, /\x1b\[31m503\x1b\[0m/);
    // deno-lint-ignore no-control-regex
    assert.equal(line.replace(/\x1b\[\d+m/g, ""), "GET /%1B[31m%FFx → 503 in 123 ms");
  });

  test("says who answered, who was skipped and who failed, and why", () => {
    const full = exchange();
    const run = { phase: "access", milliseconds: 1, calls: 0 } as const;
    full.runs.push(
      { ...run, plugin: "a", end: "returned" },
      { ...run, plugin: "b", end: "skipped", reason: "no data" },
      { ...run, plugin: "c", end: "raised", reason: "bad" },
      { ...run, plugin: "d", end: "exited" },
      { ...run, plugin: "a", phase: "log", end: "returned" },
    );
    assert.match(
      requestLine(full, 500, 1, false),
      / a, b \(skipped in access: no data\), c \(failed in access\), d \(answered in access\)$/,
    );
  });
});
