// Messages to a gateway that are too long: who asked for them hears of it, the connection stays.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { GibbonError } from "../../../src/base/errors.ts";
import type { Event } from "../../../src/kong/engine/event.ts";
import { countingIds } from "../../../src/kong/engine/ids.ts";
import { ForwardedStep } from "../../../src/kong/protocol/msgpack/forwarded.ts";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { encode } from "../../../src/wire/msgpack/codec.ts";
import { pluginOf } from "../support/events.ts";
import { stopsRequest } from "../support/rpc_client.ts";
import { isFailure, serveProtobuf, text } from "../support/protobuf_server.ts";

const BOUND = 4096;

const servers: { close(reason: string): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close("the test is over");
});

/** A server whose plugin does what a test says, over both protocols. */
function serve(handler: (event: Event) => unknown) {
  const started = serveProtobuf(handler, {
    limits: { unsentBytes: BOUND },
    ids: { instances: countingIds(1), events: countingIds(1) },
  });
  servers.push(started.server);
  return started;
}

/** The longest text that a call of `kong.log.notice` has room for, over MsgPack:1. */
const MSGPACK_ROOM = BOUND -
  encode([1, 2, null, {
    EventId: 1,
    Data: { Method: "kong.log.notice", Args: ["x".repeat(1000)] },
  }])
    .length +
  1000;

/** The same over ProtoBuf:1, for `kong.service.request.set_raw_body`. */
const PROTOBUF_ROOM = BOUND - "kong.service.request.set_raw_body".length -
  messages.ByteString.encode({ v: new Uint8Array(1000) }).finish().length + 1000;

const big = (length: number) => "x".repeat(length);

/** Calls with a text, and then makes another call; keeps what the first one rejected with. */
function calling(method: string, value: unknown, errors: unknown[]) {
  return async (event: Event) => {
    await event.call(method, [value]).catch((error) => errors.push(error));
    await event.call("kong.request.get_method", []);
  };
}

function assertLimit(error: unknown, method: string, bytes: number): void {
  assert.ok(error instanceof GibbonError);
  assert.equal(error.code, "LIMIT");
  assert.equal(error.plugin, "guard");
  assert.ok(error.message.includes(method), error.message);
  assert.ok(error.message.includes(`a message of ${bytes} bytes, with ${BOUND} allowed`));
  assert.match(error.remedy ?? "", /--max-unsent/);
}

