// Messages of Kong past a bound: the plugin whose call it answers hears of it, nothing passes unchecked.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import type { Event } from "../../../src/kong/engine/event.ts";
import { readBeginning } from "../../../src/kong/protocol/msgpack/too_long.ts";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { encode } from "../../../src/wire/msgpack/codec.ts";
import { CUTS } from "../../support/pieces.ts";
import { framed } from "../support/protobuf_client.ts";
import { isFailure, serveProtobuf, text } from "../support/protobuf_server.ts";
import { stopsRequest } from "../support/rpc_client.ts";

const BOUND = 2000;
const NESTING = 8;

const servers: { close(reason: string): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close("the test is over");
});

/** A server whose plugin asks twice, and keeps what it got for the first. */
function serve(method = "kong.request.get_raw_body") {
  const got: unknown[] = [];
  const started = serveProtobuf(async (event: Event) => {
    await event.call(method, []).then(
      (value) => got.push(value),
      (error) => got.push(String(error)),
    );
    await event.call("kong.request.get_method", []);
  }, { limits: { messageBytes: BOUND, nesting: NESTING } });
  servers.push(started.server);
  return { ...started, got };
}

const step = (fields: Record<string, unknown>) => encode([0, 7, "plugin.Step", [fields]]);

describe("an answer of Kong over MsgPack:1", () => {
  async function begun() {
    const { connect, ...rest } = serve();
    const client = connect();
    const { EventId } = await client.event(await client.start("guard"));
    return { ...rest, connect, client, EventId };
  }
  const sized = (EventId: number, bytes: number) => {
    const rest = step({ EventId, Data: "x".repeat(1000) }).length - 1000;
    return step({ EventId, Data: "x".repeat(bytes - rest) });
  };

  test("as long as the bound is taken", async () => {
    const { client, EventId, got } = await begun();
    const message = sized(EventId, BOUND);
    assert.equal(message.length, BOUND);
    client.feed([message]);
    const { result } = await client.answer(2);
    assert.equal((result as { Data: { Method: string } }).Data.Method, "kong.request.get_method");
    assert.equal((got[0] as string).length, BOUND - (message.length - (got[0] as string).length));
    assert.equal(client.closed, false);
  });

  for (const [how, cut] of Object.entries(CUTS)) {
    for (const order of ["the event's number first", "the event's number last"]) {
      test(`past the bound is an error for the plugin, ${how}, ${order}`, async () => {
        const { client, EventId, got, server } = await begun();
        const Data = "x".repeat(BOUND);
        const fields = order.endsWith("first") ? { EventId, Data } : { Data, EventId };
        client.feed(cut(step(fields)));
        const { result } = await client.answer(2);
        const next = result as { Data: { Method: string } };
        assert.equal(next.Data.Method, "kong.request.get_method");
        assert.match(
          String(got[0]),
          /Kong's answer is too long: a message of 20\d\d bytes.*--max-message/,
        );
        assert.equal(await client.step(EventId, "GET"), "ret");
        assert.equal(client.closed, false);
        assert.equal(server.events.size, 0);
      });
    }
  }

  test("of which one byte is too much is past the bound", async () => {
    const { client, EventId, got } = await begun();
    client.feed([sized(EventId, BOUND + 1)]);
    await client.answer(2);
    assert.match(String(got[0]), /2001 bytes or more, with 2000 allowed/);
  });

  test("that is nested too deep is one, too, and the last on its connection", async () => {
    const { client, EventId, got } = await begun();
    const nested = (depth: number): unknown => depth === 0 ? "x" : [nested(depth - 1)];
    // The request, its arguments and their map are nested themselves.
    client.feed([step({ EventId, Data: nested(NESTING - 3) })]);
    await client.answer(2);
    assert.deepEqual(got, [nested(NESTING - 3)]);
    const other = await begun();
    other.client.feed([step({ EventId: other.EventId, Data: nested(NESTING - 2) })]);
    await other.client.answer(2);
    assert.match(String(other.got[0]), /nested deeper than 8/);
    assert.equal(other.client.closed, true);
    // The event goes on wherever Kong goes on with it.
    assert.equal(await other.connect().step(other.EventId, "GET"), "ret");
    assert.equal(other.server.events.size, 0);
  });

  test("stops the request where nobody knows whose it is", async () => {
    const { client, EventId, entries } = await begun();
    const list = Array.from({ length: BOUND }, () => 1);
    client.feed([step({ Data: list, EventId })]);
    const { error, result } = await client.answer(2);
    assert.equal(error, null);
    assert.equal(stopsRequest((result as { Data: unknown }).Data), true);
    assert.equal(client.closed, true);
    const [logged] = entries.filter((entry) => entry.startsWith("[error]"));
    assert.match(
      logged!,
      /the client's request is stopped: a message of .*code=LIMIT remedy="Raise/,
    );
  });

  test("a start of an instance past the bound is an error", async () => {
    const { connect } = serve();
    const client = connect();
    const Config = JSON.stringify({ long: "x".repeat(BOUND) });
    const { error } = await client.request("plugin.StartInstance", { Name: "guard", Config });
    assert.match(String(error), /a message of .* with 2000 allowed.*--max-message/);
    assert.equal(typeof await client.start("guard"), "number");
  });

  test("what follows on a connection that ends is not looked at", async () => {
    const { client, EventId, server } = await begun();
    const more = encode([0, 8, "plugin.HandleEvent", [{ InstanceId: 1, EventName: "access" }]]);
    client.feed([step({ EventId, Data: Array.from({ length: BOUND }, () => 1) }), more, more]);
    await client.answer(2);
    assert.equal(client.answers.length, 3);
    assert.equal(client.closed, true);
    assert.equal(server.events.begun, 1);
  });

  test("what follows on one that stays is", async () => {
    const { client, EventId } = await begun();
    const more = encode([0, 8, "plugin.GetStatus", []]);
    client.feed([new Uint8Array([...step({ Data: "x".repeat(BOUND), EventId }), ...more])]);
    const answers = [await client.answer(2), await client.answer(3)];
    assert.deepEqual(answers.map(({ messageId }) => messageId).sort(), [7, 8]);
  });
});

