// Run it with: gibbon test examples
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { onBothProtocols, testPlugin } from "gibbon/testing";
import router from "./sni-router.ts";

const config = {
  targets: {
    "blue.db.example": { host: "blue.internal", port: 5432 },
    "red.db.example": { host: "red.internal", port: 5433 },
  },
};
const route = { protocols: ["tls_passthrough"], snis: ["*.db.example"] };
const service = { host: "nowhere.internal", port: 1, protocol: "tcp" };

describe("sni-router", () => {
  test("leads names to their targets, with what the client has sent", async () => {
    await onBothProtocols(async (protocol) => {
      await using gateway = await testPlugin(router, { protocol, config, route, service });
      for (const name of ["blue", "red"]) {
        const { upstream, logs } = await gateway.connect({
          sni: `${name.toUpperCase()}.db.example`,
          bytes: "hello",
          client: { ip: "10.0.0.7" },
        });
        assert.equal(upstream?.host, `${name}.internal`);
        assert.equal(upstream?.bytes.length, 5);
        assert.equal(logs.at(-1)?.message, "a connection of 10.0.0.7 is over");
      }
    });
  });

  test("closes the door to names that lead nowhere", async () => {
    await using gateway = await testPlugin(router, { config, route, service });
    for (const connection of [{ sni: "green.db.example" }, { sni: "constructor" }, {}]) {
      const { upstream, status } = await gateway.connect(connection);
      assert.equal(upstream, undefined);
      assert.equal(status, 403);
    }
  });

  test("opens it to its clients alone", async () => {
    const own = { ...config, clients: ["10.0.0.7"] };
    await using gateway = await testPlugin(router, { config: own, route, service });
    const from = (ip: string) => gateway.connect({ sni: "blue.db.example", client: { ip } });
    assert.equal((await from("10.0.0.7")).status, 200);
    assert.equal((await from("10.0.0.8")).status, 403);
  });

  test("lets nobody through when it fails", async () => {
    await using gateway = await testPlugin(router, { config, route, service });
    const { upstream, status } = await gateway.connect({
      sni: "blue.db.example",
      pdk: { "kong.nginx.getVar": { fails: "no such variable" } },
    });
    assert.equal(upstream, undefined);
    assert.equal(status, 500);
  });
});
