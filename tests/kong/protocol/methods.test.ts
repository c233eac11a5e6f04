// The methods of MsgPack:1, each asked as Kong asks it, and asked wrong.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GibbonError } from "../../../src/base/errors.ts";
import type { Event } from "../../../src/kong/engine/event.ts";
import { encode } from "../../../src/wire/msgpack/codec.ts";
import { pluginOf } from "../support/events.ts";
import { SERVER_PID, startServer } from "../support/kong_server.ts";
import { stopsRequest } from "../support/rpc_client.ts";
import { concat } from "../../support/pieces.ts";

/** A plugin that asks for one header and then for what it got to be set. */
function hello() {
  let current: Event | undefined;
  const plugin = {
    ...pluginOf(async () => {
      const event = current!;
      const value = await event.call("kong.request.get_header", ["x"]);
      await event.call("kong.response.set_header", ["y", value]);
    }, { name: "hello" }),
    version: "1.2.3",
    priority: 7,
    schema: [{ message: { type: "string" } }],
    modifiedAt: 1700000000.5,
    loadedAt: 1800000000.5,
  };
  const attribute = (event: Event, run: () => void) => {
    current = event;
    run();
  };
  return { plugin, attribute };
}

function serve(options: Parameters<typeof startServer>[1] = {}) {
  const { plugin, attribute } = hello();
  return startServer([plugin], { attribute, ...options });
}

describe("instances", () => {
  test("are started, told of, and closed", async () => {
    const client = serve().connect();
    const started = await client.result("plugin.StartInstance", {
      Name: "hello",
      Config: `{"message":"hi","__plugin_id":"abc"}`,
    });
    const id = started.Id as number;
    assert.ok(Number.isInteger(id) && id > 0 && id <= 0x7fffffff);
    assert.equal(started.Name, "hello");
    assert.deepEqual(started.Config, { message: "hi", __plugin_id: "abc" });
    assert.ok(Math.abs(Date.now() / 1000 - (started.StartTime as number)) < 60);
    assert.deepEqual(await client.result("plugin.InstanceStatus", id), started);
    assert.deepEqual(await client.result("plugin.CloseInstance", id), started);
    const { error } = await client.request("plugin.InstanceStatus", id);
    assert.match(String(error), /^No plugin instance \d+/);
  });

  test("take a configuration that comes as bytes", async () => {
    const client = serve().connect();
    const started = await client.result("plugin.StartInstance", {
      Name: "hello",
      Config: new TextEncoder().encode(`{"message":"hí"}`),
    });
    assert.deepEqual(started.Config, { message: "hí" });
  });

  test("of unknown plugins or broken configurations are refused", async () => {
    const client = serve().connect();
    const unknown = await client.request("plugin.StartInstance", { Name: "../x", Config: "{}" });
    assert.match(String(unknown.error), /no plugin "\.\.\/x".*Loaded plugins: hello/);
    const broken = await client.request("plugin.StartInstance", { Name: "hello", Config: "{" });
    assert.match(String(broken.error), /configuration of hello is not JSON/);
  });

  test("go on to the end of their events when they are closed", async () => {
    const stopped: string[] = [];
    const { plugin, attribute } = hello();
    const server = startServer([{ ...plugin, stop: () => stopped.push("stopped") }], { attribute });
    const client = server.connect();
    const id = await client.start("hello");
    const begun = await client.result("plugin.HandleEvent", {
      InstanceId: id,
      EventName: "access",
    });
    await client.result("plugin.CloseInstance", id);
    assert.deepEqual(stopped, []);
    const { EventId } = begun;
    const next = await client.result("plugin.Step", { EventId, Data: "v" });
    assert.deepEqual(next.Data, { Method: "kong.response.set_header", Args: ["y", "v"] });
    assert.equal((await client.result("plugin.Step", { EventId })).Data, "ret");
    assert.deepEqual(stopped, ["stopped"]);
  });

  test("that nobody uses are dropped, and started again on demand", async () => {
    const { server, connect } = serve({ limits: { idleInstanceMs: -1 } });
    const client = connect();
    const id = await client.start("hello");
    server.instances.sweep();
    const { error } = await client.request("plugin.HandleEvent", {
      InstanceId: id,
      EventName: "access",
    });
    assert.match(String(error), /No plugin instance/);
  });

  test("are bounded", async () => {
    const client = serve({ limits: { instances: 2 } }).connect();
    await client.start("hello");
    await client.start("hello");
    const { error } = await client.request("plugin.StartInstance", { Name: "hello", Config: "{}" });
    assert.match(String(error), /2 instances are running already.*--max-instances/);
  });

  test("get ids that a restarted server does not give out", async () => {
    const first = await serve().connect().start("hello");
    await new Promise((resolve) => setTimeout(resolve, 30));
    const second = await serve().connect().start("hello");
    assert.ok(second > first);
  });
});

