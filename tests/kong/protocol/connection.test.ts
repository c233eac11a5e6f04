// One connection in memory: what ends it, what is read after that, and what is said of it.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import type { Event } from "../../../src/kong/engine/event.ts";
import { KongConnection } from "../../../src/kong/protocol/connection.ts";
import { KongEndpoint } from "../../../src/kong/protocol/endpoint.ts";
import { RpcCall } from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { decode, encode } from "../../../src/wire/msgpack/codec.ts";
import { MessageReader } from "../../../src/wire/msgpack/reader.ts";
import { pluginOf } from "../support/events.ts";
import { startServer } from "../support/kong_server.ts";
import { framed } from "../support/protobuf_client.ts";

const servers: { close(reason: string): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close("the test is over");
});

type Options = Parameters<typeof startServer>[1];

/** Calls the gateway at once. */
const asking = () => {
  current!.call("kong.request.get_method", []);
  return new Promise(() => {});
};
/** Calls the gateway a moment later. */
const late = async () => {
  const event = current!;
  await Promise.resolve();
  await event.call("kong.request.get_method", []);
};
let current: Event | undefined;

function serve(options: Options = {}) {
  const plugins = [
    pluginOf(() => new Promise(() => {}), { name: "silent" }),
    pluginOf(asking, { name: "asking" }),
    pluginOf(late, { name: "late" }),
  ];
  const attribute = (event: Event, run: () => void) => {
    current = event;
    run();
  };
  const started = startServer(plugins, { attribute, ...options });
  servers.push(started.server);
  return started;
}

/** The runtime's end of a connection, which writes down what becomes of it. */
class FakeConnection {
  unsentBytes = 0;
  readonly written: Uint8Array[] = [];
  readonly done: string[] = [];

  write(bytes: Uint8Array): void {
    this.written.push(bytes);
  }

  end(): void {
    this.done.push("end");
  }

  destroy(): void {
    this.done.push("destroy");
  }
}

/** Numbers of the requests that were answered. */
function answered({ written }: FakeConnection): unknown[] {
  const reader = new MessageReader({ messageBytes: 1 << 20, nesting: 64 });
  for (const bytes of written) reader.push(bytes.slice());
  const ids: unknown[] = [];
  for (let next = reader.next(); next; next = reader.next()) {
    const [kind, id] = next.value as unknown[];
    if (kind === 1) ids.push(id);
  }
  return ids;
}

const handle = (id: number, InstanceId: number) =>
  encode([0, id, "plugin.HandleEvent", [{ InstanceId, EventName: "access" }]]);
const status = (id: number) => encode([0, id, "plugin.GetStatus", []]);
const GARBAGE = Uint8Array.of(0x94, 0x00, 0xc1, 0xff);

/** A connection to a server, before anything came in on it. */
function connect(options: Options = {}) {
  const { server, entries } = serve(options);
  const runtime = new FakeConnection();
  return { server, entries, runtime, connection: new KongConnection(runtime, server) };
}

describe("bytes that make no sense", () => {
  test("close their connection, which is logged once with what to do", () => {
    const { entries, runtime, connection } = connect();
    connection.data(GARBAGE);
    assert.deepEqual(runtime.done, ["destroy"]);
    assert.equal(entries.length, 1);
    assert.match(entries[0]!, /^\[warn\] a connection was closed: its bytes make no sense error=/);
    assert.match(entries[0]!, /remedy="Only Kong should talk to this socket/);
  });

  test("say what is wrong with them, also where they are too long to be a request", () => {
    const { entries, runtime, connection } = connect({ limits: { messageBytes: 1000 } });
    connection.data(encode([0, "no number", "plugin.Step", ["x".repeat(2000)]]));
    assert.deepEqual(runtime.done, ["destroy"]);
    assert.match(entries[0]!, /make no sense error="[^"]*1000/);
  });

  test("are the last that is read, and what waited before them is answered", () => {
    const { entries, runtime, connection } = connect();
    connection.data(status(1));
    connection.data(GARBAGE);
    connection.data(status(2));
    connection.closed();
    assert.deepEqual(answered(runtime), [1]);
    assert.deepEqual(runtime.done, ["destroy"]);
    assert.equal(entries.length, 1);
  });

  test("end the events that wait on their connection, with the reason", async () => {
    const { server, entries, connection } = connect();
    const { id } = await server.startInstance("silent", "{}");
    connection.data(
      encode([0, 1, "plugin.HandleEvent", [{ InstanceId: id, EventName: "access" }]]),
    );
    assert.equal(server.events.size, 1);
    connection.data(GARBAGE);
    assert.equal(server.events.size, 0);
    const left = entries.find((entry) => entry.includes("the gateway left an event"));
    assert.match(left ?? "", /reason="the connection was closed that waited"/);
  });
});

