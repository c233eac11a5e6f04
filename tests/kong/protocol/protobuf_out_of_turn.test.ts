// ProtoBuf:1 where something comes too late, too long or not at all: what guards stops its request, all else ends.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import type * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { framed } from "../support/protobuf_client.ts";
import { isFailure, serveProtobuf, type TestHandler, text } from "../support/protobuf_server.ts";

const servers: { close(reason: string): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close("the test is over");
});

const asking: TestHandler = async (event) => {
  await event.call("kong.request.get_method", []);
  await event.call("kong.request.get_path", []);
};

function serve(handler: TestHandler = asking, options: Parameters<typeof serveProtobuf>[1] = {}) {
  const started = serveProtobuf(handler, options);
  servers.push(started.server);
  return started;
}

describe("an answer to an event that is over", () => {
  /** An event that is over, with a call that the gateway has yet to answer. */
  async function late(phase: string, options: Parameters<typeof serveProtobuf>[1] = {}) {
    const { connectProtobuf, begun, ...rest } = serve(asking, { deadline: 1000, ...options });
    const client = connectProtobuf();
    const sequence = client.handle(await client.start("guard"), phase);
    await client.call();
    const [event] = begun;
    // Its time is over, and then the gateway's.
    event!.expire(Number.MAX_SAFE_INTEGER / 4);
    event!.expire(Number.MAX_SAFE_INTEGER / 2);
    assert.equal(event!.end, "timed-out");
    return { client, sequence, ...rest };
  }

  for (
    const [how, answer] of Object.entries({
      "that can be read": text("GET"),
      "that cannot": Uint8Array.of(0x0b),
    })
  ) {
    test(`stops the request that it guards, ${how}`, async () => {
      const { client, server } = await late("access");
      client.answer(answer);
      assert.ok(isFailure(await client.call()));
      assert.equal(server.events.size, 0);
    });

    test(`lets go of the connection where nothing is guarded, ${how}`, async () => {
      for (const [phase, onError] of [["log", "fail"], ["access", "continue"]] as const) {
        const { client, sequence } = await late(phase, { onError });
        client.answer(answer);
        assert.equal(await client.turn(), sequence);
        assert.equal(client.isClean, true);
      }
    });
  }
});

describe("a frame past the bound", () => {
  const limits = { messageBytes: 1000 };
  const long = framed(new Uint8Array(1001));

  test("ends the connection where no call waits for it, with its event", async () => {
    const { connectProtobuf, begun, entries } = serve(() => new Promise(() => {}), { limits });
    const client = connectProtobuf();
    client.handle(await client.start("guard"));
    client.feed(long);
    assert.equal(client.closed, "destroy");
    assert.equal(begun[0]!.end, "abandoned");
    assert.match(entries.join("\n"), /make no sense error="[^"]*1001 bytes/);
  });

  test("ends the connection where it is a command, and says how long it is", () => {
    const { connectProtobuf, entries } = serve(asking, { limits });
    const client = connectProtobuf();
    client.feed(long);
    assert.equal(client.closed, "destroy");
    assert.match(entries.join("\n"), /make no sense error="[^"]*1001 bytes/);
  });
});

describe("an event that cannot begin for a reason that gibbon does not know", () => {
  for (const code of [undefined, "ERR_ODD"]) {
    test(`stops the request, ${code ? "with" : "without"} a code`, async () => {
      const { connectProtobuf, entries } = serve(asking, {
        attribute: () => {
          throw Object.assign(new TypeError("odd"), code && { code });
        },
      });
      const client = connectProtobuf();
      client.handle(await client.start("guard"));
      assert.ok(isFailure(await client.call()));
      assert.match(entries.join("\n"), /\[error\] an event did not begin phase=access error=odd/);
    });
  }
});

describe("an answer to a command", () => {
  test("that is longer than may wait leaves the connection, and nothing of it goes out", async () => {
    const { connectProtobuf, entries } = serve(asking, { limits: { unsentBytes: 20 } });
    const client = connectProtobuf();
    client.send({ $case: "cmd_get_plugin_info", value: { name: "guard" } });
    assert.equal(await client.left(), "end");
    assert.deepEqual(client.frames, []);
    assert.match(entries.join("\n"), /a request failed: .*method=cmd_get_plugin_info code=LIMIT/);
  });

  test("that could not be started is not told of twice where somebody else hears of it", async () => {
    const told: unknown[] = [];
    const { connectProtobuf, entries } = serve(
      asking,
      { startFailed: (plugin: string) => told.push(plugin) } as object,
    );
    const client = connectProtobuf();
    await assert.rejects(client.start("nobody"), /closed the connection/);
    assert.deepEqual([told, entries], [["nobody"], []]);
    const other = connectProtobuf();
    other.send({ $case: "cmd_get_instance_status", value: { instance_id: 5 } });
    await other.left();
    assert.equal(entries.length, 1);
  });
});

test("whole seconds are told of an instance", async () => {
  const { connectProtobuf, server } = serve();
  const { id } = await server.adoptInstance("guard", "{}", { id: 5, startedMs: 7900 });
  const answer = await connectProtobuf().command({
    $case: "cmd_get_instance_status",
    value: { instance_id: id },
  });
  const { value } = answer as { value: messages.InstanceStatus };
  assert.deepEqual(value, { name: "guard", instance_id: 5, config: undefined, started_at: 7 });
});
