// The older way of Kong 2.x, go_pluginserver_exe set to gibbon: its whole life, with Kong's part
// acted out, and with bytes that Kong 2.8's own client sent.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { connected, KongHost } from "../support/kong_host.ts";
import { fromHex } from "../../support/pieces.ts";
import { runProcess } from "../../support/process.ts";
import { PROGRAMS } from "../support/programs.ts";
import { useWorkspace } from "../../support/workspace.ts";
import { readRecordings } from "../support/recordings.ts";
import { SocketClient } from "../support/rpc_client.ts";

/** The plugin that the recordings name, as one for Kong's JavaScript server. */
const SIM = `
class Plugin {
  constructor(config) { this.config = config; }
  async access(kong) {
    const { message, array_of_int, unicode } = this.config;
    let protocol;
    try {
      protocol = await kong.client.getProtocol();
    } catch (error) {
      protocol = "failed: " + error.message;
    }
    await kong.response.setHeader("x-sim", [message, array_of_int.length, unicode, protocol].join());
  }
}
module.exports = { Plugin, Version: "1.0.0", Priority: 3, Schema: [{ message: { type: "string" } }] };
`;
const GUARD = `
import { definePlugin } from "gibbon";
export default definePlugin({
  access(kong) { kong.response.exit(403, { message: "no" }); },
});
`;
const BROKEN = "export default {(";
const FILES = {
  "plugins/sim.js": SIM,
  "plugins/guard.ts": GUARD,
  "plugins/broken.ts": BROKEN,
};

const recorded = readRecordings("msgpack-2.8").find(({ name }) => name === "01-start-instance")!;
/** StartInstance of `sim`, as Kong 2.8 sent it. */
const START_BYTES = fromHex(recorded.frames.find(({ dir }) => dir === "kong->server")!.hex!);
const UNICODE = recorded.plugin_conf.unicode;

const space = useWorkspace();

/** A folder that is Kong's prefix, with the plugins in it. */
const prefix = () => space.folder(FILES);

