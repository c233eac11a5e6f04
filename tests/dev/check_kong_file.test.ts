// gibbon check --kong-config: what is wrong with a kong.yml, without a gateway.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { runGibbon } from "../support/gibbon.ts";
import { useWorkspace } from "../support/workspace.ts";

const PLUGIN = `
import { definePlugin } from "gibbon";
import * as v from "valibot";
export default definePlugin({
  name: "limiter",
  version: "1.0.0",
  config: v.object({ rules: v.array(v.object({ limit: v.pipe(v.number(), v.maxValue(10)) })) }),
  access() {},
});
`;

const file = (limit: number, more = "") =>
  `_format_version: "3.0"
plugins:
- name: limiter
  config:
    rules:
    - limit: 1
    - limit: ${limit}
${more}`;

const space = useWorkspace();

const check = async (text: string, ...args: string[]) => {
  const folder = await space.folder({ "plugins/limiter.ts": PLUGIN, "kong.yml": text });
  const path = join(folder, "kong.yml");
  return await runGibbon(["check", join(folder, "plugins"), "--kong-config", path, ...args]);
};

describe("gibbon check --kong-config", () => {
  test("takes a file that is right, and says what dev does not act on", async () => {
    const { code, stdout } = await check(file(2, "- name: cors\n"));
    assert.equal(code, 0);
    assert.match(stdout, /kong\.yml:8: the plugin cors of Kong's is not acted on/);
    assert.match(stdout, /1 plugins, 0 problems/);
  });

  test("names the field and the line that a plugin's schema refuses", async () => {
    const { code, stdout } = await check(file(20));
    assert.equal(code, 1);
    assert.match(stdout, /plugins\[0\]\.config\.rules\[1\]\.limit \(line 7\): expected value <=10/);
    assert.match(stdout, /1 plugins, 1 problems/);
  });

  test("names what Kong's schema refuses, and a plugin that is not there, in JSON too", async () => {
    const { code, stdout } = await check(file(2, "- name: strange\n"), "--json");
    assert.equal(code, 1);
    const { problems } = JSON.parse(stdout);
    assert.equal(problems.length, 1);
    assert.match(
      problems[0].message,
      /plugins\[1\]\.name \(line 8\): plugin 'strange' not enabled/,
    );
    const twice = await check(file(2, "service: []\n"));
    assert.match(twice.stdout, /service \(line 8\): unknown field/);
  });
});
