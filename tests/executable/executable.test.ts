// The executable itself, in a folder and an environment that have nothing but it and the plugins.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { EXECUTABLE, missingExecutable } from "../support/executable.ts";
import { makeFolder, runGibbon, type Started, startGibbon } from "../support/gibbon.ts";
import { SocketClient } from "../kong/support/rpc_client.ts";

/** A plugin that imports from everywhere a plugin may import from. */
const GREET = `
import { readFileSync } from "node:fs";
import { definePlugin, GibbonError } from "gibbon";
import * as v from "valibot";
import { shout } from "./lib/shout.ts";
import { wrap } from "wrapping";
import { legacy } from "legacy";

interface Greeting { readonly text: string }

export default definePlugin({
  name: "greet",
  version: "3.2.1",
  priority: 7,
  config: v.object({ greeting: v.optional(v.string(), "hello") }),
  async access(kong, config) {
    const host = await kong.request.getHeader("host");
    const greeting: Greeting = { text: wrap(shout(config.greeting)) + legacy + host };
    await kong.response.setHeader("x-greeting", greeting.text);
    await kong.log.notice(String(process.env.FROM_DOTENV), typeof readFileSync, GibbonError.name);
  },
});
`;

const PLUGINS = {
  "plugins/greet.ts": GREET,
  "plugins/lib/shout.ts": "export const shout = (text: string): string => text.toUpperCase();\n",
  "plugins/node_modules/wrapping/package.json":
    '{ "name": "wrapping", "type": "module", "exports": { ".": "./main.js" } }',
  "plugins/node_modules/wrapping/main.js": "export const wrap = (text) => `<${text}>`;\n",
  "plugins/node_modules/legacy/package.json": '{ "name": "legacy", "main": "lib/index.js" }',
  "plugins/node_modules/legacy/lib/index.js": "exports.legacy = '!';\n",
  // What an executable must not read from the directory that it is started in.
  ".env": "FROM_DOTENV=yes\n",
  "bunfig.toml": 'preload = ["./no-such-file.ts"]\n',
};

describe("the executable", () => {
  const skip = missingExecutable();
  let folder: Awaited<ReturnType<typeof makeFolder>>;
  let server: Started | undefined;
  before(async () => {
    folder = await makeFolder(PLUGINS);
  });
  after(async () => {
    server?.child.kill("SIGKILL");
    await folder?.remove();
  });

  /** Where it is started: no PATH to find another program in. */
  const bare = () => ({ cwd: folder.path, command: [EXECUTABLE], env: { PATH: "" } });

  test("says the version of package.json", { skip }, async () => {
    const manifest = new URL("../../package.json", import.meta.url);
    const { version } = JSON.parse(await readFile(manifest, "utf8"));
    const { code, stdout } = await runGibbon(["version"], bare());
    assert.equal(code, 0);
    assert.ok(stdout.includes(version), stdout);
  });

  test("has the inspector's page inside", { skip }, async () => {
    const args = ["dev", "plugins", "--port", "0", "--inspector-port", "0"];
    const dev = startGibbon(args, bare());
    try {
      await dev.printing(/Inspector: http\S+\n/);
      const [, url = ""] = /Inspector: (\S+)/.exec(dev.stdout()) ?? [];
      const load = async (path: string) => {
        const response = await fetch(url + path);
        assert.equal(response.status, 200, path);
        return await response.text();
      };
      const page = await load("/");
      const paths = [...page.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path!);
      assert.equal(paths.length, 3, page);
      const [main] = (await Promise.all(paths.map(load))).slice(-1);
      for (const [, path] of main!.matchAll(/from\s*"([^"]+)"/g)) await load(path!);
    } finally {
      await dev.kill();
    }
  });

  test("dumps a TypeScript plugin as JSON", { skip }, async () => {
    const args = ["dump", "--plugins-directory", "plugins"];
    const { code, stdout, stderr } = await runGibbon(args, bare());
    assert.equal(code, 0, stderr);
    const { Protocol, Plugins } = JSON.parse(stdout);
    assert.equal(Protocol, "ProtoBuf:1");
    assert.equal(Plugins.length, 1);
    const [{ Name, Version, Priority, Phases }] = Plugins;
    assert.deepEqual([Name, Version, Priority, Phases], ["greet", "3.2.1", 7, ["access"]]);
  });

  test("serves an event of a plugin with imports, and stops on SIGTERM", { skip }, async () => {
    const socket = `${folder.path}/gibbon.socket`;
    const args = ["serve", "--plugins-directory", "plugins", "--socket", socket];
    server = startGibbon(args, bare());
    await server.saying("serving plugins");
    const client = await SocketClient.connect(socket);
    const { EventId, Data } = await client.event(await client.start("greet", { greeting: "hi" }));
    assert.deepEqual(Data, { Method: "kong.request.get_header", Args: ["host"] });
    assert.deepEqual(await client.step(EventId, "example.com"), {
      Method: "kong.response.set_header",
      Args: ["x-greeting", "<HI>!example.com"],
    });
    assert.deepEqual(await client.step(EventId), {
      Method: "kong.log.notice",
      Args: ["undefined", "function", "GibbonError"],
    });
    assert.equal(await client.step(EventId), "ret");
    client.leave();
    server.signal("SIGTERM");
    const { code, signal } = await server.ended;
    assert.deepEqual([code, signal], [0, null], server.stderr());
    assert.equal(existsSync(socket), false);
  });
});
