// gibbon beside Kong's own JavaScript server: the same plugins, asked the same, answer the same.
// Slow: npm installs Kong's server each time.
import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { installKongJs } from "../../../scripts/bench/kong_js.ts";
import { gibbonCommand, makeFolder, runGibbon } from "../../support/gibbon.ts";
import { RUNS_ON_NODE_ALONE } from "../../support/once.ts";
import { canRun, runProcess } from "../../support/process.ts";
import { KONG_JS_PLUGINS } from "../support/kong_js_plugins.ts";
import { SocketClient } from "../support/rpc_client.ts";
import { type Peer, startPeer } from "./tour.ts";

/** Why it cannot be compared; undefined if it can. It needs Node, and comparing once is enough. */
const missing = RUNS_ON_NODE_ALONE ??
  (await canRun(["npm", "--version"])
    ? undefined
    : "npm is missing, which installs Kong's JavaScript server");

/** How Kong answers the calls of an event, by method. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  "kong.request.get_header": "example.test",
  "kong.request.get_method": "POST",
  "kong.request.get_path": "/count",
  "kong.request.get_raw_body": "as text, as Kong 2 sends it",
  "kong.response.get_source": "service",
  "kong.response.get_status": 201,
  "kong.service.response.get_raw_body": "the body",
};

/** The calls that a plugin makes in a phase. A call that ends the request is the last. */
async function conversation(client: SocketClient, plugin: string, phase: string) {
  const calls: unknown[] = [];
  const id = await client.start(plugin, { message: "hey" });
  let { EventId, Data } = await client.event(id, phase);
  while (Data !== "ret") {
    const { Method, Args } = Data as { Method: string; Args: unknown[] };
    // gibbon says up to which size a body may be read from a file; without it Kong 3 breaks off.
    if (Method === "kong.request.get_raw_body") calls.push({ Method });
    else calls.push(...eachByItself(Method, Args));
    if (Method === "kong.response.exit") break;
    Data = await client.step(EventId, ANSWERS[Method]);
  }
  return calls;
}

/** gibbon sets several headers with one call where Kong's server makes several: decision 028. */
function eachByItself(Method: string, Args: unknown[]): unknown[] {
  if (Method !== "kong.response.set_headers") return [{ Method, Args }];
  return Object.entries(Args[0] as Record<string, unknown>)
    .map((header) => ({ Method: "kong.response.set_header", Args: header }));
}

const CASES: readonly [plugin: string, phase: string][] = [
  ["stamp", "access"],
  ["stamp", "log"],
  ["farewell", "access"],
  ["shout", "access"],
  ["shout", "response"],
  ["counter", "access"],
];

// The reason is in the title because Bun and Deno do not print that of a skip.
if (missing !== undefined) test(missing, { skip: true }, () => {});
else {describe("Kong's JavaScript server and gibbon", () => {
    let plugins: Awaited<ReturnType<typeof makeFolder>>;
    let work: Awaited<ReturnType<typeof makeFolder>>;
    let script = "";
    let theirs: SocketClient;
    let ours: SocketClient;
    const peers: Peer[] = [];

    before(async () => {
      // Their TypeScript compiler wants the types that a plugin names to be there; ours does not look.
      const { "typed.ts": _typed, ...files } = KONG_JS_PLUGINS;
      plugins = await makeFolder(files);
      work = await makeFolder();
      script = await installKongJs(work.path);
      const js = [process.execPath, script, "-d", plugins.path, "-p", work.path];
      const socket = join(work.path, "ours.sock");
      const serve = ["serve", "--plugins-directory", plugins.path, "--socket", socket];
      peers.push(
        await startPeer(js, join(work.path, "js_pluginserver.sock")),
        await startPeer([...gibbonCommand(), ...serve], socket),
      );
      theirs = await SocketClient.connect(peers[0]!.socket);
      ours = await SocketClient.connect(peers[1]!.socket);
    });
    after(async () => {
      theirs?.leave();
      ours?.leave();
      for (const peer of peers) await peer.stop();
      await plugins?.remove();
      await work?.remove();
    });

    for (const [plugin, phase] of CASES) {
      test(`have the same conversation with ${plugin} in ${phase}`, async () => {
        const expected = await conversation(theirs, plugin, phase);
        assert.ok(expected.length > 0);
        assert.deepEqual(await conversation(ours, plugin, phase), expected);
      });
    }

    test("outlive gibbon doctor, which knows the one from the other", async () => {
      const sockets = { theirs: "js_pluginserver.sock", ours: "ours.sock" };
      const look = async (socket: string) => {
        const { code, stdout } = await runGibbon(["doctor", "--socket", join(work.path, socket)]);
        assert.equal(code, 0, stdout);
        return stdout;
      };
      assert.match(await look(sockets.theirs), /it is not this gibbon[\s\S]*it runs .*stamp/);
      assert.match(await look(sockets.ours), /it answers MsgPack:1 and ProtoBuf:1/);
      await theirs.result("plugin.GetStatus");
      await (await SocketClient.connect(join(work.path, sockets.theirs))).result(
        "plugin.GetStatus",
      );
    });

    test("dump the same", async () => {
      const args = ["-d", plugins.path, "--dump-all-plugins"];
      const { stdout } = await runProcess([process.execPath, script, ...args]);
      const sorted = (text: string) =>
        (JSON.parse(text) as { Name: string; Phases: string[] }[])
          .map((dump) => ({ ...dump, Phases: dump.Phases.sort() }))
          .sort((a, b) => a.Name.localeCompare(b.Name));
      assert.deepEqual(sorted((await runGibbon(args)).stdout), sorted(stdout));
    });
  });}
