// A connection of TCP or TLS in a test: what plugins with preread see of it, and what they do to it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { definePlugin, type Kong } from "gibbon";
import { KONG_PROTOCOLS, testPlugin } from "gibbon/testing";

const preread = (preread: (kong: Kong) => void | Promise<void>) =>
  definePlugin({ name: "stream", preread });

for (const protocol of KONG_PROTOCOLS) {
  describe(`A connection in a test, over ${protocol}`, () => {
    test("is what is described", async () => {
      const plugin = preread(async (kong) => {
        const name = await kong.nginx.getVar("ssl_preread_server_name");
        kong.ctx.shared.set("seen", {
          name,
          ip: await kong.client.getIp(),
          clientPort: await kong.client.getPort(),
          port: await kong.request.getPort(),
          bytes: await kong.nginx.getVar("bytes_received"),
          subsystem: await kong.nginx.getSubsystem(),
        });
      });
      await using gateway = await testPlugin(plugin, {
        protocol,
        service: { host: "db.test", port: 5432, protocol: "tcp" },
        route: { protocols: ["tls"], snis: ["db.example"] },
      });
      const outcome = await gateway.connect({
        bytes: "hello",
        sni: "db.example",
        client: { ip: "10.0.0.9", port: 4000 },
        server: { port: 5433 },
      });
      assert.deepEqual(outcome.shared.seen, {
        name: "db.example",
        ip: "10.0.0.9",
        clientPort: 4000,
        port: 5433,
        bytes: "5",
        subsystem: "stream",
      });
      assert.equal(outcome.failure, undefined);
      assert.equal(outcome.status, 200);
      assert.deepEqual(outcome.route?.snis, ["db.example"]);
      const { session } = outcome.record.latencies as { session: number };
      assert.ok(session >= 0 && session < 60_000, String(session));
      assert.equal(outcome.upstream?.host, "db.test");
      assert.equal(outcome.upstream?.port, 5432);
      assert.equal(new TextDecoder().decode(outcome.upstream?.bytes), "hello");
    });

    test("goes where a plugin says", async () => {
      const plugin = preread((kong) => void kong.service.setTarget("other.test", 7));
      await using gateway = await testPlugin(plugin, { protocol });
      const { upstream, route } = await gateway.connect();
      assert.equal(upstream?.bytes.length, 0);
      assert.deepEqual([upstream?.host, upstream?.port], ["other.test", 7]);
      assert.deepEqual(route?.protocols, ["tcp"]);
    });

    test("is ended by a plugin, with or without a word", async () => {
      await using kind = await testPlugin(preread((kong) => kong.response.exit(200, "bye")), {
        protocol,
      });
      const told = await kind.connect();
      assert.equal(told.upstream, undefined);
      assert.equal(new TextDecoder().decode(told.sent), "bye");
      await using rude = await testPlugin(preread((kong) => kong.response.exit(403, "no")), {
        protocol,
      });
      const refused = await rude.connect();
      assert.equal(refused.status, 403);
      assert.equal(refused.sent.length, 0);
      assert.match(refused.logs[0]?.message ?? "", /status: 403, err: no/);
    });

    test("is stopped where the plugin fails", async () => {
      const plugin = preread(() => {
        throw new Error("not today");
      });
      await using gateway = await testPlugin(plugin, { protocol });
      const { upstream, status, failure } = await gateway.connect();
      assert.equal(upstream, undefined);
      assert.equal(status, 500);
      assert.equal(failure?.message, "not today");
    });

    test("has a log phase with a record of its own, and nothing of HTTP", async () => {
      const plugin = definePlugin({
        preread() {},
        async log(kong) {
          const record = await kong.log.serialize() as { session?: { received?: number } };
          kong.ctx.shared.set("received", record.session?.received);
          await kong.request.getHeader("x");
        },
      });
      await using gateway = await testPlugin(plugin, { protocol });
      const { shared, failure, runs } = await gateway.connect({ bytes: new Uint8Array(3) });
      assert.deepEqual(runs.map(({ phase }) => phase), ["preread", "log"]);
      assert.equal(shared.received, 3);
      assert.equal(failure?.phase, "log");
    });
  });
}

describe("A gateway of a test", () => {
  test("keeps plugins for HTTP off connections, and those for streams off requests", async () => {
    const both = definePlugin({
      preread: (kong) => void kong.ctx.shared.set("ran", "preread"),
      access: (kong) => void kong.ctx.shared.set("ran", "access"),
    });
    await using gateway = await testPlugin(both);
    assert.equal((await gateway.connect()).shared.ran, "preread");
    assert.equal((await gateway.request()).shared.ran, "access");
    await using http = await testPlugin(definePlugin({ log() {} }));
    assert.deepEqual((await http.connect()).runs, []);
  });

  test("takes connections at routes of every protocol of streams", async () => {
    for (const protocol of ["tcp", "tls", "udp"]) {
      const route = { protocols: [protocol], destinations: [{ port: 9000 }] };
      await using gateway = await testPlugin(preread(() => {}), { route });
      assert.deepEqual((await gateway.connect()).route?.protocols, [protocol]);
    }
  });

  test("takes no connection at a route of HTTP", async () => {
    const route = { paths: ["/"] };
    await using gateway = await testPlugin(preread(() => {}), { route });
    await assert.rejects(gateway.connect(), { code: "OPTION_INVALID", message: /no connections/ });
  });
});