describe("status", () => {
  test("of a plugin says what Kong has to know", async () => {
    const client = serve().connect();
    assert.deepEqual(await client.result("plugin.GetPluginInfo", "hello"), {
      Name: "hello",
      ModTime: 1700000000,
      LoadTime: 1800000000,
      Phases: ["access"],
      Version: "1.2.3",
      Priority: 7,
      Schema: {
        name: "hello",
        fields: [{ config: { type: "record", fields: [{ message: { type: "string" } }] } }],
      },
    });
    const { error } = await client.request("plugin.GetPluginInfo", "nobody");
    assert.match(String(error), /no plugin "nobody"/);
  });

  test("of the server lists plugins and instances, whatever argument comes along", async () => {
    const client = serve().connect();
    const id = await client.start("hello");
    for (const args of [[], [1]]) {
      const status = await client.result("plugin.GetStatus", ...args);
      assert.equal(status.Pid, 99);
      const { hello } = status.Plugins as Record<string, Record<string, unknown>>;
      assert.equal(hello!.Name, "hello");
      assert.equal(hello!.Modtime, 1700000000);
      assert.equal(hello!.LastCloseInstance, 0);
      assert.ok((hello!.LastStartInstance as number) > 0);
      assert.deepEqual((hello!.Instances as { Id: number }[]).map(({ Id }) => Id), [id]);
    }
  });
});

describe("a method that there is not", () => {
  test("is an error that names it, shortened, and those that there are", async () => {
    const client = serve().connect();
    const errors: [method: unknown, text: RegExp][] = [
      ["plugin.Nothing", /^There is no method "plugin\.Nothing"\..*Methods: .*plugin\.GetStatus/],
      ["x".repeat(101), /^There is no method "x{100}"\./],
      [7, /^There is no method number\./],
      [null, /^There is no method object\./],
    ];
    for (const [method, text] of errors) {
      const index = client.answers.length;
      client.feed([encode([0, 1, method, []])]);
      assert.match(String((await client.answer(index)).error), text);
    }
  });
});

describe("the plugins directory", () => {
  test("cannot be changed once it is fixed", async () => {
    const { error } = await serve().connect().request("plugin.SetPluginDir", "/tmp");
    assert.match(String(error), /fixed.*--allow-set-plugin-dir/);
  });

  test("can be set to what it is", async () => {
    const client = serve({ pluginsDirectory: "/plugins" }).connect();
    assert.equal((await client.request("plugin.SetPluginDir", "/plugins/")).result, "ok");
    const { error } = await client.request("plugin.SetPluginDir", "/plugins/other");
    assert.match(String(error), /fixed/);
  });

  test("can be changed where that is allowed", async () => {
    const asked: string[] = [];
    const client = serve({
      setPluginDir: (directory) => {
        if (directory === "/gone") throw new GibbonError("PLUGIN_DIRECTORY", "no /gone");
        asked.push(directory);
        return Promise.resolve();
      },
    }).connect();
    assert.equal((await client.request("plugin.SetPluginDir", "/plugins")).result, "ok");
    assert.deepEqual(asked, ["/plugins"]);
    assert.match(String((await client.request("plugin.SetPluginDir", "/gone")).error), /no \/gone/);
  });
});

