// Two servers of one socket, without a Kong: the second one takes it over, and the first one leaves.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { useWorkspace } from "../../support/workspace.ts";
import { PROGRAMS } from "../support/programs.ts";
import type { Started } from "../../support/process.ts";
import { ProtobufClient } from "../support/protobuf_client.ts";
import { SocketClient } from "../support/rpc_client.ts";
import { guardOver, LAYOUTS, Stage } from "./stage.ts";

const space = useWorkspace();
const clients: SocketClient[] = [];
afterEach(() => clients.splice(0).forEach((client) => client.leave()));

async function connect(stage: Stage): Promise<SocketClient> {
  const client = await SocketClient.connect(stage.socket);
  clients.push(client);
  return client;
}

/** Starts a server on a stage's socket; settles when it serves. */
async function serve(stage: Stage): Promise<Started> {
  const started = space.start(["/bin/sh", "-c", `exec ${stage.startCommand}`]);
  await started.saying("serving plugins");
  return started;
}

for (const program of PROGRAMS) {
  for (const { what, serve: options } of LAYOUTS) {
    const { skip } = program;
    const name = `two servers, ${program.what}, ${what}`;
    const given = { program, serve: options, plugins: [guardOver("MsgPack:1")] };

    test(`${name}: SIGTERM for the first leaves the second its socket`, { skip }, async () => {
      const stage = await Stage.prepare(space, given);
      const first = await serve(stage);
      const before = await connect(stage);
      const old = [await before.start("guard"), await before.start("guard")];
      await serve(stage);

      // The instances of the first are unknown to the second, in the words that Kong looks for.
      const client = await connect(stage);
      const event = { InstanceId: old[0], EventName: "access" };
      const { error } = await client.request("plugin.HandleEvent", event);
      assert.match(String(error), /No plugin instance/);
      const framed = await ProtobufClient.connect(stage.socket);
      framed.handle(old[0]!);
      await framed.left();
      assert.ok(!old.includes(await client.start("guard")));
      assert.notDeepEqual(client.notifications, before.notifications);

      first.signal("SIGTERM");
      assert.equal((await first.ended).code, 0, first.stderr());
      assert.ok(await stage.answers());
      await (await connect(stage)).start("guard");
    });

    test(`${name}: the first leaves by itself when nobody needs it`, { skip }, async () => {
      const stage = await Stage.prepare(space, given);
      const first = await serve(stage);
      const client = await connect(stage);
      const instance = await client.start("guard");
      const { EventId } = await client.event(instance);
      await serve(stage);
      // What has begun there ends there. A server that has been replaced ends connections between two
      // messages; Kong takes another one then, which leads to the second server.
      let data: unknown;
      let caller = client;
      for (let i = 0; i < 10 && data !== "ret"; i++) {
        if (caller.closed) caller = await connect(stage);
        data = await caller.step(EventId).catch((error) => {
          if (caller.closed) return undefined;
          throw error;
        });
      }
      assert.equal(data, "ret");
      client.leave();
      assert.equal((await first.ended).code, 0, first.stderr());
      assert.ok(await stage.answers());
    });
  }
}
