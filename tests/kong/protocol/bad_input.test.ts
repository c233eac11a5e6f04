// Input that no Kong sends: an error where somebody can be told, a closed connection where not.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import type { Event } from "../../../src/kong/engine/event.ts";
import { encode } from "../../../src/wire/msgpack/codec.ts";
import { pluginOf } from "../support/events.ts";
import { type MemoryClient, startServer } from "../support/kong_server.ts";
import { stopsRequest } from "../support/rpc_client.ts";
import { concat, CUTS, fromHex, seededRandom } from "../../support/pieces.ts";

let current: Event | undefined;
const plugin = pluginOf(async () => {
  const event = current!;
  await event.call("kong.request.get_method", []);
  await event.call("kong.request.get_path", []);
}, { name: "guard" });
const waiting = pluginOf(() => new Promise(() => {}), { name: "waiting" });
const decoration = pluginOf(() => {}, { name: "decoration", onError: "continue" });

function serve() {
  const started = startServer([plugin, waiting, decoration], {
    attribute: (event, run) => {
      current = event;
      run();
    },
    limits: { messageBytes: 64 * 1024, pipelined: 8 },
  });
  servers.push(started.server);
  return started;
}

const servers: { close(reason: string): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close("the test is over");
});

/** A connection with an event in the middle, which nothing that happens elsewhere may harm. */
async function bystander(connect: () => MemoryClient) {
  const client = connect();
  const InstanceId = await client.start("guard");
  const handle = { InstanceId, EventName: "access" };
  const { EventId } = await client.result("plugin.HandleEvent", handle);
  return {
    InstanceId,
    async finish() {
      const next = await client.result("plugin.Step", { EventId, Data: "GET" });
      assert.deepEqual(next.Data, { Method: "kong.request.get_path", Args: [] });
      assert.equal((await client.result("plugin.Step", { EventId, Data: "/" })).Data, "ret");
      assert.equal(client.closed, false);
    },
  };
}

describe("bytes that are no request close their connection and harm no other", () => {
  const garbage: Record<string, string> = {
    "an HTTP request": "474554202f20485454502f312e310d0a0d0a",
    "a byte that MessagePack does not have": "c1",
    "a text of 4 GiB": "94000 1dbffffffff".replaceAll(" ", ""),
    "nesting 10,000 deep": "940001a170" + "91".repeat(10_000),
    "a number": "2a",
    "a map": "8100c0",
    "an empty array": "90",
    "a request without an id": "9400c0a17090",
    "a request whose id is text": "9400a178a17090",
    "a response": "940101c0c0",
    "an extension type": "9400d6ff00000000",
    "a message above the limit": "da" + "ffff" + "c6000fffff",
  };
  const bytesOf = (hex: string) =>
    fromHex(hex + "00".repeat(hex.startsWith("daffff") ? 65_535 : 0));

  for (const [what, hex] of Object.entries(garbage)) {
    for (const [how, cut] of Object.entries(CUTS)) {
      test(`${what}, ${how}, while a request waits`, async () => {
        const { server, connect } = serve();
        const other = await bystander(connect);
        const client = connect();
        const InstanceId = await client.start("waiting");
        const handle = { InstanceId, EventName: "access" };
        client.feed([encode([0, 17, "plugin.HandleEvent", [handle]])]);
        client.feed(cut(bytesOf(hex)));
        assert.equal(client.closed, true);
        assert.equal(client.answers.length, 1);
        await other.finish();
        assert.equal(server.events.size, 0);
      });

      // Nothing is under way, so the first bytes may be the length of a frame: one of 4 GiB.
      test(`${what}, ${how}, between conversations`, async () => {
        const { server, connect } = serve();
        const other = await bystander(connect);
        for (const before of [[], ["plugin.GetStatus"]] as const) {
          const client = connect();
          for (const method of before) await client.result(method);
          client.feed(cut(concat(bytesOf(hex), new Uint8Array(4).fill(0xff))));
          assert.equal(client.closed, true);
          assert.equal(client.answers.length, before.length);
        }
        await other.finish();
        assert.equal(server.events.size, 0);
      });
    }
  }

  test("noise of every kind", async () => {
    const { server, connect } = serve();
    const other = await bystander(connect);
    const random = seededRandom(99);
    for (let round = 0; round < 500; round++) {
      const client = connect();
      client.feed([Uint8Array.from({ length: 1 + random() * 200 }, () => random() * 256)]);
      client.leave();
    }
    await other.finish();
    assert.equal(server.events.size, 0);
  });
});