describe("the beginning of a request", () => {
  const whole = step({ EventId: 9, Other: [1, 2], Data: "x" });

  test("is read as far as it is there, wherever it is cut", () => {
    const seen = new Set<string>();
    for (let end = 0; end <= whole.length; end++) {
      seen.add(JSON.stringify(readBeginning(whole.subarray(0, end))?.request.argument));
    }
    assert.deepEqual([...seen].map((argument) => argument && JSON.parse(argument)), [
      undefined,
      {},
      { EventId: 9 },
      { EventId: 9, Other: [1, 2] },
      { EventId: 9, Other: [1, 2], Data: "x" },
    ]);
  });

  test("is known also of a request that another server passes on", () => {
    const passed = encode([0, 7, "plugin.Step", [{ EventId: 9 }, "older"]]);
    assert.deepEqual(readBeginning(passed)?.request.argument, { EventId: 9 });
    const other = encode([0, 7, "plugin.Step", [{ EventId: 9 }, "older", "more"]]);
    assert.deepEqual(readBeginning(other)?.request.argument, {});
    assert.deepEqual(readBeginning(encode([0, 7, "plugin.Step", [9]]))?.request.argument, {});
  });

  test("goes up to a name that is none, or too long for one: nothing is cut there", () => {
    for (const name of [7, "x".repeat(BOUND)]) {
      const argument = new Map<unknown, unknown>([["EventId", 9], [name, "y"], ["Data", "z"]]);
      const { request, at } = readBeginning(encode([0, 7, "plugin.Step", [argument]]))!;
      assert.deepEqual([request.argument, at], [{ EventId: 9 }, undefined]);
    }
  });

  test("is nothing where it is no request", () => {
    for (
      const value of [
        [1, 7, "plugin.Step", []],
        [0, "7", "plugin.Step", []],
        [0, 7, 8, []],
        [0, 7],
        [0, 7, "plugin.Step", [{ EventId: 9 }], "more"],
        "x",
      ]
    ) {
      assert.equal(readBeginning(encode(value)), undefined, JSON.stringify(value));
    }
  });
});

describe("an answer of Kong over ProtoBuf:1", () => {
  for (const [how, cut] of Object.entries(CUTS)) {
    test(`past the bound is an error for the plugin, and the event goes on, ${how}`, async () => {
      const { connectProtobuf, got } = serve("kong.request.get_path");
      const client = connectProtobuf();
      const sequence = client.handle(await client.start("guard"));
      await client.call();
      client.feed(...cut(framed(new Uint8Array(BOUND + 1))));
      assert.equal((await client.call()).method, "kong.request.get_method");
      assert.match(String(got[0]), /Kong's answer is too long: a frame of 2001 bytes/);
      client.answer(text("GET"));
      assert.equal(await client.turn(), sequence);
      assert.equal(client.closed, undefined);
    });
  }

  test("as long as the bound is taken", async () => {
    const { connectProtobuf, got } = serve("kong.request.get_path");
    const client = connectProtobuf();
    client.handle(await client.start("guard"));
    await client.call();
    const room = BOUND - text("x".repeat(1000)).length + 1000;
    client.answer(text("x".repeat(room)));
    await client.call();
    assert.deepEqual(got, ["x".repeat(room)]);
  });

  test("that is nested too deep fails its call", async () => {
    const nested = (depth: number): messages.Value =>
      depth === 0
        ? { kind: { $case: "number_value", value: 1 } }
        : { kind: { $case: "list_value", value: { values: [nested(depth - 1)] } } };
    for (const [depth, expected] of [[NESTING, /^1$/], [NESTING + 1, /nested deeper than 8/]]) {
      const { connectProtobuf, got } = serve("kong.nginx.get_ctx");
      const client = connectProtobuf();
      client.handle(await client.start("guard"));
      await client.call();
      client.answer(messages.Value.encode(nested(depth as number)).finish());
      await client.call();
      assert.match(String(got[0]), expected as RegExp);
    }
  });

  test("a command past the bound ends its connection", async () => {
    const { connectProtobuf } = serve();
    const client = connectProtobuf();
    client.feed(framed(new Uint8Array(BOUND + 1)));
    assert.equal(await client.left(), "destroy");
  });

  test("that comes after the exit ends its connection", async () => {
    const { server, connectProtobuf } = serveProtobuf((event) => {
      event.call("kong.response.exit", [403], { final: true });
    }, { limits: { messageBytes: BOUND } });
    servers.push(server);
    const client = connectProtobuf();
    client.handle(await client.start("guard"));
    assert.equal(isFailure(await client.call()), false);
    client.feed(framed(new Uint8Array(BOUND + 1)));
    assert.equal(await client.left(), "destroy");
    assert.equal(server.events.size, 0);
  });
});