describe("a call over MsgPack:1", () => {
  test("as long as the bound goes out", async () => {
    const errors: unknown[] = [];
    const { connect } = serve(calling("kong.log.notice", big(MSGPACK_ROOM), errors));
    const client = connect();
    const { EventId, Data } = await client.event(await client.start("guard"));
    assert.equal((Data as { Method: string }).Method, "kong.log.notice");
    assert.deepEqual(await client.step(EventId), { Method: "kong.request.get_method", Args: [] });
    assert.deepEqual(errors, []);
  });

  test("one byte longer is an error for its plugin, and the event goes on", async () => {
    const errors: unknown[] = [];
    const { connect } = serve(calling("kong.log.notice", big(MSGPACK_ROOM + 1), errors));
    const client = connect();
    const { EventId, Data } = await client.event(await client.start("guard"));
    assert.deepEqual(Data, { Method: "kong.request.get_method", Args: [] });
    assertLimit(errors[0], "kong.log.notice", BOUND + 1);
    assert.equal(await client.step(EventId, "GET"), "ret");
    assert.equal(client.closed, false);
  });

  test("that nobody catches stops the request, and says why in the log", async () => {
    const { connect, entries } = serve((event) => event.call("kong.log.notice", [big(BOUND)]));
    const client = connect();
    const { Data } = await client.event(await client.start("guard"));
    assert.equal(stopsRequest(Data), true);
    const failed = entries.filter((entry) => entry.startsWith("[error]"));
    assert.equal(failed.length, 1);
    assert.match(failed[0]!, /plugin=guard phase=access .*code=LIMIT remedy=".*--max-unsent/);
  });

  for (const method of ["plugin.Step", "plugin.StepError"]) {
    test(`an exit that is too long stops the request also after ${method}`, async () => {
      const { connect, entries } = serve(async (event) => {
        await event.call("kong.request.get_method", []).catch(() => {});
        event.call("kong.response.exit", [200, big(BOUND)], { final: true });
      });
      const client = connect();
      const { EventId } = await client.event(await client.start("guard"));
      const { Data } = await client.result(method, { EventId, Data: "GET" });
      assert.equal(stopsRequest(Data), true);
      assert.match(entries.join("\n"), /could not end as it wanted.*plugin=guard code=LIMIT/);
    });
  }

  test("an exit that is too long becomes Kong's own 500, which names the plugin", async () => {
    const { connect, entries, server } = serve((event) => {
      event.call("kong.response.exit", [200, big(BOUND)], { final: true });
    });
    const client = connect();
    const { Data } = await client.event(await client.start("guard"));
    assert.equal(stopsRequest(Data), true);
    assert.equal(client.closed, false);
    assert.equal(server.events.size, 0);
    const failed = entries.filter((entry) => entry.startsWith("[error]"));
    assert.match(failed[0]!, /could not end as it wanted.*plugin=guard code=LIMIT/);
  });

  test("a step that came in at another worker is bound alike", async () => {
    const errors: unknown[] = [];
    const { server } = serve(async (event) => {
      await event.call("kong.request.get_path", []);
      await event.call("kong.log.notice", [big(BOUND)]).catch((error) => errors.push(error));
    });
    const { id } = await server.startInstance("guard", "{}");
    const event = server.handleEvent(id, "access", { gone: false, take() {} })!;
    const step = encode([0, 1, "plugin.Step", [{ EventId: event.id, Data: "/" }]]);
    await new ForwardedStep(server, step).answered;
    assert.equal((errors[0] as GibbonError).code, "LIMIT");
    assert.equal(event.end, "returned");
  });

  test("an answer to another request is an error, and the connection stays", async () => {
    const { registry, connect } = serve(() => {});
    const wide = pluginOf(() => {}, { name: "wide" });
    const field = { [big(BOUND)]: { type: "string" as const } };
    registry.replace([{ ...wide, schema: [field] }]);
    const client = connect();
    const { error } = await client.request("plugin.GetPluginInfo", "wide");
    assert.match(String(error), /a message of \d+ bytes, with 4096 allowed/);
    assert.match(
      String((await client.request("plugin.GetPluginInfo", "x")).error),
      /no plugin "x"/,
    );
  });
});

describe("a call over ProtoBuf:1", () => {
  const method = "kong.service.request.set_raw_body";

  test("as long as the bound goes out", async () => {
    const errors: unknown[] = [];
    const { connectProtobuf } = serve(calling(method, new Uint8Array(PROTOBUF_ROOM), errors));
    const client = connectProtobuf();
    client.handle(await client.start("guard"));
    const { args } = await client.call();
    assert.equal(messages.ByteString.decode(args).v.length, PROTOBUF_ROOM);
    client.answer();
    assert.equal((await client.call()).method, "kong.request.get_method");
    assert.deepEqual(errors, []);
  });

  test("one byte longer is an error for its plugin, and the event goes on", async () => {
    const errors: unknown[] = [];
    const { connectProtobuf } = serve(calling(method, new Uint8Array(PROTOBUF_ROOM + 1), errors));
    const client = connectProtobuf();
    const sequence = client.handle(await client.start("guard"));
    assert.equal((await client.call()).method, "kong.request.get_method");
    assertLimit(errors[0], method, BOUND + 1);
    client.answer(text("GET"));
    assert.equal(await client.turn(), sequence);
    assert.equal(client.closed, undefined);
  });

  test("an exit that is too long becomes Kong's own 500, which names the plugin", async () => {
    const { connectProtobuf, entries } = serve((event) => {
      event.call("kong.response.exit", [200, big(BOUND)], { final: true });
    });
    const client = connectProtobuf();
    client.handle(await client.start("guard"));
    assert.equal(isFailure(await client.call()), true);
    assert.equal(client.closed, undefined);
    const failed = entries.filter((entry) => entry.startsWith("[error]"));
    assert.match(failed[0]!, /could not end as it wanted.*plugin=guard code=LIMIT/);
  });

  test("an answer to another command has no other way to be refused than the end", async () => {
    const { registry, connectProtobuf, entries } = serve(() => {});
    const wide = pluginOf(() => {}, { name: "wide" });
    const field = { [big(BOUND)]: { type: "string" as const } };
    registry.replace([{ ...wide, schema: [field] }]);
    const client = connectProtobuf();
    client.send({ $case: "cmd_get_plugin_info", value: { name: "wide" } });
    assert.equal(await client.left(), "end");
    assert.match(entries[0]!, /a request failed: a message of \d+ bytes.*code=LIMIT/);
  });
});
