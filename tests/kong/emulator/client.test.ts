// Kong's client, acted out, where the recordings cannot be played: many at once, and time.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MsgPackClient } from "../../../src/kong/emulator/client/client.ts";
import type { ClientOptions } from "../../../src/kong/emulator/client/client_options.ts";
import type { KongLogEntry } from "../../../src/kong/emulator/node.ts";
import { pluginEntity } from "../../../src/kong/emulator/plugin_entity.ts";
import {
  type ReceivedRequest,
  startProgrammable,
  until,
} from "../support/programmable_plugin_server.ts";

const plugin = pluginEntity({ name: "p", phases: ["access"], config: { url: "a/b" } });
const nothing = () => Promise.resolve(undefined);

/** A client and a server that answers by method; what is not answered is kept. */
async function start(
  answers: Partial<Record<string, (request: ReceivedRequest) => void>>,
  options: Partial<ClientOptions> = {},
) {
  const received: ReceivedRequest[] = [];
  const log: KongLogEntry[] = [];
  const server = await startProgrammable((request) => {
    received.push(request);
    const { [request.method.slice("plugin.".length)]: answer } = answers;
    answer?.(request);
  });
  const client = new MsgPackClient({
    runtime: server.runtime,
    socketPath: server.path,
    log: (entry) => log.push(entry),
    ...options,
  });
  const methods = () => received.map(({ method }) => method.slice("plugin.".length));
  const close = async () => {
    client.close();
    await server.close();
  };
  return { client, server, received, log, methods, close };
}

const started = (request: ReceivedRequest) => request.result({ Id: 7 });
const done = (request: ReceivedRequest) => request.result({ EventId: 1, Data: "ret" });

describe("events at once", () => {
  test("start one instance, and wait for it", async () => {
    const { client, received, methods, close } = await start({ HandleEvent: done });
    try {
      const events = [1, 2, 3].map(() => client.handle(plugin, "access", nothing));
      await until(() => received.length === 1);
      started(received[0]!);
      for (const end of await Promise.all(events)) assert.deepEqual(end, { kind: "returned" });
      assert.deepEqual(methods(), ["StartInstance", "HandleEvent", "HandleEvent", "HandleEvent"]);
      const config = String(received[0]!.argument.Config);
      assert.ok(config.includes('"url":"a\\/b"'), config);
      assert.equal(JSON.parse(config).__plugin_id, plugin.id);
    } finally {
      await close();
    }
  });

  test("have a connection each while they wait, and free ones are used again", async () => {
    const { client, server, received, close } = await start({ StartInstance: started });
    try {
      await client.start(plugin);
      const events = [1, 2, 3].map(() => client.handle(plugin, "access", nothing));
      await until(() => received.length === 4);
      const connections = received.slice(1).map(({ connection }) => connection);
      assert.deepEqual(connections.sort(), [1, 2, 3]);
      const ids = received.map(({ id }) => id);
      assert.deepEqual(ids.sort(), [1, 2, 3, 4]);
      for (const request of received.slice(1)) done(request);
      await Promise.all(events);
      const again = client.handle(plugin, "access", nothing);
      await until(() => received.length === 5);
      assert.equal(server.opened(), 3);
      done(received[4]!);
      await again;
    } finally {
      await close();
    }
  });

  test("keep no more free connections than the pool has room for", async () => {
    const { client, server, received, close } = await start({ StartInstance: started }, {
      poolSize: 1,
    });
    try {
      await client.start(plugin);
      const events = [1, 2, 3].map(() => client.handle(plugin, "access", nothing));
      await until(() => received.length === 4);
      for (const request of received.slice(1)) done(request);
      await Promise.all(events);
      await until(() => server.open() === 1);
    } finally {
      await close();
    }
  });

  test("carry their steps on any connection that is free", async () => {
    const call = { EventId: 5, Data: { Method: "kong.request.get_method", Args: [] } };
    const { client, received, close } = await start({ StartInstance: started, Step: done });
    try {
      await client.start(plugin);
      const slow = Promise.withResolvers<string>();
      let performs = false;
      const event = client.handle(plugin, "access", () => {
        performs = true;
        return slow.promise;
      });
      await until(() => received.length === 2);
      received[1]!.result(call);
      await until(() => performs);
      // While the PDK function takes its time, the connection is free for another event.
      const other = client.handle(plugin, "log", nothing);
      await until(() => received.length === 3);
      assert.equal(received[2]!.connection, received[1]!.connection);
      slow.resolve("GET");
      await until(() => received.length === 4);
      assert.notEqual(received[3]!.connection, received[1]!.connection);
      assert.deepEqual(received[3]!.argument, { EventId: 5, Data: "GET" });
      done(received[2]!);
      await Promise.all([event, other]);
    } finally {
      await close();
    }
  });
});