/** Kong 2.8 with gibbon as its go-pluginserver. */
function kong28(folder: string, executable: string): KongHost {
  const settings = {
    prefix: folder,
    plugins: "bundled,sim,guard",
    go_pluginserver_exe: executable,
    go_plugins_dir: join(folder, "plugins"),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  const kong = new KongHost(lines.join(""), "2.8");
  space.later(() => kong.stop());
  return kong;
}

/** Sends Kong's own StartInstance; gives the instance's id. */
async function startRecorded(client: SocketClient): Promise<number> {
  const position = client.answers.length;
  client.feed([START_BYTES]);
  const { error, result } = await client.answer(position);
  assert.equal(error, null);
  const { Id, Name } = result as { Id: number; Name: string };
  assert.equal(Name, "sim");
  return Id;
}

for (const { what, skip, path } of PROGRAMS) {
  describe(`${what} as the go-pluginserver of Kong 2.x`, () => {
    test("says of each plugin what Kong reads when it starts", { skip }, async () => {
      const folder = await prefix();
      const served = await kong28(folder, await path(folder)).query();
      assert.deepEqual(served.map(({ info }) => [info.Name, info.Version, info.Priority]), [
        ["sim", "1.0.0", 3],
        ["guard", "0.1.0", 0],
      ]);
      const [{ info, socket }] = served as [typeof served[0]];
      assert.deepEqual(info.Phases, ["access"]);
      const config = { type: "record", fields: [{ message: { type: "string" } }] };
      assert.deepEqual(info.Schema, { name: "sim", fields: [{ config }] });
      assert.equal(socket, join(folder, "go_pluginserver.sock"));
    });

    test("fails for a plugin that it does not have, and prints nothing", { skip }, async () => {
      const folder = await prefix();
      const executable = await path(folder);
      for (const name of ["nobody", "broken"]) {
        const args = ["-plugins-directory", join(folder, "plugins"), "-dump-plugin-info", name];
        const { stdout, code } = await runProcess([executable, ...args]);
        assert.equal(code, 1);
        assert.equal(stdout, "");
      }
      const version = await runProcess([executable, "-version"]);
      assert.match(version.stdout, /^Version: .*\nRuntime Version: /);
    });

    test("lives a whole life: start, instance, events, an error, a crash, stop", {
      skip,
    }, async () => {
      const folder = await prefix();
      const kong = kong28(folder, await path(folder));
      const [{ info, socket } = assert.fail()] = await kong.query();
      kong.start();
      const client = await connected(() => SocketClient.connect(socket));
      const status = await client.result("plugin.GetStatus");
      assert.ok((status.Pid as number) > 1);
      assert.deepEqual(Object.keys(status.Plugins as object).sort(), ["guard", "sim"]);
      const directory = join(folder, "plugins");
      assert.equal(await client.result("plugin.SetPluginDir", directory), "ok");
      const { LoadTime, ...again } = await client.result("plugin.GetPluginInfo", "sim");
      const { LoadTime: _before, ...before } = info as unknown as Record<string, unknown>;
      assert.deepEqual(again, before);
      assert.ok((LoadTime as number) > 0);

      const id = await startRecorded(client);
      assert.equal((await client.result("plugin.InstanceStatus", id)).Name, "sim");
      const { EventId, Data } = await client.event(id);
      assert.deepEqual(Data, { Method: "kong.client.get_protocol", Args: [] });
      const set = (protocol: string) => ({
        Method: "kong.response.set_header",
        Args: ["x-sim", `hi,3,${UNICODE},${protocol}`],
      });
      // Kong takes any free connection for a step.
      const other = await SocketClient.connect(socket);
      assert.deepEqual(await other.step(EventId, "https"), set("https"));
      assert.equal(await client.step(EventId), "ret");

      const failing = await client.event(id);
      const error = { EventId: failing.EventId, Data: "No active route found" };
      const { Data: after } = await client.result("plugin.StepError", error);
      const [, text] = (after as { Args: string[] }).Args;
      assert.match(text!, /failed: .*No active route found/);
      assert.equal(await client.step(failing.EventId), "ret");

      const guarded = await client.event(await client.start("guard"));
      assert.equal((guarded.Data as { Method: string }).Method, "kong.response.exit");

      const [[, firstPid]] = client.notifications as [[string, number]];
      await kong.kill();
      const next = await connected(() => SocketClient.connect(socket));
      const { error: unknown } = await next.request("plugin.HandleEvent", {
        InstanceId: id,
        EventName: "access",
      });
      assert.match(String(unknown), /No plugin instance/);
      const [[label, pid]] = next.notifications as [[string, number]];
      assert.equal(label, "serverPid");
      assert.notEqual(pid, firstPid);
      const later = await next.event(await startRecorded(next));
      assert.deepEqual(await next.step(later.EventId, "http"), set("http"));
      assert.equal(await next.step(later.EventId), "ret");
      const closed = await next.result("plugin.CloseInstance", await startRecorded(next));
      assert.equal(closed.Name, "sim");
      next.leave();
      other.leave();

      await kong.stop();
      assert.equal(kong.starts, 2);
      assert.equal(existsSync(socket), false);
    });

    test("ends when Kong's worker is gone without a word", { skip }, async () => {
      const folder = await prefix();
      const mark = join(folder, "mark");
      await writeFile(mark, "");
      const line = [await path(folder), "-kong-prefix", folder, "-plugins-directory"]
        .concat(join(folder, "plugins")).map((word) => `'${word}'`).join(" ");
      // The shell is the worker; it goes as soon as the mark is gone.
      const script = `${line} & while [ -e '${mark}' ]; do sleep 0.02; done`;
      const worker = space.start(["sh", "-c", script]);
      const socket = join(folder, "go_pluginserver.sock");
      const client = await connected(() => SocketClient.connect(socket));
      await client.result("plugin.GetStatus");
      await rm(mark);
      // gibbon has the worker's stdout: it is closed when both are gone.
      await worker.ended;
      client.leave();
      assert.equal(existsSync(socket), false);
    });
  });
}