describe("events", () => {
  test("may have their steps on any connection, with any Step method", async () => {
    const { connect } = serve();
    const id = await connect().start("hello");
    for (const name of ["Credential", "Route", "Service", "Consumer", "MemoryStats", "MultiMap"]) {
      const { EventId } = await connect().result("plugin.HandleEvent", {
        InstanceId: id,
        EventName: "access",
        Params: ["ignored"],
      });
      const step = await connect().result(`plugin.Step${name}`, { EventId, Data: { of: name } });
      assert.deepEqual(step.Data, {
        Method: "kong.response.set_header",
        Args: ["y", { of: name }],
      });
      assert.equal((await connect().result("plugin.Step", { EventId })).Data, "ret");
    }
  });

  test("pipelined on one connection are answered each when it is ready", async () => {
    const { connect } = serve();
    const client = connect();
    const id = await client.start("hello");
    const before = client.answers.length;
    const handle = { InstanceId: id, EventName: "access" };
    client.feed([concat(
      ...[501, 502, 503].map((messageId) => encode([0, messageId, "plugin.HandleEvent", [handle]])),
      encode([0, 504, "plugin.GetPluginInfo", ["hello"]]),
    )]);
    await client.answer(before + 3);
    const answers = client.answers.slice(before);
    assert.deepEqual(answers.map(({ messageId }) => messageId).sort(), [501, 502, 503, 504]);
    const ids = answers.slice(0, 3).map(({ result }) => (result as { EventId: number }).EventId);
    assert.equal(new Set(ids).size, 3);
    // The steps come in the opposite order.
    for (const EventId of ids.reverse()) {
      await client.result("plugin.Step", { EventId, Data: "v" });
      assert.equal((await client.result("plugin.Step", { EventId })).Data, "ret");
    }
  });

  test("greet each connection once, just before its first answer", async () => {
    const { connect } = serve();
    const client = connect();
    assert.deepEqual(client.notifications, []);
    await client.request("plugin.GetStatus");
    await client.request("plugin.GetStatus");
    assert.deepEqual(client.notifications, [["serverPid", SERVER_PID]]);
  });

  test("of phases that the plugin or Kong does not have are refused", async () => {
    const client = serve().connect();
    const id = await client.start("hello");
    const log = await client.request("plugin.HandleEvent", { InstanceId: id, EventName: "log" });
    assert.match(String(log.error), /hello has no handler log/);
    const odd = await client.request("plugin.HandleEvent", {
      InstanceId: id,
      EventName: "toString",
    });
    assert.match(String(odd.error), /no phase "toString"/);
  });

  test("of a phase that the plugin does not have stop their request where it guards", async () => {
    const client = serve().connect();
    const id = await client.start("hello");
    const { Data } = await client.event(id, "rewrite");
    assert.ok(stopsRequest(Data));
  });

  test("past the limit, or while the server stops, stop their request", async () => {
    const exit = {
      Method: "kong.response.exit",
      Args: [500, { message: "An unexpected error occurred" }],
    };
    const { server, connect } = serve({ limits: { events: 1 } });
    const client = connect();
    const id = await client.start("hello");
    const handle = { InstanceId: id, EventName: "access" };
    const { EventId } = await client.result("plugin.HandleEvent", handle);
    assert.deepEqual((await client.result("plugin.HandleEvent", handle)).Data, exit);
    server.drain();
    await client.result("plugin.Step", { EventId });
    assert.equal((await client.result("plugin.Step", { EventId })).Data, "ret");
    assert.deepEqual((await client.result("plugin.HandleEvent", handle)).Data, exit);
    const { error } = await client.request("plugin.StartInstance", { Name: "hello", Config: "{}" });
    assert.match(String(error), /stopping/);
  });
});
