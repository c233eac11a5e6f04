// A debugger at gibbon dev and gibbon serve: it stops at a line of a TypeScript plugin.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { SocketClient } from "../kong/support/rpc_client.ts";
import { DebuggerClient } from "../support/debugger_client.ts";
import { runGibbon, type Started } from "../support/gibbon.ts";
import { useWorkspace } from "../support/workspace.ts";

const PLUGIN = `import { definePlugin } from "gibbon";

interface Config {
  readonly prefix?: string;
}

/* What types take room for is not there any more when it runs. */
type Text = string;

export default definePlugin({
  version: "1.0.0",
  async access(kong, _config: Config) {
    const path: Text = await kong.request.getPath();
    await kong.response.setHeader("x-path", path);
  },
});
`;
const LINE = 14;

const space = useWorkspace();

/** The URL for a debugger, as the process prints it. */
async function debuggerUrl(gibbon: Started): Promise<string> {
  const said = /Debugger listening on (ws:\S+)/;
  await gibbon.saying(said);
  return said.exec(gibbon.stderr())![1]!;
}

const ANYWHERE = ["--inspect-address", "127.0.0.1:0"];

describe("a debugger", () => {
  test("stops dev at a line of a plugin, as long as it likes", async () => {
    const plugins = await space.folder({ "one.ts": PLUGIN });
    const { gibbon, url } = await space.dev([plugins, "--inspect", ...ANYWHERE]);
    const client = await DebuggerClient.attach(await debuggerUrl(gibbon));
    space.later(() => client.close());
    await client.stopAt(/\/one\.ts/, LINE);
    const answer = fetch(`${url}/hello`);
    const paused = await client.paused();
    assert.match(paused.url, /\/one\.ts/);
    assert.equal(await paused.evaluate("path"), "/hello");
    await paused.resume();
    assert.equal((await answer).headers.get("x-path"), "/hello");
    gibbon.signal("SIGINT");
    assert.equal((await gibbon.ended).code, 0, gibbon.stderr());
    assert.ok(!gibbon.stderr().includes("blocked the process"), gibbon.stderr());
  });

  test("is waited for by --inspect-brk before plugins are loaded", async () => {
    const folder = await space.folder({
      "plugins/one.ts": `${PLUGIN}console.error("one is loaded");\n`,
    });
    const gibbon = space.gibbon([
      "serve",
      ...["--plugins-directory", join(folder, "plugins"), "--socket", join(folder, "s")],
      ...["--inspect-brk", ...ANYWHERE],
    ]);
    const url = await debuggerUrl(gibbon);
    // What does not wait has loaded it by then. Deno goes on as soon as a debugger is there.
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.ok(!gibbon.stderr().includes("one is loaded"), gibbon.stderr());
    const client = await DebuggerClient.attach(url);
    space.later(() => client.close());
    await client.letGo();
    await gibbon.saying("serving plugins");
    assert.ok(gibbon.stderr().includes("one is loaded"), gibbon.stderr());

    await client.stopAt(/\/one\.ts/, LINE);
    const kong = await SocketClient.connect(join(folder, "s"));
    const { EventId } = await kong.event(await kong.start("one", {}));
    const set = kong.step(EventId, "/there");
    const paused = await client.paused();
    assert.equal(await paused.evaluate("path"), "/there");
    await paused.resume();
    assert.deepEqual(await set, { Method: "kong.response.set_header", Args: ["x-path", "/there"] });
    kong.leave();
  });
});

test("what keeps a debugger out is said, with what to do", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  space.later(() => new Promise((resolve) => taken.close(resolve)));
  const { port } = taken.address() as AddressInfo;
  const folder = await space.folder({ "one.ts": PLUGIN });
  const serve = [
    "serve",
    "--plugins-directory",
    folder,
    "--socket",
    join(folder, "s"),
    "--inspect",
  ];
  const FAILING = [
    [["--inspect-address", "x/y"], /--inspect-address: x\/y is no address\n.*HOST:PORT/],
    [["--workers", "2"], /--inspect and --workers go not together\n.*Leave --workers out/],
    [["--inspect-address", String(port)], /No debugger can be attached at 127\.0\.0\.1:\d+/],
  ] as const;
  for (const [more, said] of FAILING) {
    const { code, stderr } = await runGibbon([...serve, ...more]);
    assert.equal(code, 1);
    assert.match(stderr, said);
  }
});