describe("requests that make no sense are answered with an error", () => {
  const wrong: Record<string, [method: unknown, args: unknown, error: RegExp]> = {
    "an unknown method": ["plugin.Nothing", [], /no method "plugin\.Nothing"/],
    "a method of another service": ["kong.Step", [], /no method "kong\.Step"/],
    "a method of Object": ["toString", [], /no method "toString"/],
    "a method that is a number": [7, [], /no method number/],
    "no arguments": ["plugin.StartInstance", null, /the argument is wrong/],
    "arguments that are no array": ["plugin.StartInstance", { Name: "x" }, /argument is wrong/],
    "an argument of the wrong kind": ["plugin.StartInstance", ["guard"], /argument is wrong/],
    "a name that is a number": [
      "plugin.StartInstance",
      [{ Name: 7, Config: "{}" }],
      /argument's Name is wrong/,
    ],
    "a configuration that is a map": [
      "plugin.StartInstance",
      [{ Name: "guard", Config: {} }],
      /argument's Config is wrong/,
    ],
    "an instance id that is text": ["plugin.InstanceStatus", ["1"], /No plugin instance/],
    "an event without an instance": [
      "plugin.HandleEvent",
      [{ EventName: "access" }],
      /No plugin instance \(no id\)/,
    ],
    "an event without a phase": ["plugin.HandleEvent", [{ InstanceId: 1 }], /EventName is wrong/],
    "a plugin info without a name": ["plugin.GetPluginInfo", [], /argument is wrong/],
    "a directory that is a number": ["plugin.SetPluginDir", [1], /argument is wrong/],
  };
  for (const [what, [method, args, expected]] of Object.entries(wrong)) {
    test(what, async () => {
      const { connect } = serve();
      const other = await bystander(connect);
      const client = connect();
      client.feed([encode([0, 17, method, args])]);
      const { messageId, error, result } = await client.answer(0);
      assert.equal(messageId, 17);
      assert.match(String(error), expected);
      assert.equal(result, null);
      assert.equal(client.closed, false);
      await client.result("plugin.GetStatus");
      await other.finish();
    });
  }

  // Kong lets a request pass whose step is answered with an error, and a step may be of any request.
  const stopped: Record<string, [method: string, args: unknown, code: string]> = {
    "a step without an event": ["plugin.Step", [{}], "NO_EVENT"],
    "a step for an event that never was": ["plugin.Step", [{ EventId: 12 }], "NO_EVENT"],
    "a step with an odd id": ["plugin.StepRoute", [{ EventId: { a: 1 } }], "NO_EVENT"],
    "a StepError for nothing": ["plugin.StepError", [{ EventId: 1, Data: {} }], "NO_EVENT"],
    "a step without an argument": ["plugin.Step", [], "PROTOCOL"],
    "a step that is a number": ["plugin.StepMultiMap", [7], "PROTOCOL"],
  };
  for (const [what, [method, args, code]] of Object.entries(stopped)) {
    test(`but for ${what}, which stops the request`, async () => {
      const { connect, entries } = serve();
      const other = await bystander(connect);
      const client = connect();
      client.feed([encode([0, 17, method, args])]);
      const { messageId, error, result } = await client.answer(0);
      assert.deepEqual([messageId, error], [17, null]);
      assert.ok(stopsRequest((result as { Data: unknown }).Data));
      const told = entries.filter((entry) => entry.includes("the client's request is stopped"));
      assert.equal(told.length, 1);
      assert.match(told[0]!, new RegExp(`code=${code}`));
      await other.finish();
    });
  }

  test("and so does one past the limit of a connection, where it may guard something", async () => {
    const { connect } = serve();
    const client = connect();
    const ids: Record<string, number> = {};
    for (const name of ["waiting", "guard", "decoration"]) ids[name] = await client.start(name);
    const before = client.answers.length;
    const handle = (name: string, id: number, EventName = "access") => {
      const argument = { InstanceId: ids[name], EventName };
      client.feed([encode([0, id, "plugin.HandleEvent", [argument]])]);
    };
    for (let id = 0; id < 8; id++) handle("waiting", id);
    handle("guard", 8);
    handle("decoration", 9);
    handle("guard", 10, "log");
    const [guard, decoration, log] = client.answers.slice(before);
    assert.ok(stopsRequest((guard!.result as { Data: unknown }).Data));
    assert.match(String(decoration!.error), /8 requests wait/);
    assert.match(String(log!.error), /8 requests wait/);
  });

  test("notifications are ignored", async () => {
    const client = serve().connect();
    client.feed([encode([2, "hello", [1]])]);
    await client.result("plugin.GetStatus");
    assert.equal(client.answers.length, 1);
  });

  test("more requests at once than the limit", async () => {
    const { connect } = serve();
    const client = connect();
    const InstanceId = await client.start("guard");
    // Events whose handlers wait, so that their requests stay open, need a step that never comes;
    // starting instances is what takes a moment here.
    const start = { Name: "guard", Config: "{}" };
    const before = client.answers.length;
    for (let i = 0; i < 12; i++) client.feed([encode([0, i, "plugin.StartInstance", [start]])]);
    await client.answer(before + 11);
    const errors = client.answers.slice(before).filter(({ error }) => error !== null);
    assert.equal(errors.length, 4);
    for (const { error } of errors) assert.match(String(error), /8 requests wait/);
    assert.ok(InstanceId > 0);
  });
});

