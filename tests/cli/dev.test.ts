// gibbon dev and serve --watch as processes: real requests, edits that take effect, and mistakes.
import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { runGibbon } from "../support/gibbon.ts";
import { SocketClient } from "../kong/support/rpc_client.ts";
import { until } from "../support/until.ts";
import { replaceFile, useWorkspace } from "../support/workspace.ts";

const plugin = (text: string) => `
import { definePlugin } from "gibbon";
import * as v from "valibot";
import { shout } from "./shout.ts";
export default definePlugin({
  name: "greeter",
  version: "1.0.0",
  config: v.object({ who: v.optional(v.string(), "nobody") }),
  async access(kong, config) {
    await kong.response.setHeader("x-greeting", shout("${text} " + config.who));
  },
});
`;
const SHOUT = "export const shout = (text: string): string => text.toUpperCase();\n";

const space = useWorkspace();

const greeting = async (url: string) => {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.headers.get("x-greeting");
};

describe("gibbon dev", () => {
  test("runs plugins on requests, prints a line for each, and cleans up", async () => {
    const directory = await space.folder({ "greeter.ts": plugin("hello"), "shout.ts": SHOUT });
    const temporary = await space.folder({});
    const { gibbon, url } = await space.dev([directory], temporary);
    assert.equal(await greeting(`${url}/a/b?c=1`), "HELLO NOBODY");
    await until(() => gibbon.stdout().includes("GET /a/b?c=1"));
    assert.match(gibbon.stdout(), /GET \/a\/b\?c=1 .*200.*greeter/);
    assert.match(gibbon.stdout(), /curl/);
    gibbon.signal("SIGINT");
    assert.equal((await gibbon.ended).code, 0);
    assert.deepEqual(await readdir(temporary), []);
  });

  test("says how to begin in an empty folder, and what it says works", async () => {
    const directory = await space.folder({});
    const { gibbon, url } = await space.dev([directory]);
    await gibbon.printing("Try: curl");
    const said = gibbon.stdout();
    assert.match(said, /: none; requests go to an echo/);
    const [, file = "", text = ""] = /Save this as (\S+), [^\n]*\n\n([^]*?)\n\nTry: /.exec(said) ??
      [];
    await replaceFile(file, text);
    const response = await fetch(url);
    await response.arrayBuffer();
    assert.equal(response.headers.get("x-hello"), "world");
  });

  test("says that requests go where gibbon.dev.json has them go", async () => {
    const upstream = "http://127.0.0.1:9/base";
    const directory = await space.folder({ "gibbon.dev.json": JSON.stringify({ upstream }) });
    const { gibbon } = await space.dev([directory]);
    await gibbon.printing(`requests go to ${upstream}`);
  });

  test("takes changes of plugins, of what they import and of gibbon.dev.json", async () => {
    const directory = await space.folder({ "greeter.ts": plugin("hello"), "shout.ts": SHOUT });
    const { url } = await space.dev([directory]);
    assert.equal(await greeting(url), "HELLO NOBODY");
    await replaceFile(join(directory, "greeter.ts"), plugin("goodbye"));
    await until(async () => await greeting(url) === "GOODBYE NOBODY");
    await replaceFile(join(directory, "shout.ts"), SHOUT.replace("toUpperCase", "toLowerCase"));
    await until(async () => await greeting(url) === "goodbye nobody");
    const config = { plugins: { greeter: { config: { who: "you" } } } };
    await replaceFile(join(directory, "gibbon.dev.json"), JSON.stringify(config));
    await until(async () => await greeting(url) === "goodbye you");
  });

  test("says what is wrong with gibbon.dev.json after an edit, and loads the plugins", async () => {
    const directory = await space.folder({ "greeter.ts": plugin("hello"), "shout.ts": SHOUT });
    const { gibbon, url } = await space.dev([directory]);
    await replaceFile(join(directory, "gibbon.dev.json"), "{ plugins");
    await gibbon.saying(/with those before[^]*gibbon\.dev\.json is no JSON/);
    await replaceFile(join(directory, "greeter.ts"), plugin("goodbye"));
    await until(async () => await greeting(url) === "GOODBYE NOBODY");
    assert.doesNotMatch(gibbon.stderr(), /could not be loaded again/);
  });

  test("takes kong.yml, its edits, and none that Kong would refuse", async () => {
    const directory = await space.folder({
      "greeter.ts": plugin("hello"),
      "shout.ts": SHOUT,
      "gibbon.dev.json": '{ "upstream": "http://127.0.0.1:1" }',
    });
    const kong = (who: string) =>
      `_format_version: "3.0"\nservices:\n- url: http://echo.invalid\n  routes:\n  - paths: [/a]\n` +
      `plugins:\n- name: greeter\n  config:\n    who: ${who}\n`;
    const file = join(await space.folder({ "kong.yml": kong("you") }), "kong.yml");
    const { gibbon, url } = await space.dev([directory, "--kong-config", file]);
    assert.match(gibbon.stdout(), /requests go to the services of .*kong\.yml/);
    assert.match(gibbon.stdout(), /Try: curl -i http:\S+\/a$/m);
    assert.match(gibbon.stderr(), /gibbon\.dev\.json says of upstream does not count/);
    assert.equal(await greeting(`${url}/a`), "HELLO YOU");
    assert.equal((await fetch(`${url}/b`)).status, 404);
    await replaceFile(file, kong("all"));
    await until(async () => await greeting(`${url}/a`) === "HELLO ALL");
    await replaceFile(file, kong("7"));
    await gibbon.saying(/plugins\[0\]\.config\.who \(line 9\)/);
    assert.equal(await greeting(`${url}/a`), "HELLO ALL");
    await replaceFile(file, kong("none").replace("/a", "a"));
    await gibbon.saying(/services\[0\]\.routes\[0\]\.paths\[0\] \(line 5\)/);
    assert.equal(await greeting(`${url}/a`), "HELLO ALL");
    const { code, stderr } = await runGibbon(["dev", directory, "--kong-config", file]);
    assert.equal(code, 1);
    assert.match(stderr, /OPTION_INVALID: .*kong\.yml is not right: .*paths\[0\] \(line 5\)/);
  });

  test("keeps a plugin that is broken by an edit as it was, and says so", async () => {
    const directory = await space.folder({ "greeter.ts": plugin("hello"), "shout.ts": SHOUT });
    const { gibbon, url } = await space.dev([directory]);
    await replaceFile(join(directory, "greeter.ts"), "export default {{{");
    await gibbon.saying("PLUGIN_BROKEN");
    assert.equal(await greeting(url), "HELLO NOBODY");
    await replaceFile(join(directory, "greeter.ts"), plugin("again"));
    await until(async () => await greeting(url) === "AGAIN NOBODY");
  });

  test("says what is wrong with its options and its directory", async () => {
    const wrong: [string[], RegExp][] = [
      [["dev", "/nowhere"], /PLUGIN_DIRECTORY.*nowhere/],
      [["dev", ".", "--port", "99999"], /--port/],
      [["dev", ".", "--upstream", "not a url"], /--upstream/],
      [["dev", ".", "--kong-config", "/nowhere/kong.yml"], /\/nowhere\/kong\.yml.*no such file/],
      [
        ["dev", ".", "--kong-config", "kong.yml", "--upstream", "http://a"],
        /--upstream and --kong-config/,
      ],
    ];
    for (const [args, expected] of wrong) {
      const { code, stderr } = await runGibbon(args);
      assert.equal(code, 1);
      assert.match(stderr, expected);
    }
    const directory = await space.folder({ "gibbon.dev.json": `{"plugins": 7}` });
    const { code, stderr } = await runGibbon(["dev", directory]);
    assert.equal(code, 1);
    assert.match(stderr, /gibbon\.dev\.json.*plugins/s);
  });
});

describe("gibbon serve --watch", () => {
  test("gives new instances the new code, and leaves old ones theirs", async () => {
    const directory = await space.folder({ "greeter.ts": plugin("hello"), "shout.ts": SHOUT });
    const socket = join(await space.folder({}), "s.sock");
    const args = ["serve", "--plugins-directory", directory, "--socket", socket, "--watch"];
    const gibbon = space.gibbon(args);
    await gibbon.saying("serving plugins");
    const client = await SocketClient.connect(socket);
    const asked = async (id: number) => {
      const { EventId, Data } = await client.event(id);
      await client.step(EventId);
      return (Data as { Args: string[] }).Args[1];
    };
    const old = await client.start("greeter");
    assert.equal(await asked(old), "HELLO NOBODY");
    await replaceFile(join(directory, "greeter.ts"), plugin("bye"));
    await gibbon.saying("loaded again");
    assert.equal(await asked(await client.start("greeter")), "BYE NOBODY");
    assert.equal(await asked(old), "HELLO NOBODY");
    await rm(join(directory, "greeter.ts"));
    await until(async () =>
      (await client.request("plugin.GetPluginInfo", "greeter")).error !== null
    );
    assert.equal(await asked(old), "HELLO NOBODY");
  });
});
