// Plugins in the shapes of Kong's JavaScript server, unchanged, on real requests.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFolder, runGibbon, type Started, startGibbon } from "../support/gibbon.ts";
import { KONG_JS_PLUGINS } from "../kong/support/kong_js_plugins.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
let gibbon: Started;
let url = "";

before(async () => {
  folder = await makeFolder({
    ...KONG_JS_PLUGINS,
    "gibbon.dev.json": `{ "plugins": { "stamp": { "config": { "message": "for" } } } }`,
  });
  gibbon = startGibbon(["dev", folder.path, "--port", "0"]);
  while (!url) {
    assert.equal(gibbon.child.exitCode, null, gibbon.stderr());
    url = /http:\/\/[\d.]+:\d+/.exec(gibbon.stdout())?.[0] ?? "";
    await sleep(10);
  }
});
after(async () => {
  gibbon.signal("SIGTERM");
  await gibbon.ended;
  await folder.remove();
});

describe("plugins for Kong's JavaScript server", () => {
  test("are all found, without a problem", async () => {
    const { code, stdout } = await runGibbon(["check", folder.path]);
    assert.equal(code, 0, stdout);
    for (const name of ["stamp", "farewell", "typed", "shout", "counter"]) {
      assert.match(stdout, new RegExp(`^${name} `, "m"));
    }
  });

  test("run in the order of their priority, with both kinds of names", async () => {
    const response = await fetch(`${url}/hello`, { method: "POST", body: "quiet please" });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    assert.equal(response.headers.get("x-stamp"), `for ${new URL(url).host}`);
    assert.equal(response.headers.get("x-kind"), "number");
    assert.equal(response.headers.get("x-farewell"), "farewell");
    assert.equal(response.headers.get("x-typed"), "was POST");
    assert.match(text, /^upstream said \d+: \{/);
    const echoed = JSON.parse(text.replace(/^upstream said \d+: /, ""));
    assert.equal(echoed.body, "QUIET PLEASE");
    assert.deepEqual(echoed.query, { shouted: "yes" });
  });

  test("may end a request with a table, using a package of their own", async () => {
    const response = await fetch(`${url}/count`);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { letters: 6 });
  });
});
