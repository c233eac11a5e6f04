// What gibbon kong-config prints, taken at its word: Kong's part is acted out with those very lines.
// Slow: 5 versions of Kong on 2 programs, each with the commands that Kong runs, a server, and another one.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { runGibbon } from "../../support/gibbon.ts";
import { KongHost, runEvent, type Served } from "../support/kong_host.ts";
import { PROGRAMS } from "../support/programs.ts";
import { useWorkspace } from "../../support/workspace.ts";

const plugin = (header: string) => `
import { definePlugin } from "gibbon";
import * as v from "valibot";
export default definePlugin({
  version: "1.2.3",
  priority: 7,
  config: v.object({
    greeting: v.optional(v.pipe(v.string(), v.description("How the host is greeted.")), "hi"),
  }),
  async access(kong, config) {
    const host = await kong.request.getHeader("host");
    await kong.response.setHeader("${header}", config.greeting + " " + host);
  },
});
`;
// Names and paths that must be quoted somewhere.
const FILES = { "my plugins/api-key.ts": plugin("x-a"), "my plugins/request-id.ts": plugin("x-r") };

const space = useWorkspace();

/** Each version, the protocol that it speaks with gibbon, and whether it takes descriptions. */
const VERSIONS: readonly [version: string, protocol: string, isDescribed: boolean][] = [
  ["2.0", "MsgPack:1", false],
  ["2.3", "MsgPack:1", false],
  ["2.8", "ProtoBuf:1", false],
  ["3.3", "ProtoBuf:1", false],
  ["3.4", "ProtoBuf:1", true],
  ["3.9", "ProtoBuf:1", true],
];

/** A plugin's schema as Kong is told it. */
function schemaOf(name: string, isDescribed: boolean) {
  const greeting = { type: "string", len_min: 0, default: "hi" };
  const described = { ...greeting, description: "How the host is greeted." };
  const fields = [{ greeting: isDescribed ? described : greeting }];
  return { name, fields: [{ config: { type: "record", fields } }] };
}

/** Runs an event of a plugin; asserts what it asked of Kong. */
async function assertEvent(served: Served, header: string): Promise<void> {
  const calls = await runEvent(served, { greeting: "hello" }, "example.test");
  const [[asked, name] = [], [set, args] = []] = calls;
  assert.equal(calls.length, 2);
  assert.equal(asked, "kong.request.get_header");
  assert.match(name!, /host/);
  assert.equal(set, "kong.response.set_header");
  assert.match(args!, new RegExp(`${header}[\\s\\S]*hello example\\.test`));
}

for (const { what, skip, path } of PROGRAMS) {
  describe(`${what}, in the layout that it prints`, () => {
    for (const [version, protocol, isDescribed] of VERSIONS) {
      test(`for Kong ${version}, runs events, comes back and stops`, { skip }, async () => {
        const folder = await space.folder(FILES);
        const executable = await path(folder);
        const printed = await runGibbon([
          ...["kong-config", "--plugins-directory", join(folder, "my plugins")],
          ...["--executable", executable, "--kong-version", version],
          ...["--kong-prefix", folder],
        ]);
        assert.equal(printed.code, 0, printed.stderr);
        const kong = new KongHost(`prefix = ${folder}\n${printed.stdout}`, version);
        space.later(() => kong.stop());
        const known = await kong.query();
        const infos = known.map((
          { info },
        ) => [info.Name, info.Version, info.Priority, info.Phases]);
        const declared = ["1.2.3", 7, ["access"]];
        assert.deepEqual(infos, [["api-key", ...declared], ["request-id", ...declared]]);
        for (const each of known) {
          assert.equal(each.protocol, protocol);
          assert.deepEqual(each.info.Schema, schemaOf(each.info.Name, isDescribed));
        }
        kong.start();
        assert.equal(kong.starts, 1);
        await assertEvent(known[0]!, "x-a");
        await assertEvent(known[1]!, "x-r");
        await kong.kill();
        await assertEvent(known[1]!, "x-r");
        assert.equal(kong.starts, 2);
        await kong.stop();
        assert.match(kong.log, /stopped/);
        for (const { socket } of known) assert.equal(existsSync(socket), false);
      });
    }
  });
}
