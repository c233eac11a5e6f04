import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type TestOptions, testPlugin } from "gibbon/testing";
import plugin from "./my-plugin.ts";

const kong: TestOptions = {
  route: { protocols: ["tls_passthrough"], snis: ["*.example"] },
  service: { protocol: "tcp", host: "default.internal", port: 443 },
};

describe("my-plugin", () => {
  test("turns away whom it is told to", async () => {
    const config = { deny: ["10.1.0.0/16", "192.168.7.7"] };
    await using gateway = await testPlugin(plugin, { ...kong, config });
    const comesIn = async (ip: string) => {
      const { upstream } = await gateway.connect({ sni: "a.example", client: { ip } });
      return upstream !== undefined;
    };
    assert.deepEqual([await comesIn("10.1.2.3"), await comesIn("192.168.7.7")], [false, false]);
    assert.deepEqual([await comesIn("10.2.2.3"), await comesIn("192.168.7.8")], [true, true]);
  });

  test("sends names to their servers, and others where the service is", async () => {
    const config = { servers: { "blue.example": "blue.internal:8443" } };
    await using gateway = await testPlugin(plugin, { ...kong, config });
    const blue = await gateway.connect({ sni: "blue.example" });
    assert.deepEqual([blue.upstream?.host, blue.upstream?.port], ["blue.internal", 8443]);
    const red = await gateway.connect({ sni: "red.example" });
    assert.deepEqual([red.upstream?.host, red.upstream?.port], ["default.internal", 443]);
  });
});
