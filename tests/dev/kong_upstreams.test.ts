// Upstreams and secrets of kong.yml.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startService } from "./dev_gateway.ts";
import { SCHEMA, startWithKong } from "./kong_gateway.ts";

describe("upstreams", () => {
  test("targets have their shares, and setUpstream goes to another one", async () => {
    const names = ["a", "b", "c"];
    const services = await Promise.all(
      names.map((name) => startService((_, response) => response.end(name))),
    );
    const [a, b, c] = services.map(({ port }) => `127.0.0.1:${port}`);
    const dev = await startWithKong(
      `
services:
- { name: s, host: green, routes: [{ paths: [/] }] }
upstreams:
- name: green
  targets: [{ target: "${a}", weight: 3 }, { target: "${b}", weight: 1 }]
- name: blue
  targets: [{ target: "${c}" }]
- name: empty
plugins: [{ name: switch }]
`,
      [{
        name: "switch",
        access: async (kong) => {
          const name = await kong.request.getHeader("X-To");
          if (name) {
            await kong.response.setHeader("X-Set", String(await kong.service.setUpstream(name)));
          }
        },
      }],
    );
    try {
      const replies = [];
      for (let i = 0; i < 8; i++) replies.push((await dev.get("/")).text);
      assert.equal(replies.filter((text) => text === "a").length, 6);
      assert.equal(replies.filter((text) => text === "b").length, 2);
      assert.equal((await dev.get("/", { headers: ["X-To", "blue"] })).text, "c");
      const unknown = await dev.get("/", { headers: ["X-To", "red"] });
      assert.notEqual(unknown.headers["x-set"], "true");
      assert.ok(
        dev.entries.some((line) => line.includes("could not find an Upstream named 'red'")),
      );
      const empty = await dev.get("/", { headers: ["X-To", "empty"] });
      assert.equal(empty.status, 503);
      assert.equal(empty.json.message, "failure to get a peer from the ring-balancer");
    } finally {
      await dev.close();
      await Promise.all(services.map((service) => service.close()));
    }
  });
});

describe("secrets", () => {
  test("references are resolved where the schema allows them", async () => {
    let seen: Record<string, unknown> = {};
    const dev = await startWithKong(
      `
services: [{ url: "http://echo.invalid", routes: [{ paths: [/] }] }]
vaults: [{ name: env, prefix: mine, config: { prefix: MY_ } }]
plugins:
- name: a
  config: { secret: "{vault://env/top-secret}", plain: "{vault://env/top-secret}" }
- name: b
  config: { secret: "{vault://mine/word}" }
- name: c
  config: { secret: "{vault://env/nothing}" }
`,
      ["a", "b", "c"].map((name) => ({
        name,
        schema: SCHEMA!,
        access: (_, config) => {
          seen = { ...seen, [name]: [config.secret, config.plain] };
        },
      })),
      { env: { TOP_SECRET: "s1", MY_WORD: "s2" } },
    );
    try {
      await dev.get("/");
      assert.deepEqual(seen, {
        a: ["s1", "{vault://env/top-secret}"],
        b: ["s2", null],
        c: ["", null],
      });
      assert.ok(
        dev.entries.some((line) => line.includes("{vault://env/nothing} leads to nothing")),
      );
    } finally {
      await dev.close();
    }
  });
});
