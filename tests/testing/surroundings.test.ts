// Kong around the plugin of a test: its entities, the service, other plugins, the phases.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { definePlugin } from "gibbon";
import { onBothProtocols, testPlugin, testPlugins } from "gibbon/testing";
import * as v from "valibot";

/** Sends back what Kong says of the request's surroundings. */
const mirror = definePlugin({
  name: "mirror",
  async access(kong) {
    kong.response.exit(200, {
      route: (await kong.router.getRoute())?.name,
      service: (await kong.router.getService())?.host,
      consumer: (await kong.client.getConsumer())?.username,
      credential: (await kong.client.getCredential())?.id,
      ip: await kong.client.getIp(),
      port: await kong.request.getPort(),
      scheme: await kong.request.getScheme(),
      host: await kong.request.getHost(),
      path: await kong.request.getPath(),
      query: await kong.request.getRawQuery(),
      body: await kong.request.getRawBodyText(),
      type: await kong.request.getHeader("content-type"),
      method: await kong.request.getMethod(),
    });
  },
});

describe("A request of a test", () => {
  test("is what is described, over both protocols", async () => {
    await onBothProtocols(async (protocol) => {
      await using gateway = await testPlugin(mirror, {
        protocol,
        service: { host: "shop.test", port: 8080 },
        route: { name: "shop", paths: ["/shop"] },
        consumers: [{ username: "ada", custom_id: "1" }],
      });
      const { response } = await gateway.request({
        method: "PUT",
        path: "/shop/cart?a=1",
        query: { b: ["x", "ü"] },
        scheme: "https",
        host: "shop.example",
        body: { items: 2 },
        client: { ip: "10.1.2.3" },
        consumer: { custom_id: "1" },
        credential: { id: "cred" },
      });
      assert.deepEqual(response.json(), {
        route: "shop",
        service: "shop.test",
        consumer: "ada",
        credential: "cred",
        ip: "10.1.2.3",
        port: 8443,
        scheme: "https",
        host: "shop.example",
        path: "/shop/cart",
        query: "a=1&b=x&b=%C3%BC",
        body: '{"items":2}',
        type: "application/json",
        method: "PUT",
      });
    });
  });

  test("takes no route where it fits none", async () => {
    await using gateway = await testPlugin(mirror, { route: { paths: ["/only"] } });
    const { response, calls } = await gateway.request("/other");
    assert.equal(response.status, 404);
    assert.deepEqual(calls, []);
  });

  test("takes a route by the name that its client asks for in TLS", async () => {
    await using gateway = await testPlugin(mirror, {
      route: { protocols: ["https"], snis: ["a.test"], paths: ["/"] },
    });
    const status = async (sni: string) =>
      (await gateway.request({ scheme: "https", tls: { sni } })).response.status;
    assert.equal(await status("a.test"), 200);
    assert.equal(await status("b.test"), 404);
  });

  test("gets what nginx answers before any plugin", async () => {
    await using gateway = await testPlugin(mirror);
    const { response, calls } = await gateway.request({ method: "TRACE" });
    assert.equal(response.status, 405);
    assert.deepEqual(calls, []);
  });

  test("that is none is refused", async () => {
    await using gateway = await testPlugin(mirror);
    await assert.rejects(gateway.request("no-slash"), { code: "OPTION_INVALID" });
    const headers = { "x-a": "1\r\nx-b: 2" };
    await assert.rejects(gateway.request({ headers }), { code: "OPTION_INVALID" });
  });

  test("may be described with all that there is", async () => {
    await using gateway = await testPlugin(mirror, {
      ...{ config: {}, name: "other", on: "service", protocol: "ProtoBuf:1", env: {}, pdk: {} },
      ...{ service: new URL("http://a.test:81"), route: { paths: ["/"] }, consumers: [] },
      ...{ entities: {}, upstream: {}, now: new Date() },
    });
    const { response, consumer } = await gateway.request({
      ...{ method: "PATCH", path: "/p", query: { n: 1 }, headers: { "x-n": 1 }, host: "h.test" },
      ...{ body: new Uint8Array([0xc3, 0xbc]), scheme: "https", httpVersion: 2, upstream: {} },
      ...{ client: { ip: "10.0.0.1", port: 1 }, server: { ip: "10.0.0.2", port: 2 }, pdk: {} },
      ...{ consumer: { username: "stranger" }, credential: {}, phase: "access" },
      tls: { version: "TLSv1.2", sni: "h.test" },
    });
    const { body, query, port, type, consumer: name } = response.json() as Record<string, unknown>;
    assert.deepEqual([body, query, port, type, name], ["ü", "n=1", 2, undefined, "stranger"]);
    assert.match(String(consumer?.id), /^[\da-f-]{36}$/);
    assert.equal(response.headers.get("x-nothing"), undefined);
    const connection = { bytes: "", sni: "a.test", client: {}, server: {}, consumer: {}, pdk: {} };
    const route = { protocols: ["tls"], snis: ["a.test"] };
    await using stream = await testPlugin(definePlugin({ preread() {} }), { route });
    assert.equal((await stream.connect({ ...connection, credential: {} })).status, 200);
  });

  test("is told of options that there are not", async () => {
    const plugin = definePlugin({ access() {} });
    await using gateway = await testPlugin(plugin);
    const wrong: readonly [() => Promise<unknown>, RegExp][] = [
      [() => testPlugin(plugin, { protocl: "MsgPack:1" } as object), /^a gateway has no option/],
      [() => testPlugins([{ plugin, conf: {} } as never]), /^a plugin has no option conf/],
      [() => gateway.request({ header: {} } as object), /^a request has no option header/],
      [() => gateway.connect({ byte: "" } as object), /^a connection has no option byte/],
      [() => gateway.request({ upstream: { staus: 1 } as object }), /^a service's answer has no/],
      [
        () => gateway.request({ pdk: { "kong.log": { late: 1 } as object } }),
        /^a PDK call's fault/,
      ],
    ];
    for (const [run, message] of wrong) {
      await assert.rejects(async () => await run(), { code: "OPTION_INVALID", message });
    }
  });

  test("goes to the service with the route's path taken off, and Kong's headers", async () => {
    const plugin = definePlugin({ access() {} });
    await using gateway = await testPlugin(plugin, {
      service: "https://api.test/v1",
      route: { paths: ["/api"], strip_path: true },
    });
    const { upstream } = await gateway.request({ path: "/api/users?x=1&x=2&flag", body: "text" });
    assert.equal(upstream?.url, "https://api.test/v1/users?x=1&x=2&flag");
    assert.deepEqual(upstream?.query, { x: ["1", "2"], flag: true });
    assert.equal(upstream?.method, "POST");
    assert.equal(upstream?.text, "text");
    assert.equal(upstream?.headers.get("x-forwarded-prefix"), "/api");
    assert.equal(upstream?.headers.get("content-length"), "4");
  });
});

describe("The service of a test", () => {
  const plain = definePlugin({ access() {} });

  test("may be a function of the request", async () => {
    await using gateway = await testPlugin(plain, {
      upstream: ({ path, text }) => ({ status: 202, body: `${path} ${text}` }),
    });
    const { response } = await gateway.request({ path: "/a", body: "b" });
    assert.equal(response.status, 202);
    assert.equal(response.text, "/a b");
    assert.equal(response.headers.has("content-type"), false);
    const json = await gateway.request({ upstream: { body: { a: 1 } } });
    assert.equal(json.response.headers.get("content-type"), "application/json");
    assert.match(response.headers.get("via") ?? "", /gibbon/);
  });

  test("may not be there, or not answer in time", async () => {
    await using gateway = await testPlugin(plain);
    assert.equal((await gateway.request({ upstream: "unreachable" })).response.status, 502);
    const before = gateway.now.getTime();
    const { response, logs } = await gateway.request({ upstream: "timeout" });
    assert.equal(response.status, 504);
    assert.match(logs[0]?.message ?? "", /upstream\.test:80: timeout/);
    assert.ok(gateway.now.getTime() - before >= 60_000);
  });

  test("has its answer held back for plugins with response alone", async () => {
    const redact = definePlugin({
      async response(kong) {
        const text = await kong.service.response.getRawBodyText() ?? "";
        const status = await kong.response.getStatus();
        if (text.includes("secret")) kong.response.exit(status, text.replace("secret", "***"));
      },
    });
    await onBothProtocols(async (protocol) => {
      await using gateway = await testPlugin(redact, { protocol });
      const { response, record } = await gateway.request({
        upstream: { status: 203, body: "a secret" },
      });
      assert.equal(response.status, 203);
      assert.equal(response.text, "a ***");
      assert.equal((record.response as { status: number }).status, 203);
    });
  });

  test("has no body in an answer to HEAD, or with 204", async () => {
    await using gateway = await testPlugin(plain);
    const head = await gateway.request({ method: "HEAD", upstream: { body: "12345" } });
    assert.equal(head.response.body.length, 0);
    assert.equal(head.response.headers.get("content-length"), "5");
    const empty = await gateway.request({ upstream: { status: 204 } });
    assert.equal(empty.response.headers.has("content-length"), false);
  });
});

describe("Plugins of a test", () => {
  const noting = (name: string, priority: number) =>
    definePlugin({
      name,
      priority,
      async access(kong) {
        const before = await kong.ctx.shared.get("order") ?? "";
        await kong.ctx.shared.set("order", `${before}${name} `);
      },
    });

  test("run in Kong's order, also with Kong's own", async () => {
    const plugins = [{ plugin: noting("late", 1) }, { plugin: noting("early", 2000) }];
    await using gateway = await testPlugins(plugins, {
      consumers: [{ username: "ada", keyauth_credentials: [{ key: "k" }] }],
      entities: { plugins: [{ name: "key-auth", config: {} }] },
    });
    assert.deepEqual(gateway.plugins, ["early", "key-auth", "late"]);
    const { shared, consumer } = await gateway.request({ headers: { apikey: "k" } });
    assert.equal(shared.order, "early late ");
    assert.equal(consumer?.username, "ada");
    const refused = await gateway.request();
    assert.equal(refused.response.status, 401);
    assert.equal(refused.shared.order, "early ");
  });

  test("fail each for itself: the first one that did is told", async () => {
    const failing = (name: string, priority: number) =>
      definePlugin({
        name,
        priority,
        onError: "continue",
        access() {
          throw new Error(`${name} failed`);
        },
        log() {
          throw new Error(`${name} failed in log`);
        },
      });
    const plugins = [{ plugin: failing("second", 1) }, { plugin: failing("first", 2) }];
    await using gateway = await testPlugins(plugins);
    const { failure, response } = await gateway.request();
    assert.equal(response.status, 200);
    assert.deepEqual([failure?.plugin, failure?.phase], ["first", "access"]);
    const { failure: inLog } = await gateway.request({ phase: "log" });
    assert.deepEqual([inLog?.plugin, inLog?.message], ["first", "first failed in log"]);
  });

  test("keep their state from request to request", async () => {
    let closed = 0;
    const counter = definePlugin({
      init: () => ({ count: 0 }),
      close() {
        closed++;
      },
      access(kong, _config, state) {
        kong.response.exit(200, String(++state.count));
      },
    });
    {
      await using gateway = await testPlugin(counter);
      await using other = await testPlugin(counter);
      assert.equal((await gateway.request()).response.text, "1");
      assert.equal((await gateway.request()).response.text, "2");
      assert.equal((await other.request()).response.text, "1");
      const many = await Promise.all(Array.from({ length: 20 }, () => gateway.request()));
      assert.deepEqual(
        many.map(({ response }) => Number(response.text)).sort((a, b) => a - b),
        Array.from({ length: 20 }, (_, at) => at + 3),
      );
    }
    assert.equal(closed, 2);
  });

  test("run for the consumer alone that they are configured on", async () => {
    const plugin = definePlugin({ access: (kong) => kong.response.exit(418) });
    await using gateway = await testPlugin(plugin, {
      on: "consumer",
      consumers: [{ username: "ada" }, { username: "bob" }],
    });
    assert.equal((await gateway.request()).response.status, 200);
    const asked = (username: string) => gateway.request({ consumer: { username } });
    assert.equal((await asked("ada")).response.status, 418);
    assert.equal((await asked("bob")).response.status, 200);
  });

  test("run in every phase, or in the one that is named", async () => {
    const phases: string[] = [];
    const note = (phase: string) => () => void phases.push(phase);
    const all = ["certificate", "rewrite", "access", "response", "log"] as const;
    const plugin = definePlugin(Object.fromEntries(all.map((phase) => [phase, note(phase)])));
    await using gateway = await testPlugin(plugin);
    await gateway.request({ scheme: "https" });
    assert.deepEqual(phases.splice(0), [...all]);
    await gateway.request();
    assert.deepEqual(phases.splice(0), all.slice(1));
    for (const phase of all) {
      await gateway.request({ phase });
      assert.deepEqual(phases.splice(0), [phase]);
    }
  });

  test("have all of a request's surroundings in a single phase", async () => {
    const plugin = definePlugin({
      response() {},
      async log(kong) {
        kong.log.info(await kong.service.response.getStatus(), await kong.response.getStatus());
      },
    });
    await using gateway = await testPlugin(plugin);
    const { logs, failure } = await gateway.request({ phase: "log", upstream: { status: 201 } });
    assert.equal(failure, undefined);
    assert.equal(logs[0]?.message, "201201");
  });

  test("get secrets by their references", async () => {
    const plugin = definePlugin({
      config: v.object({
        token: v.pipe(v.string(), v.metadata({ kong: { referenceable: true } })),
      }),
      access: (kong, { token }) => kong.response.exit(200, token),
    });
    await using gateway = await testPlugin(plugin, {
      config: { token: "{vault://env/my-token}" },
      env: { MY_TOKEN: "s3cret" },
    });
    assert.equal((await gateway.request()).response.text, "s3cret");
  });
});
