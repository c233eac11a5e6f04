// A plugin that adds to all objects with leave: the other plugins load, start and run as before.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { runGibbon } from "../support/gibbon.ts";
import { useWorkspace } from "../support/workspace.ts";
import { SocketClient } from "../kong/support/rpc_client.ts";
import { ProtobufClient } from "../kong/support/protobuf_client.ts";

const ADDS = `
import { definePlugin } from "gibbon";
Object.prototype.extra = "x";
Array.prototype.first = function () { return this[0]; };
export default definePlugin({ allowPatches: true, access() {} });
`;
const STRICT = `
import { definePlugin } from "gibbon";
import * as v from "valibot";
const config = v.strictObject({
  map: v.optional(v.record(v.string(), v.string()), { key: "value" }),
  list: v.optional(v.array(v.strictObject({ x: v.number() })), [{ x: 1 }]),
});
export default definePlugin({
  config,
  async access(kong, config) {
    await kong.ctx.shared.set("k", { config, first: [7].first() });
  },
});
`;
const KONG_JS = `
class Plugin {
  constructor(config) { this.config = config; }
  async access(kong) { await kong.response.setHeader("x", JSON.stringify(this.config)); }
}
module.exports = { Plugin, Schema: [{ text: { type: "string", default: "t" } }], Version: "1.0" };
`;

const space = useWorkspace();

describe("a plugin that adds to all objects, and may", () => {
  test("keeps no other plugin from being loaded, in whatever order", async () => {
    for (const name of ["a-adds.ts", "z-adds.ts"]) {
      const folder = await space.folder({ [name]: ADDS, "m.ts": STRICT, "n.js": KONG_JS });
      const { code, stdout, stderr } = await runGibbon(["check", folder, "--json"]);
      assert.equal(code, 0, stdout + stderr);
    }
  });

  test("keeps no other instance from being started, and changes nothing that is sent", async () => {
    const plugins = await space.folder({ "a.ts": ADDS, "m.ts": STRICT, "n.js": KONG_JS });
    const socket = join(await space.folder(), "s.sock");
    const args = ["serve", "--plugins-directory", plugins, "--socket", socket, "--workers", "0"];
    await space.gibbon(args).saying("serving plugins");
    const msgpack = await SocketClient.connect(socket);
    const sent: unknown[] = [];
    for (const [Name, Config] of [["m", "{}"], ["n", '{"text":"t"}']]) {
      const { Id } = await msgpack.result("plugin.StartInstance", { Name, Config });
      const event = { InstanceId: Id, EventName: "access" };
      sent.push((await msgpack.result("plugin.HandleEvent", event)).Data);
    }
    msgpack.leave();
    const shared = { config: { map: { key: "value" }, list: [{ x: 1 }] }, first: 7 };
    assert.deepEqual(sent, [
      { Method: "kong.ctx.shared.set", Args: ["k", shared] },
      { Method: "kong.response.set_header", Args: ["x", '{"text":"t"}'] },
    ]);
    const protobuf = await ProtobufClient.connect(socket);
    protobuf.handle(await protobuf.start("m"), "access");
    assert.equal((await protobuf.turn() as { method: string }).method, "kong.ctx.shared.set");
    protobuf.leave();
  });
});
