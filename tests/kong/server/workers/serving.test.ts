// gibbon serve --workers: several processes that are one server to Kong.
// Slow: 6 servers of three processes each; what does not change a server shares one.
import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import * as messages from "../../../../src/kong/protocol/protobuf/generated/messages.ts";
import { runGibbon } from "../../../support/gibbon.ts";
import { useWorkspace } from "../../../support/workspace.ts";
import { Kong, Line } from "../../support/mixed_kong.ts";
import { stopsRequest } from "../../support/rpc_client.ts";
import { ProtobufClient } from "../../support/protobuf_client.ts";
import { runWho, until, versionFile, whoFiles, whoOf, WorkerServer } from "./support.ts";

const ASKING = `
import { definePlugin } from "gibbon";

export default definePlugin({
  name: "asking",
  version: "1.0.0",
  priority: 1,
  async access(kong) {
    await kong.request.getMethod();
  },
});
`;

const space = useWorkspace();
const serve = (...more: string[]) => WorkerServer.start(space, ...more);

describe("a server of two workers", () => {
  // One server for all: none of them changes it, and each start is that of three processes.
  const suite = useWorkspace("the suite");
  let server: WorkerServer;
  before(async () => {
    server = await WorkerServer.start(suite);
  });

  test("has each instance in both, and closes it in both", async () => {
    const starter = await server.connect();
    const instance = await starter.start("who", { tag: "here" });
    const [one, other] = await server.connectBoth(instance);
    assert.equal((await runWho(one.client, instance)).tag, "here");
    assert.equal((await runWho(other.client, instance)).tag, "here");
    assert.notEqual(one.pid, server.gibbon.pid);

    await one.client.result("plugin.CloseInstance", instance);
    const { error } = await other.client.request("plugin.HandleEvent", {
      InstanceId: instance,
      EventName: "access",
    });
    assert.match(String(error), /no plugin instance/i);
  });

  test("is one process with one number to Kong", async () => {
    const instance = await (await server.connect()).start("who");
    const [one, other] = await server.connectBoth(instance);
    for (const { client } of [one, other]) {
      assert.equal((await client.result("plugin.GetStatus")).Pid, server.gibbon.pid);
    }
    assert.deepEqual(one.client.notifications, other.client.notifications);
    assert.equal(one.client.notifications.length, 1);
  });

  test("gives out no id twice", async () => {
    const instance = await (await server.connect()).start("who");
    const ids: number[] = [];
    for (const { client } of await server.connectBoth(instance)) {
      for (let i = 0; i < 50; i++) ids.push((await client.event(instance)).EventId);
    }
    assert.equal(new Set(ids).size, 100);
  });

  test("takes a step to its event, whichever worker it comes in at", async () => {
    const instance = await (await server.connect()).start("who");
    const [one, other] = await server.connectBoth(instance);
    const { EventId, Data } = await one.client.event(instance);
    assert.deepEqual(Data, { Method: "kong.request.get_header", Args: ["x-say"] });

    const who = whoOf(await other.client.step(EventId, "from the other side"));
    assert.deepEqual(who, {
      pid: one.pid,
      version: "one",
      tag: "none",
      said: "from the other side",
    });
    assert.equal(await one.client.step(EventId), "ret");
    assert.ok(stopsRequest(await other.client.step(EventId)));
    assert.match(server.gibbon.stderr(), /the client's request is stopped: .*code=NO_EVENT/);
  });

  test("takes an error to its event, which then stops the request", async () => {
    const instance = await (await server.connect()).start("who");
    const [one, other] = await server.connectBoth(instance);
    const { EventId } = await one.client.event(instance);
    const { Data } = await other.client.result("plugin.StepError", { EventId, Data: "no header" });
    assert.equal((Data as { Method: string }).Method, "kong.response.exit");
  });

  test("keeps bytes on the way that are no text", async () => {
    const instance = await (await server.connect()).start("who");
    const [one, other] = await server.connectBoth(instance);
    const { EventId } = await one.client.event(instance);
    const said = whoOf(await other.client.step(EventId, "käse \u{1f9c0}")).said;
    assert.equal(said, "käse \u{1f9c0}");
  });

  test("serves ProtoBuf:1 on the same socket, in both", async () => {
    const instance = await (await server.connect()).start("who", { tag: "both" });
    const pids = new Set<string>();
    const clients: ProtobufClient[] = [];
    while (pids.size < 2) {
      const client = await ProtobufClient.connect(server.socket);
      clients.push(client);
      const sequence = client.handle(instance);
      assert.equal((await client.call()).method, "kong.request.get_header");
      client.answer(messages.String.encode({ v: "hi" }).finish());
      const { v } = messages.KV.decode((await client.call()).args);
      const text = new TextDecoder().decode(v?.kind?.value as Uint8Array);
      client.answer();
      assert.equal(await client.turn(), sequence);
      assert.match(text, /^\d+ one both hi$/);
      pids.add(text.split(" ")[0]!);
    }
    for (const client of clients) client.leave();
  });
});

describe("another server of two workers", () => {
  test("has none where one worker could not start it", async () => {
    const server = await serve();
    const client = await server.connect();
    const { error } = await client.request("plugin.StartInstance", {
      Name: "who",
      Config: JSON.stringify({ tag: "refused" }),
    });
    assert.match(String(error), /not wanted/);
    const instance = await client.start("who");
    for (const { client } of await server.connectBoth(instance)) {
      const { Plugins } = await client.result("plugin.GetStatus");
      const { who } = Plugins as { who: { Instances: { Id: number }[] } };
      assert.deepEqual(who.Instances.map(({ Id }) => Id), [instance]);
    }
  });

  test("speaks both protocols on one connection in turn, in both", async () => {
    const server = await WorkerServer.launch(space, { "asking.ts": ASKING });
    await server.gibbon.saying("serving plugins");
    const lines = await Promise.all(Array.from({ length: 8 }, () => Line.connect(server.socket)));
    const kongs = lines.map((line) => new Kong(line));
    const instance = (await kongs[0]!.ask("plugin.StartInstance", { Name: "asking", Config: "{}" }))
      .Id as number;
    await Promise.all(kongs.map(async (kong) => {
      for (const protocol of "mpmppmmmppmp") {
        if (protocol === "m") await kong.msgpackEvent(instance);
        else await kong.protobufEvent(instance);
      }
      assert.equal(kong.greetings, 1);
      kong.line.leave();
    }));
    assert.doesNotMatch(server.gibbon.stderr(), /\[(warn|error)\]/);
  });

  test("lets changed files take effect in both", async () => {
    const server = await serve("--watch");
    const client = await server.connect();
    const before = await client.start("who");
    await writeFile(join(server.directory, "lib/version.ts"), versionFile("two"));
    await server.gibbon.saying("plugins were loaded again");
    const after = await client.start("who");
    for (const { client } of await server.connectBoth(before)) {
      assert.equal((await runWho(client, before)).version, "one");
      assert.equal((await runWho(client, after)).version, "two");
    }
  });
});

describe("the end of a server of two workers", () => {
  test("waits for the events of both, and takes steps until then", async () => {
    const server = await serve();
    const instance = await (await server.connect()).start("who");
    const [one, other] = await server.connectBoth(instance);
    const { EventId } = await one.client.event(instance);
    const { EventId: second } = await other.client.event(instance);
    server.gibbon.signal("SIGTERM");
    await server.gibbon.saying("stopping");
    await until(async () => {
      const { EventId, Data } = await one.client.event(instance);
      if ((Data as { Method: string }).Method === "kong.response.exit") return true;
      await one.client.step(EventId);
      await one.client.step(EventId);
      return false;
    });

    whoOf(await other.client.step(EventId));
    assert.equal(await other.client.step(EventId), "ret");
    whoOf(await one.client.step(second));
    assert.equal(await one.client.step(second), "ret");
    const { code } = await server.gibbon.ended;
    assert.equal(code, 0, server.gibbon.stderr());
    assert.equal(existsSync(server.socket), false);
  });
});

describe("gibbon serve --workers", () => {
  test("gives the socket its permissions", async () => {
    const server = await serve("--socket-mode", "660");
    assert.equal(statSync(server.socket).mode & 0o777, 0o660);
  });

  test("refuses a socket that another program has", async () => {
    const socket = join(await space.folder(), "s.sock");
    const other = createServer((client) => client.destroy()).listen(socket);
    space.later(() => new Promise((resolve) => other.close(resolve)));
    await new Promise((resolve) => other.once("listening", resolve));
    const directory = ["--plugins-directory", await space.folder(whoFiles())];
    const { code, stderr } = await runGibbon([
      "serve",
      ...["--workers", "2", "--socket", socket],
      ...directory,
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /SOCKET_IN_USE/);
  });

  test("takes no number of workers that makes no sense", async () => {
    for (const workers of ["-1", "1.5", "many", "300"]) {
      const { code, stderr } = await runGibbon(["serve", `--workers=${workers}`]);
      assert.notEqual(code, 0);
      assert.match(stderr, /--workers/);
    }
  });

  test("says that a worker is not for people", async () => {
    const { code, stderr } = await runGibbon(["worker-process"]);
    assert.notEqual(code, 0);
    assert.match(stderr, /--workers/);
  });
});
