// Plugins of kong.yml: which configuration runs for which request.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { RunningDev } from "./dev_gateway.ts";
import { startWithKong, teller } from "./kong_gateway.ts";

describe("plugins", () => {
  let dev: RunningDev;
  const started: string[] = [];
  before(async () => {
    dev = await startWithKong(
      `
services:
- name: echo
  url: http://echo.invalid
  routes:
  - { name: a, paths: [/a] }
  - { name: b, paths: [/b] }
- name: other
  url: http://echo.invalid
  routes:
  - { name: c, paths: [/c] }
  - { name: d, paths: [/d] }
consumers:
- username: alice
  keyauth_credentials: [{ key: a-key }]
- username: bob
  keyauth_credentials: [{ key: b-key }]
plugins:
- { name: key-auth, config: { anonymous: bob, key_names: [apikey] } }
- { name: who, config: { tag: global } }
- { name: who, route: a, config: { tag: route } }
- { name: who, service: echo, config: { tag: service } }
- { name: who, consumer: alice, config: { tag: consumer } }
- { name: who, route: a, service: echo, config: { tag: route+service } }
- { name: who, service: echo, consumer: alice, config: { tag: service+consumer } }
- { name: who, route: b, consumer: alice, config: { tag: route+consumer } }
- { name: who, route: b, service: echo, consumer: alice, enabled: false, config: { tag: off } }
- { name: who, route: d, protocols: [tcp], config: { tag: streams } }
- { name: early, config: { tag: global } }
- { name: early, consumer: alice, config: { tag: alice } }
- { name: late, route: a, instance_name: one, tags: [x] }
`,
      [
        {
          ...teller("who", 1),
          configure: (raw) => {
            started.push((raw as { tag: string }).tag);
            return raw;
          },
        },
        // Before key-auth, which has 1250.
        teller("early", 2000),
        { ...teller("late", 0), rewrite: (kong) => kong.response.setHeader("X-Late-Rewrite", "1") },
      ],
    );
  });
  after(() => dev.close());

  const cases: readonly (readonly [string, string, string])[] = [
    ["/a", "b-key", "route+service"],
    ["/b", "b-key", "service"],
    ["/c", "b-key", "global"],
    ["/d", "b-key", "global"],
    ["/a", "a-key", "service+consumer"],
    ["/b", "a-key", "route+consumer"],
    ["/c", "a-key", "consumer"],
  ];
  for (const [path, key, tag] of cases) {
    test(`${path} of ${key} has the narrowest configuration: ${tag}`, async () => {
      const reply = await dev.get(path, { headers: ["apikey", key] });
      assert.equal(reply.headers["x-who"], tag);
      assert.equal(reply.headers["x-who-seen"]!.split(" ")[0], key === "a-key" ? "alice" : "bob");
    });
  }

  test("one that runs before authentication does not know the consumer", async () => {
    const reply = await dev.get("/c", { headers: ["apikey", "a-key"] });
    assert.equal(reply.headers["x-early"], "global");
    assert.equal(reply.headers["x-early-seen"], "- c other");
  });

  test("rewrite comes before the route: what is for a route does not run in it", async () => {
    const reply = await dev.get("/a");
    assert.equal(reply.headers["x-late"], "default");
    assert.equal(reply.headers["x-late-rewrite"], undefined);
  });

  test("each has an instance with a key and Kong's ids of its own", async () => {
    assert.deepEqual([...new Set(started)].sort(), [
      "consumer",
      "global",
      "route",
      "route+consumer",
      "route+service",
      "service",
      "service+consumer",
    ]);
    await dev.get("/a", { headers: ["apikey", "a-key"] });
    const plugins = dev.exchanges.at(-1)!.plugins!;
    const keys = new Set(plugins.map(({ key }) => key));
    assert.equal(keys.size, plugins.length);
    const late = plugins.find(({ name }) => name === "late")!;
    assert.equal(late.config.plugin_instance_name, "one");
    assert.equal(late.config.route_id, dev.exchanges.at(-1)!.route!.id);
    assert.equal(late.key.split(":")[2], late.config.route_id);
  });
});