describe("a gateway that goes away", () => {
  test("ends the events that wait on its connection, and no others", async () => {
    const { server, entries, connection } = connect();
    const other = new KongConnection(new FakeConnection(), server);
    const { id } = await server.startInstance("silent", "{}");
    const handle = encode([0, 1, "plugin.HandleEvent", [{ InstanceId: id, EventName: "access" }]]);
    connection.data(handle.slice());
    other.data(handle.slice());
    assert.equal(server.events.size, 2);
    connection.closed();
    assert.equal(server.events.size, 1);
    assert.match(entries[0]!, /reason="the gateway closed the connection that waited"/);
    connection.closed();
    assert.equal(entries.length, 1);
  });

  test("is not answered any more, and not read", async () => {
    const { server, runtime, connection } = connect();
    const starting = encode([0, 1, "plugin.StartInstance", [{ Name: "silent", Config: "{}" }]]);
    connection.data(starting);
    connection.closed();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(server.instances.size, 1);
    connection.data(status(2));
    assert.deepEqual(runtime.written, []);
    assert.deepEqual(runtime.done, []);
  });

  test("hears nothing of an answer that is too long for it, and nor does the log", async () => {
    const { server, runtime, connection, entries } = connect({ limits: { unsentBytes: 100 } });
    const Config = JSON.stringify({ text: "x".repeat(200) });
    connection.data(encode([0, 1, "plugin.StartInstance", [{ Name: "silent", Config }]]));
    connection.closed();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(server.instances.size, 1);
    assert.deepEqual([runtime.written, entries], [[], []]);
  });

  test("is not let go once more by a command that fails later", async () => {
    const { server, runtime, connection } = connect();
    const failing = { name: "silent", config: new TextEncoder().encode("{}") };
    const start = { $case: "cmd_start_instance", value: failing } as const;
    connection.data(framed(RpcCall.encode({ sequence: 1, call: start }).finish()));
    server.drain();
    const late = new FakeConnection();
    const other = new KongConnection(late, server);
    other.data(framed(RpcCall.encode({ sequence: 1, call: start }).finish()));
    other.closed();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([late.done, late.written], [[], []]);
    assert.deepEqual([runtime.done, runtime.written.length], [[], 1]);
  });

  test("is let go when it does not read, with an error that says so", () => {
    const { entries, runtime, connection } = connect({ limits: { unsentBytes: 1000 } });
    runtime.unsentBytes = 1000;
    connection.data(status(1));
    assert.deepEqual(runtime.done, []);
    runtime.unsentBytes = 1001;
    connection.data(status(2));
    assert.deepEqual(runtime.done, ["destroy"]);
    assert.equal(
      entries[0],
      "[warn] a connection was closed: the gateway does not read what it asked for unsentBytes=1001",
    );
    connection.data(status(3));
    assert.deepEqual(answered(runtime), [1]);
  });

  test("takes with it the event whose call it did not read", async () => {
    const { server, entries, runtime, connection } = connect({ limits: { unsentBytes: 1000 } });
    const { id } = await server.startInstance("asking", "{}");
    runtime.unsentBytes = 1001;
    connection.data(handle(1, id));
    assert.deepEqual(runtime.done, ["destroy"]);
    assert.equal(server.events.size, 0);
    assert.match(entries.join("\n"), /left an event.*reason="the connection was closed"/);
  });
});