describe("time", () => {
  test("a late answer is no answer, and closes the connection that it comes on", async () => {
    const { client, server, received, log, close } = await start({ StartInstance: started }, {
      readMs: 30,
    });
    try {
      await client.start(plugin);
      const end = await client.handle(plugin, "access", nothing);
      assert.deepEqual(end, { kind: "skipped", reason: "no data" });
      assert.equal(log.at(-1)!.message, "no data");
      assert.equal(server.open(), 1);
      done(received[1]!);
      await until(() => server.open() === 0);
      const again = client.handle(plugin, "access", nothing);
      await until(() => received.length === 3);
      done(received[2]!);
      assert.deepEqual(await again, { kind: "returned" });
      assert.equal(server.opened(), 2);
    } finally {
      await close();
    }
  });

  test("free connections are closed after a while", async () => {
    const { client, server, close } = await start({ StartInstance: started }, { idleMs: 20 });
    try {
      await client.start(plugin);
      await until(() => server.open() === 0);
      assert.equal(server.opened(), 1);
    } finally {
      await close();
    }
  });
});

describe("instances", () => {
  test("that a server never knows are not started for ever", async () => {
    const { client, methods, close } = await start({
      StartInstance: started,
      HandleEvent: (request) => request.error("No plugin instance 7"),
    });
    try {
      await assert.rejects(() => client.handle(plugin, "access", nothing), { code: "PROTOCOL" });
      assert.ok(methods().length > 10);
    } finally {
      await close();
    }
  });

  test("of a configuration that was changed serve events of the one before", async () => {
    let id = 0;
    const { client, received, methods, close } = await start({
      StartInstance: (request) => request.result({ Id: ++id }),
      CloseInstance: (request) => request.result({}),
      HandleEvent: done,
    });
    try {
      await client.handle(plugin, "rewrite", nothing);
      await client.start({ ...plugin, sequence: 2 });
      await client.handle(plugin, "access", nothing);
      assert.deepEqual(methods(), [
        "StartInstance",
        "HandleEvent",
        "StartInstance",
        "CloseInstance",
        "HandleEvent",
      ]);
      assert.equal(received[3]!.argument, 1);
      assert.equal(received[4]!.argument.InstanceId, 2);
    } finally {
      await close();
    }
  });

  test("that cannot be started are an error with the server's words", async () => {
    const { client, close } = await start({ StartInstance: (request) => request.error("bad key") });
    try {
      await assert.rejects(() => client.start(plugin), {
        code: "PLUGIN_BROKEN",
        message: "bad key",
        plugin: "p",
      });
    } finally {
      await close();
    }
  });
});

describe("answers that are none", () => {
  const answers: Record<string, unknown> = {
    "a turn without a method": { EventId: 1, Data: { Args: [] } },
    "a turn that is text": { EventId: 1, Data: "done" },
    "a turn of nothing": { EventId: 1 },
  };
  for (const [name, result] of Object.entries(answers)) {
    test(`${name} makes Kong raise`, async () => {
      const { client, close } = await start({
        StartInstance: started,
        HandleEvent: (request) => request.result(result),
      });
      try {
        await assert.rejects(() => client.handle(plugin, "access", nothing), { code: "PROTOCOL" });
      } finally {
        await close();
      }
    });
  }

  test("one larger than allowed makes it raise too, and the next event goes on", async () => {
    const { client, received, close } = await start({ StartInstance: started }, {
      messageBytes: 1000,
    });
    try {
      await client.start(plugin);
      const event = client.handle(plugin, "access", nothing);
      await until(() => received.length === 2);
      received[1]!.result({ EventId: 1, Data: "x".repeat(2000) });
      await assert.rejects(() => event, { code: "PROTOCOL" });
      const next = client.handle(plugin, "access", nothing);
      await until(() => received.length === 3);
      done(received[2]!);
      assert.deepEqual(await next, { kind: "returned" });
    } finally {
      await close();
    }
  });
});

describe("what a server says of a plugin", () => {
  test("is given as it is, or as an error with its words", async () => {
    const { client, close } = await start({
      GetPluginInfo: (request) => {
        if (String(request.argument) === "p") request.result({ Name: "p", Priority: 3 });
        else request.error("There is no plugin q");
      },
    });
    try {
      assert.deepEqual(await client.info("p"), { Name: "p", Priority: 3 });
      await assert.rejects(() => client.info("q"), {
        code: "PLUGIN_UNKNOWN",
        message: "There is no plugin q",
      });
    } finally {
      await close();
    }
  });
});
