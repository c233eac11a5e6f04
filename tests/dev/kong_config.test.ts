// The gateway with a kong.yml: services and routes.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type RunningDev, startService } from "./dev_gateway.ts";
import { startWithKong, teller } from "./kong_gateway.ts";

describe("services and routes", () => {
  let dev: RunningDev;
  let one: Awaited<ReturnType<typeof startService>>;
  let two: typeof one;
  before(async () => {
    const service = (name: string) =>
      startService((request, response) => {
        response.end(JSON.stringify({ name, url: request.url, headers: request.headers }));
      });
    [one, two] = await Promise.all([service("one"), service("two")]);
    dev = await startWithKong(
      `
services:
- name: one
  url: ${one.url}/base
  routes:
  - name: plain
    paths: [/one]
  - name: expression
    paths: ["~/item/(?<id>\\\\d+)$"]
    strip_path: false
  - name: headers
    paths: [/one]
    headers: { X-Version: ["2"] }
    preserve_host: true
- name: two
  url: ${two.url}
  routes:
  - name: host
    hosts: ["*.shop.test"]
- name: disabled
  host: off.test
  enabled: false
  routes: [{ name: disabled, paths: [/off] }]
- name: grpc
  host: grpc.test
  protocol: grpc
  routes: [{ name: to-grpc, paths: [/togrpc] }]
routes:
- name: alone
  paths: [/alone]
- name: secure
  paths: [/secure]
  protocols: [https]
- name: moved
  paths: [/moved]
  protocols: [https]
  https_redirect_status_code: 301
- name: grpc-only
  paths: [/grpc]
  protocols: [grpc]
plugins:
- name: who
`,
      [{
        ...teller("who", 1),
        response: async (kong) => {
          const { named } = await kong.request.getUriCaptures();
          await kong.response.setHeader("X-Named", JSON.stringify(named));
        },
      }, { name: "idle", rewrite: (kong) => kong.response.setHeader("X-Idle", "ran") }],
    );
  });
  after(async () => {
    await dev.close();
    await Promise.all([one.close(), two.close()]);
  });

  test("each route goes to its service, with the prefix taken off", async () => {
    const reply = await dev.get("/one/x?y=1");
    const { name, url, headers } = reply.json;
    assert.deepEqual([name, url], ["one", "/base/x?y=1"]);
    assert.equal(headers["x-forwarded-path"], "/one/x");
    assert.equal(headers["x-forwarded-prefix"], "/one");
    assert.equal(headers.host, new URL(one.url).host);
    assert.equal(reply.headers["x-who-seen"], "- plain one");
  });

  test("a route that asks for more goes first, and keeps the client's Host", async () => {
    const reply = await dev.get("/one/x", { headers: ["X-Version", "2"] });
    assert.equal(reply.headers["x-who-seen"], "- headers one");
    assert.equal(reply.json.headers.host, "dev.test");
  });

  test("an expression gives plugins its captures", async () => {
    const reply = await dev.get("/item/12");
    assert.equal(reply.json.url, "/base/item/12");
    assert.equal(reply.headers["x-named"], '{"id":"12"}');
    assert.equal((await dev.get("/item/x")).status, 404);
  });

  test("the host of a route is served, and no other", async () => {
    const reply = await dev.get("/any", { host: "a.shop.test" });
    assert.deepEqual([reply.json.name, reply.json.url], ["two", "/any"]);
    assert.equal((await dev.get("/any", { host: "shop.evil.example" })).status, 421);
  });

  test("without a route Kong answers 404, and no plugin runs in access", async () => {
    for (const path of ["/nothing", "/off"]) {
      const reply = await dev.get(path);
      assert.equal(reply.status, 404);
      assert.equal(reply.json.message, "no Route matched with those values");
      assert.equal(reply.headers["x-who"], undefined);
    }
  });

  test("without a service Kong answers 503, when the plugins have run", async () => {
    const reply = await dev.get("/alone");
    assert.equal(reply.status, 503);
    assert.equal(reply.json.message, "no Service found with those values");
    assert.equal(reply.headers["x-who-seen"], "- alone -");
  });

  test("a route of other protocols turns requests away", async () => {
    const secure = await dev.get("/secure");
    assert.deepEqual([secure.status, secure.json.message], [426, "Please use HTTPS protocol"]);
    const moved = await dev.get("/moved?x=1");
    assert.deepEqual([moved.status, moved.headers.location], [
      301,
      "https://dev.test/moved?x=1",
    ]);
    const grpc = await dev.get("/grpc");
    assert.deepEqual([grpc.status, grpc.json.message], [
      415,
      "Non-gRPC request matched gRPC route",
    ]);
  });

  test("a service of a protocol that dev does not speak is said to be one", async () => {
    const reply = await dev.get("/togrpc");
    assert.equal(reply.status, 502);
    assert.match(reply.text, /services of the protocol grpc/);
    assert.ok(
      dev.entries.some((line) => /kong\.yml:\d+: services of the protocol grpc/.test(line)),
    );
  });

  test("a plugin that is loaded and not configured does not run, and is left out", async () => {
    const reply = await dev.get("/one");
    assert.equal(reply.headers["x-idle"], undefined);
    assert.deepEqual(dev.gateway.leftOut.map(({ name }) => name), ["idle"]);
    assert.deepEqual(dev.gateway.plugins, ["who"]);
  });
});