describe("after a refusal", () => {
  /** Requests in one chunk, with what is refused in the middle. */
  const chunkOf = (id: number, middle: Uint8Array) =>
    new Uint8Array([...handle(1, id), ...handle(2, id), ...middle, ...handle(4, id), ...status(5)]);

  test("nothing that came with the bad message begins, and what began before it ends", async () => {
    const { server, entries, runtime, connection } = connect();
    const { id } = await server.startInstance("silent", "{}");
    connection.data(chunkOf(id, GARBAGE));
    assert.equal(server.events.begun, 2);
    assert.equal(server.events.size, 0);
    assert.deepEqual([answered(runtime), runtime.done], [[], ["destroy"]]);
    assert.equal(entries.filter((entry) => entry.includes("a connection was closed")).length, 1);
  });

  test("nothing is written, whatever becomes ready later", async () => {
    const { server, runtime, connection } = connect();
    const { id } = await server.startInstance("late", "{}");
    const starting = encode([0, 3, "plugin.StartInstance", [{ Name: "silent", Config: "{}" }]]);
    connection.data(new Uint8Array([...handle(1, id), ...starting, ...GARBAGE, ...status(4)]));
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([runtime.written, runtime.done], [[], ["destroy"]]);
    assert.equal(server.events.size, 0);
  });

  test("nothing goes on in the middle of a chunk that nobody reads the answers of", async () => {
    const { server, runtime, connection } = connect({ limits: { unsentBytes: 1000 } });
    const { id } = await server.startInstance("asking", "{}");
    runtime.write = (bytes) => {
      runtime.written.push(bytes);
      runtime.unsentBytes += 600;
    };
    connection.data(chunkOf(id, handle(3, id)));
    assert.deepEqual(answered(runtime), [1, 2]);
    assert.deepEqual(runtime.done, ["destroy"]);
    assert.equal(server.events.begun, 3);
    connection.data(handle(6, id));
    assert.equal(server.events.begun, 3);
  });

  test("a log that throws changes nothing of that", async () => {
    const { server, runtime, connection } = connect();
    const { id } = await server.startInstance("asking", "{}");
    server.options.log.warn = () => {
      throw new Error("the disk is full");
    };
    assert.throws(() => connection.data(chunkOf(id, GARBAGE)), /the disk is full/);
    assert.deepEqual([answered(runtime), runtime.done], [[1, 2], ["destroy"]]);
    connection.data(handle(6, id));
    assert.equal(server.events.begun, 2);
  });
});

describe("a connection", () => {
  test("answers all requests of one chunk, and keeps a part of one for later", () => {
    const { runtime, connection } = connect();
    const third = status(3);
    const chunk = new Uint8Array([...status(1), ...status(2), ...third.subarray(0, 7)]);
    connection.data(chunk);
    assert.deepEqual(answered(runtime), [1, 2]);
    connection.data(third.slice(7));
    assert.deepEqual(answered(runtime), [1, 2, 3]);
  });

  test("takes no notice of notifications", () => {
    const { runtime, connection, entries } = connect();
    const notification = encode([2, "hello", []]);
    connection.data(notification.slice());
    connection.data(new Uint8Array([...status(1), ...notification, ...status(2)]));
    assert.deepEqual([answered(runtime), runtime.done, entries], [[1, 2], [], []]);
  });

  test("refuses requests past those that may wait, and takes them again later", async () => {
    const { runtime, connection, entries } = connect({ limits: { pipelined: 2 } });
    const starting = (id: number) =>
      encode([0, id, "plugin.StartInstance", [{ Name: "silent", Config: "{}" }]]);
    connection.data(new Uint8Array([...starting(1), ...starting(2), ...starting(3)]));
    assert.deepEqual(answered(runtime), [3]);
    assert.match(entries[0]!, /2 requests wait on this connection already.*code=LIMIT/);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(answered(runtime), [3, 1, 2]);
    connection.data(status(4));
    assert.deepEqual(answered(runtime), [3, 1, 2, 4]);
  });

  test("tells of an error with its code, its plugin and its remedy", () => {
    const { runtime, connection, entries } = connect();
    connection.data(encode([0, 1, "plugin.GetPluginInfo", ["nobody"]]));
    const [, , error] = decode(runtime.written[0]!.slice(runtime.written[0]!.indexOf(0x94))) as [
      number,
      number,
      string,
    ];
    assert.match(error, /^There is no plugin "nobody"\. Loaded plugins: silent, /);
    assert.match(
      entries[0]!,
      /^\[warn\] a request failed: There is no plugin "nobody" method=plugin\.GetPluginInfo code=PLUGIN_UNKNOWN remedy="Loaded plugins: silent, /,
    );
    assert.doesNotMatch(entries[0]!, /stack=/);
  });
});

describe("an endpoint", () => {
  test("lets go of those that are there, once what was answered is out", () => {
    const endpoint = new KongEndpoint(serve().server);
    const [open, gone] = [new FakeConnection(), new FakeConnection()];
    endpoint.accept(open);
    endpoint.accept(gone).closed();
    endpoint.close();
    assert.deepEqual([open.done, gone.done], [["end"], []]);
  });

  test("tells a connection that it is gone, so that its events end", async () => {
    const { server } = serve();
    const { id } = await server.startInstance("silent", "{}");
    const served = new KongEndpoint(server).accept(new FakeConnection());
    served.data(encode([0, 1, "plugin.HandleEvent", [{ InstanceId: id, EventName: "access" }]]));
    assert.equal(server.events.size, 1);
    served.closed();
    assert.equal(server.events.size, 0);
  });
});
