// What is read of sources: calls however they are written, and nothing that is none.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { callsIn } from "../../../src/kong/usage/calls_in.ts";

const read = (source: string, file = "/one.ts") =>
  callsIn(file, source)?.calls.map(({ method, line }) => `${method}:${line}`);

describe("calls in a source", () => {
  test("are those of kong, on their lines, with types around them", () => {
    const source = `import { definePlugin, type Kong } from "gibbon";
interface Order { readonly id: number }
export default definePlugin({
  name: "one",
  async access(kong: Kong, config: { a: string }): Promise<void> {
    const path: string = await kong.request.getPath();
    if (path as unknown) kong.response.exit<Order>(200, {} as Order);
    await Promise.all([kong.service.request.setHeader("a", config.a), kong.log("x")]);
  },
});
`;
    assert.deepEqual(read(source), [
      "kong.request.get_path:6",
      "kong.response.exit:7",
      "kong.service.request.set_header:8",
      "kong.log:8",
    ]);
  });

  test("are found under other names, and in parts of kong", () => {
    const source = `export default {
  access: async ({ request, service: { request: out } }) => {
    await request?.getBody();
    await out["setBody"]({});
  },
  async log(k) {
    const { client } = k;
    const load = client.loadConsumer;
    await load("id");
    const r = k.request;
    (r.getRawBodyText)();
  },
};
`;
    assert.deepEqual(read(source), [
      "kong.request.get_body:3",
      "kong.service.request.set_body:4",
      "kong.client.load_consumer:9",
      "kong.request.get_raw_body:11",
    ]);
  });

  test("are found in plugins of Kong's JavaScript server, and in helpers", () => {
    const source = `class Plugin {
  async access(kong) { await kong.service.request.enable_buffering(); await kong.request.getBody; }
}
function helper(kong) { return kong.request.get_body(); }
module.exports = { Plugin, Schema: [], helper };
`;
    assert.deepEqual(read(source, "/one.js"), [
      "kong.service.request.enable_buffering:2",
      "kong.request.get_body:4",
    ]);
  });

  test("are not those of others", () => {
    const source = `const other = { request: { getBody() {} } };
other.request.getBody(); request.getBody(); kong.nothing.getBody(); kong[name].getBody();
"kong.request.getBody()"; // kong.request.getBody()
`;
    assert.deepEqual(read(source), []);
  });

  test("cannot be read where there is no source that parses", () => {
    assert.equal(callsIn("/one.ts", "const = 3;"), undefined);
    assert.deepEqual(callsIn("/one.ts", "")?.calls, []);
    assert.deepEqual(
      callsIn("/one.cjs", "#!/usr/bin/env node\nreturn kong.request.getPath();")?.calls,
      [
        { method: "kong.request.get_path", line: 2, column: 8 },
      ],
    );
  });

  test("come with what is imported", () => {
    const source = `import a from "./a.ts"; export * from "./b.ts"; export { c } from "pack";
const d = require("./d.js"); const e = await import("./e.ts"); import type { F } from "./f.ts";`;
    const { imports } = callsIn("/one.ts", source)!;
    for (const wanted of ["./a.ts", "./b.ts", "pack", "./d.js", "./e.ts"]) {
      assert.ok(imports.includes(wanted), `${wanted}: ${imports}`);
    }
  });
});
