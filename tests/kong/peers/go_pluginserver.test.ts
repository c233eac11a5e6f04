// gibbon beside go-pluginserver 0.6.1, over MsgPack:1: the same plugin, asked the same, answers the same.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { decode } from "../../../src/wire/msgpack/codec.ts";
import { gibbonCommand, makeFolder, runGibbon } from "../../support/gibbon.ts";
import { goBuild } from "../../support/go.ts";
import { RUNS_ON_NODE_ALONE } from "../../support/once.ts";
import { runProcess } from "../../support/process.ts";
import { SocketClient } from "../support/rpc_client.ts";
import {
  parseDump,
  type Peer,
  startPeer,
  TOUR_CONFIG,
  TOUR_FOLDER,
  tourAnswers,
  TOURS,
} from "./tour.ts";

const work = await makeFolder();
const plugins = join(work.path, "plugins");
const program = join(work.path, "go-pluginserver");
// Its MessagePack library reaches into Go's own memory, which looks otherwise by now, unless told not to.
const flags = ["-tags=safe"];
const module = new URL("go_pluginserver", import.meta.url);
const missing = RUNS_ON_NODE_ALONE ??
  await goBuild(module, [...flags, "-o", program, "github.com/Kong/go-pluginserver"]) ??
  await goBuild(module, [...flags, "-buildmode=plugin", "-o", join(plugins, "tour.so"), "./tour"]);

/** The kinds of Step that Kong has for results which are tables. */
const STEPS: Readonly<Record<string, string>> = {
  "kong.request.get_query": "plugin.StepMultiMap",
  "kong.request.get_headers": "plugin.StepMultiMap",
  "kong.client.get_consumer": "plugin.StepConsumer",
};

interface Said {
  readonly Method: string;
  readonly Args: readonly unknown[] | null;
}

interface Dump {
  readonly Phases: readonly string[];
  readonly [key: string]: unknown;
}

/** The calls that the plugin makes, and how it ended. */
async function conversation(client: SocketClient, phase: string, path: string) {
  const said: unknown[] = [];
  const id = await client.start("tour", TOUR_CONFIG);
  let { EventId, Data } = await client.event(id, phase);
  while (typeof Data !== "string") {
    const { Method, Args: given } = Data as Said;
    // Go's nil stands for no arguments.
    const Args = given ?? [];
    // gibbon says up to which size a body may be read from a file; without it Kong 3 breaks off.
    said.push(Method === "kong.request.get_raw_body" ? { Method } : { Method, Args });
    if (Method === "kong.response.exit") return said;
    const answer = Args[0] === "host" ? "example.test" : tourAnswers(path)[Method];
    const step = answer === undefined ? { EventId } : { EventId, Data: answer };
    ({ Data } = await client.result(STEPS[Method] ?? "plugin.Step", step));
  }
  return [...said, Data];
}

// The reason is in the title because Bun and Deno do not print that of a skip.
if (missing !== undefined) {
  test(missing, { skip: true }, () => {});
  await work.remove();
} else describe("go-pluginserver and gibbon", compare);

function compare(): void {
  const peers: Peer[] = [];
  let theirs: SocketClient;
  let ours: SocketClient;
  before(async () => {
    const args = ["-kong-prefix", work.path, "-plugins-directory"];
    const ourFolder = join(work.path, "ours");
    await mkdir(ourFolder);
    peers.push(
      await startPeer([program, ...args, plugins], join(work.path, "go_pluginserver.sock")),
      await startPeer(
        [...gibbonCommand(), "-kong-prefix", ourFolder, "-plugins-directory", TOUR_FOLDER],
        join(ourFolder, "go_pluginserver.sock"),
      ),
    );
    theirs = await SocketClient.connect(peers[0]!.socket);
    ours = await SocketClient.connect(peers[1]!.socket);
  });
  after(async () => {
    theirs?.leave();
    ours?.leave();
    for (const peer of peers) await peer.stop();
    await work.remove();
  });

  for (const [phase, path] of TOURS) {
    test(`make the same calls in ${phase} of ${path}`, async () => {
      const expected = await conversation(theirs, phase, path);
      assert.ok(expected.length > 0);
      assert.deepEqual(await conversation(ours, phase, path), expected);
    });
  }

  test("tell their process when a connection begins", () => {
    for (const client of [theirs, ours]) {
      const [name, pid] = client.notifications[0] as unknown[];
      assert.deepEqual([name, typeof pid], ["serverPid", "number"]);
    }
  });

  test("refuse an instance that is not there", async () => {
    for (const client of [theirs, ours]) {
      const gone = { InstanceId: 123_456, EventName: "access" };
      const event = await client.request("plugin.HandleEvent", gone);
      assert.match(String(event.error), /no plugin instance 123456/i);
    }
  });

  test("differ for a step of no event: theirs lets the request pass, ours stops it", async () => {
    const step = (client: SocketClient) => client.request("plugin.Step", { EventId: 98_765 });
    assert.match(String((await step(theirs)).error), /No running event 98765/);
    const { error, result } = await step(ours);
    assert.equal(error, null);
    const { Method, Args } = (result as { Data: Said }).Data;
    assert.deepEqual([Method, Args?.[0]], ["kong.response.exit", 500]);
  });

  test("dump the same, of all plugins and of one", async () => {
    const folders = [plugins, TOUR_FOLDER] as const;
    const all = ["-dump-all-plugins", "-plugins-directory"];
    const one = ["-dump-plugin-info", "tour", "-plugins-directory"];
    // Theirs have no times, and the phases are in any order.
    const sorted = ({ Phases, ModTime: _mod, LoadTime: _load, ...dump }: Dump) => {
      return { ...dump, Phases: Phases.toSorted() };
    };
    const theirAll = JSON.parse((await runProcess([program, ...all, folders[0]])).stdout);
    const ourAll = parseDump((await runGibbon([...all, folders[1]])).stdout);
    assert.deepEqual(ourAll.map(sorted), theirAll.map(sorted));
    const theirOne = decode((await runProcess([program, ...one, folders[0]])).bytes) as Dump;
    const ourOne = decode((await runGibbon([...one, folders[1]])).bytes);
    assert.deepEqual(sorted(parseDump(JSON.stringify(ourOne))), sorted(theirOne));
  });
}
