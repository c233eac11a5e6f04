// A server whose socket another one has: each connection ends with the last answer that is due on it.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import type { Event } from "../../../src/kong/engine/event.ts";
import { concat } from "../../support/pieces.ts";
import { encode } from "../../../src/wire/msgpack/codec.ts";
import { pluginOf } from "../support/events.ts";
import { type MemoryClient, startServer } from "../support/kong_server.ts";
import { ProtobufClient } from "../support/protobuf_client.ts";
import { text } from "../support/protobuf_server.ts";

const servers: { close(reason: string): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close("the test is over");
});

/** A server with a plugin that asks for the method, and one that starts when it is let. */
function serve() {
  let current: Event | undefined;
  const starting: (() => void)[] = [];
  const asking = pluginOf(async () => {
    await current!.call("kong.request.get_method", []);
  }, { name: "asking" });
  const slow = {
    ...pluginOf(() => {}, { name: "slow" }),
    start: () => new Promise<undefined>((resolve) => starting.push(() => resolve(undefined))),
  };
  const started = startServer([asking, slow], {
    attribute: (event, run) => {
      current = event;
      run();
    },
  });
  servers.push(started.server);
  return { ...started, starting };
}

/** What came in beside answers, by its label. */
const labels = ({ notifications }: MemoryClient) =>
  notifications.map((notification) => (notification as unknown[])[0]);

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("over MsgPack:1, a connection", () => {
  test("stays open while its server has the socket, and has nothing behind its answers", async () => {
    const client = serve().connect();
    await client.request("plugin.GetStatus");
    assert.equal(client.isClean, true);
  });

  test("ends with its next answer, and has more behind that than Kong reads at once", async () => {
    const { server, connect } = serve();
    const client = connect();
    server.retire();
    assert.equal(client.closed, false);
    assert.equal((await client.request("plugin.GetStatus")).error, null);
    assert.deepEqual(labels(client), ["serverPid", "farewell"]);
    assert.ok((client.notifications[1] as [string, Uint8Array])[1].length >= 2 * 4096);
    assert.equal(client.closed, true);
    client.feed([encode([0, 9, "plugin.GetStatus", []])]);
    assert.equal(client.answers.length, 1);
  });

  test("goes on as long as an answer is due or a request is there", async () => {
    const { server, connect, starting } = serve();
    const client = connect();
    const slow = encode([0, 1, "plugin.StartInstance", [{ Name: "slow", Config: "{}" }]]);
    client.feed([slow]);
    await settled();
    server.retire();
    const status = (id: number) => encode([0, id, "plugin.GetStatus", []]);
    client.feed([concat(status(2), status(3))]);
    assert.deepEqual(client.answers.map(({ messageId }) => messageId), [2, 3]);
    assert.deepEqual(labels(client), ["serverPid"]);
    starting[0]!();
    await client.answer(2);
    assert.deepEqual([labels(client), client.closed], [["serverPid", "farewell"], true]);
  });

  test("answers what came in one piece before it ends", async () => {
    const { server, connect } = serve();
    const client = connect();
    server.retire();
    const status = (id: number) => encode([0, id, "plugin.GetStatus", []]);
    client.feed([concat(status(2), status(3))]);
    await settled();
    assert.deepEqual(client.answers.map(({ messageId }) => messageId), [2, 3]);
    assert.deepEqual([labels(client), client.closed], [["serverPid", "farewell"], true]);
  });
});

describe("over ProtoBuf:1, a connection", () => {
  test("goes on to the end of its event, and ends with it", async () => {
    const { server } = serve();
    const client = new ProtobufClient(server);
    const id = await client.start("asking");
    assert.equal(client.isClean, true);
    const sequence = client.handle(id);
    await client.call();
    server.retire();
    assert.equal(client.closed, undefined);
    client.answer(text("GET"));
    assert.equal(await client.turn(), sequence);
    assert.equal(client.closed, "end");
    assert.ok(client.frames.length > 0 && !client.isClean);
    client.handle(id);
    assert.equal(server.events.begun, 1);
  });

  test("ends with the answer to any other command", async () => {
    const { server } = serve();
    const client = new ProtobufClient(server);
    server.retire();
    await client.command({ $case: "cmd_get_plugin_names", value: {} });
    assert.equal(client.closed, "end");
  });

  test("that failed is not read any further", async () => {
    const { server, entries } = serve();
    const client = new ProtobufClient(server);
    client.send({ $case: "cmd_get_instance_status", value: { instance_id: 5 } });
    assert.equal(await client.left(), "end");
    client.send({ $case: "cmd_get_plugin_names", value: {} });
    await settled();
    assert.deepEqual([client.frames, entries.length], [[], 1]);
  });
});