describe("steps that come at the wrong time", () => {
  test("a second step for one call stops its request, and the event goes on", async () => {
    let proceed = () => {};
    const slow = pluginOf(async () => {
      const event = current!;
      await event.call("kong.request.get_method", []);
      await new Promise<void>((resolve) => proceed = resolve);
      await event.call("kong.request.get_path", []);
    }, { name: "slow" });
    const { server, connect } = startServer([slow], {
      attribute: (event, run) => {
        current = event;
        run();
      },
    });
    servers.push(server);
    const client = connect();
    const handle = { InstanceId: await client.start("slow"), EventName: "access" };
    const { EventId } = await client.result("plugin.HandleEvent", handle);
    const waiting = connect();
    const next = waiting.request("plugin.Step", { EventId, Data: "GET" });
    const { error, result } = await client.request("plugin.Step", { EventId, Data: "GET" });
    assert.equal(error, null);
    assert.ok(stopsRequest((result as { Data: unknown }).Data));
    proceed();
    assert.deepEqual(((await next).result as { Data: unknown }).Data, {
      Method: "kong.request.get_path",
      Args: [],
    });
  });

  test("a step for a finished event stops its request, and nothing is kept", async () => {
    const { server, connect } = serve();
    const client = connect();
    const handle = { InstanceId: await client.start("guard"), EventName: "access" };
    const { EventId } = await client.result("plugin.HandleEvent", handle);
    await client.result("plugin.Step", { EventId, Data: "GET" });
    await client.result("plugin.Step", { EventId, Data: "/" });
    assert.equal(server.events.size, 0);
    assert.ok(stopsRequest(await client.step(EventId as number)));
  });
});

describe("a StepError with a reason that is no text", () => {
  const reasons: Record<string, unknown> = {
    "a map": { code: 7 },
    "a map with a toString that is none": { toString: 7 },
    "nothing": null,
    "a number": 7,
  };
  for (const [what, Data] of Object.entries(reasons)) {
    test(`fails the call: ${what}`, async () => {
      const { server, connect, entries } = serve();
      const client = connect();
      const handle = { InstanceId: await client.start("guard"), EventName: "access" };
      const { EventId } = await client.result("plugin.HandleEvent", handle);
      const { Data: next } = await client.result("plugin.StepError", { EventId, Data });
      assert.ok(stopsRequest(next));
      assert.equal(server.events.size, 0);
      assert.ok(entries.some((entry) => entry.includes("code=PDK_FAILED")), entries.join("\n"));
    });
  }
});

describe("a gateway that goes away", () => {
  test("in the middle of a handler's work ends the event", async () => {
    let signal: AbortSignal | undefined;
    const waits = pluginOf(() => {
      signal = current!.signal;
      return new Promise(() => {});
    }, { name: "waits" });
    const { server, connect } = startServer([waits], {
      attribute: (event, run) => {
        current = event;
        run();
      },
    });
    servers.push(server);
    const client = connect();
    const handle = { InstanceId: await client.start("waits"), EventName: "access" };
    client.feed([encode([0, 9, "plugin.HandleEvent", [handle]])]);
    assert.equal(server.events.size, 1);
    client.leave();
    assert.equal(server.events.size, 0);
    assert.equal(signal?.aborted, true);
  });

  test("between two steps leaves the event to another connection", async () => {
    const { server, connect } = serve();
    const client = connect();
    const handle = { InstanceId: await client.start("guard"), EventName: "access" };
    const { EventId } = await client.result("plugin.HandleEvent", handle);
    client.leave();
    assert.equal(server.events.size, 1);
    const other = connect();
    await other.result("plugin.Step", { EventId, Data: "GET" });
    assert.equal((await other.result("plugin.Step", { EventId, Data: "/" })).Data, "ret");
    assert.equal(server.events.size, 0);
  });

  test("in the middle of a message leaves nothing", () => {
    const { server, connect } = serve();
    const client = connect();
    client.feed([encode([0, 1, "plugin.GetStatus", []]).slice(0, 9)]);
    client.leave();
    assert.equal(server.events.size, 0);
    assert.deepEqual(client.answers, []);
  });

  test("or does not read is cut off", async () => {
    const { connect } = serve();
    const client = connect();
    client.unsentBytes = 1e12;
    await assert.rejects(client.result("plugin.GetStatus").then(() => client.answer(1)), /closed/);
    assert.equal(client.closed, true);
  });
});

describe("arguments that MessagePack cannot hold", () => {
  test("fail the plugin's call, or stop the request that wanted to end with them", async () => {
    const seen: unknown[] = [];
    const odd = pluginOf(async () => {
      const event = current!;
      await event.call("kong.ctx.shared.set", ["k", 2n ** 70n]).catch((error) => seen.push(error));
      event.call("kong.response.exit", [200, 2n ** 70n], { final: true });
    }, { name: "odd" });
    const { server, connect } = startServer([odd], {
      attribute: (event, run) => {
        current = event;
        run();
      },
    });
    servers.push(server);
    const client = connect();
    const handle = { InstanceId: await client.start("odd"), EventName: "access" };
    const { Data } = await client.result("plugin.HandleEvent", handle);
    assert.match(String(seen[0]), /kong\.ctx\.shared\.set cannot be sent/);
    assert.deepEqual(Data, {
      Method: "kong.response.exit",
      Args: [500, { message: "An unexpected error occurred" }],
    });
  });
});
