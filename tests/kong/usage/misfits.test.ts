// Calls that a protocol or a version of Kong does not have, in a plugin's module and beside it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { PDK_FUNCTIONS } from "../../../src/kong/pdk/functions.ts";
import { CARRIED_FUNCTIONS } from "../../../src/kong/protocol/protobuf/functions.ts";
import { usageMisfits } from "../../../src/kong/usage/misfits.ts";
import { useWorkspace } from "../../support/workspace.ts";

const space = useWorkspace();

describe("what a plugin calls", () => {
  test("is read of its module and of all that it imports beside it", async () => {
    const folder = await space.folder({
      "one.ts": 'import { help } from "./lib/help.ts";\nimport "pack";\nexport { help };\n',
      "lib/help.ts": 'import "../one.ts";\nimport "./more";\nexport const help = 1;\n',
      "lib/more.js": "exports.more = (kong) => kong.request.getBody();\n",
      "node_modules/pack/index.js": "exports.no = (kong) => kong.request.getBody();\n",
    });
    const plugin = { name: "one", file: join(folder, "one.ts") };
    const found = usageMisfits(plugin, { protocol: "ProtoBuf:1" });
    assert.deepEqual(found, [{
      plugin: "one",
      method: "kong.request.get_body",
      place: `${join(folder, "lib/more.js")}:1`,
      reason: "Kong has no message for it in ProtoBuf:1",
      remedy: "Decode kong.request.getRawBodyText() in the plugin, or do without it, or let Kong " +
        "use the plugin over MsgPack:1.",
    }]);
    assert.deepEqual(usageMisfits(plugin, { protocol: "MsgPack:1" }), []);
  });

  test("is told for every function that ProtoBuf:1 has no message for, and for no other", async () => {
    const methods = Object.keys(PDK_FUNCTIONS);
    const calls = methods.map((method) => `${method}();`);
    const folder = await space.folder({
      "all.js": `export const all = (kong) => {\n${calls.join("\n")}\n};`,
    });
    const found = usageMisfits({ name: "all", file: join(folder, "all.js") }, {
      protocol: "ProtoBuf:1",
    });
    const without = methods.filter((method) => !CARRIED_FUNCTIONS.has(method));
    assert.deepEqual(found.map(({ method }) => method), without);
  });

  test("is told where Kong is too old for it", async () => {
    const folder = await space.folder({
      "one.ts": "export const one = (kong) => kong.request.getRawPath();\n",
    });
    const misfitsOf = (major: number, minor: number) =>
      usageMisfits({ name: "one", file: join(folder, "one.ts") }, {
        protocol: "MsgPack:1",
        kong: [major, minor],
      }).map(({ reason }) => reason);
    assert.deepEqual(misfitsOf(2, 8), ["Kong has it since 3.0.0, and this is for 2.8"]);
    assert.deepEqual(misfitsOf(3, 0), []);
    assert.deepEqual(misfitsOf(3, 9), []);
  });

  test("is left out where nothing can be read", () => {
    const plugin = { name: "gone", file: "/nowhere/gone.ts" };
    assert.deepEqual(usageMisfits(plugin, { protocol: "ProtoBuf:1" }), []);
  });
});
