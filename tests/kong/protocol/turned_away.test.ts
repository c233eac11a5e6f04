// Connections past a limit: what they ask is answered so that no request passes, and then they end.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { KongEndpoint } from "../../../src/kong/protocol/endpoint.ts";
import type { Connection, ConnectionEvents } from "../../../src/runtime/contract.ts";
import { until } from "../../support/until.ts";
import { pluginOf } from "../support/events.ts";
import { startServer } from "../support/kong_server.ts";
import { ProtobufClient } from "../support/protobuf_client.ts";
import { isFailure } from "../support/protobuf_server.ts";
import { RpcClient, stopsRequest } from "../support/rpc_client.ts";

/** A client of MsgPack:1 on a connection that an endpoint takes, or turns away. */
class MsgpackClient extends RpcClient implements Connection {
  unsentBytes = 0;
  end = () => this.ended();
  destroy = () => this.ended();
  write = (bytes: Uint8Array) => this.received(bytes);
  events: ConnectionEvents;

  constructor(endpoint: KongEndpoint) {
    super();
    this.events = endpoint.accept(this);
  }

  feed(pieces: Iterable<Uint8Array>): void {
    for (const piece of pieces) this.events.data(piece);
  }

  leave(): void {
    this.events.closed();
  }
}

function protobufClient(endpoint: KongEndpoint): ProtobufClient {
  const client: ProtobufClient = new ProtobufClient({
    data: (bytes) => events.data(bytes),
    closed: () => events.closed(),
  });
  const events = endpoint.accept(client);
  return client;
}

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function serve(limits: Parameters<typeof startServer>[1] = {}, isShort = () => false) {
  const asking = (gateway: { request: { getMethod(): Promise<string> } }) =>
    gateway.request.getMethod();
  const plugins = [
    pluginOf(asking, { name: "guard" }),
    pluginOf(asking, { name: "stats", onError: "continue" }),
    pluginOf(asking, { name: "after", phase: "log" }),
  ];
  const started = startServer(plugins, limits);
  const descriptors = {
    get isShort() {
      return isShort();
    },
    close() {},
  };
  const endpoint = new KongEndpoint(started.server, descriptors);
  const clients: (MsgpackClient | ProtobufClient)[] = [];
  ends.push(async () => {
    await started.server.close("the test is over");
    for (const client of clients) client.leave();
  });
  const kept = <T extends MsgpackClient | ProtobufClient>(client: T): T => {
    clients.push(client);
    return client;
  };
  return {
    ...started,
    endpoint,
    msgpack: () => kept(new MsgpackClient(endpoint)),
    protobuf: () => kept(protobufClient(endpoint)),
  };
}

const full = { limits: { connections: 1 } };

describe("a connection past the limit, over MsgPack:1", () => {
  test("has its guarded event stopped, ends, and is told of in the log", async () => {
    const { server, entries, msgpack } = serve(full);
    const id = await msgpack().start("guard");
    const client = msgpack();
    const { Data } = await client.event(id);
    assert.equal(stopsRequest(Data), true);
    assert.equal(client.closed, true);
    assert.equal(server.events.begun, 0);
    assert.match(
      entries[0]!,
      /^\[warn\] a connection was turned away: there are 1 connections already code=LIMIT remedy="Raise --max-connections/,
    );
    assert.match(
      entries[1]!,
      /^\[error\] an event was refused; the request is stopped plugin=guard/,
    );
  });

  test("is told the reason where nothing is guarded", async () => {
    const { msgpack } = serve(full);
    const first = msgpack();
    const [stats, after] = [await first.start("stats"), await first.start("after")];
    for (const [InstanceId, EventName] of [[stats, "access"], [after, "log"]]) {
      const client = msgpack();
      const { error } = await client.request("plugin.HandleEvent", { InstanceId, EventName });
      assert.match(String(error), /there are 1 connections already/);
      assert.equal(client.closed, true);
      client.leave();
    }
  });

  test("goes on with events that are under way, and starts instances", async () => {
    const { server, msgpack } = serve(full);
    const first = msgpack();
    const { EventId } = await first.event(await first.start("guard"));
    const second = msgpack();
    assert.equal(await second.step(EventId, "GET"), "ret");
    assert.equal(second.closed, true);
    second.leave();
    const third = msgpack();
    assert.equal(typeof await third.start("guard"), "number");
    assert.equal(third.closed, true);
    assert.equal(server.events.size, 0);
  });

  test("an event of an instance that is gone is stopped in the end", async () => {
    const { msgpack } = serve(full);
    msgpack();
    const asked = await msgpack().request("plugin.HandleEvent", {
      InstanceId: 4711,
      EventName: "access",
    });
    assert.match(String(asked.error), /No plugin instance/);
    const started = await msgpack().start("guard");
    assert.equal(stopsRequest((await msgpack().event(started)).Data), true);
  });
});

describe("a connection past the limit, over ProtoBuf:1", () => {
  test("has its guarded event stopped, and ends when Kong answers all the same", async () => {
    const { server, protobuf } = serve(full);
    const id = await protobuf().start("guard");
    const client = protobuf();
    client.handle(id);
    assert.equal(isFailure(await client.call()), true);
    assert.equal(client.closed, undefined);
    client.answer();
    assert.equal(await client.left(), "end");
    assert.equal(server.events.begun, 0);
  });

  test("has an event that guards nothing return, and ends", async () => {
    const { protobuf } = serve(full);
    const id = await protobuf().start("stats");
    const client = protobuf();
    const sequence = client.handle(id);
    assert.equal(await client.turn(), sequence);
    assert.equal(client.closed, "end");
  });
});

describe("connections past the limit", () => {
  test("are served again as soon as others have gone", async () => {
    const { msgpack } = serve(full);
    const first = msgpack();
    const id = await first.start("guard");
    const second = msgpack();
    assert.equal(stopsRequest((await second.event(id)).Data), true);
    first.leave();
    const third = msgpack();
    const { Data } = await third.event(id);
    assert.deepEqual(Data, { Method: "kong.request.get_method", Args: [] });
    assert.equal(third.closed, false);
  });

  test("do no harm to the one that is there", async () => {
    const { msgpack } = serve(full);
    const first = msgpack();
    const { EventId } = await first.event(await first.start("guard"));
    for (let i = 0; i < 300; i++) msgpack();
    assert.equal(await first.step(EventId, "GET"), "ret");
    assert.equal(first.closed, false);
  });

  test("are closed without a word only when very many wait to be told", () => {
    const { msgpack } = serve(full);
    msgpack();
    const clients = Array.from({ length: 257 }, msgpack);
    assert.equal(clients.filter(({ closed }) => closed).length, 1);
    assert.equal(clients.at(-1)!.closed, true);
  });

  test("are closed after a moment if they ask nothing", async () => {
    const { msgpack } = serve(full);
    msgpack();
    const client = msgpack();
    await until(() => client.closed);
  });
});

describe("a connection that takes one of the descriptors which are kept", () => {
  test("is turned away, until there are enough again", async () => {
    let isShort = false;
    const { msgpack, protobuf, entries } = serve({}, () => isShort);
    const id = await msgpack().start("guard");
    isShort = true;
    assert.equal(stopsRequest((await msgpack().event(id)).Data), true);
    const client = protobuf();
    client.handle(id);
    assert.equal(isFailure(await client.call()), true);
    assert.match(entries[0]!, /turned away: only 32 more files could be opened code=LIMIT remedy=/);
    isShort = false;
    const { Data } = await msgpack().event(id);
    assert.deepEqual(Data, { Method: "kong.request.get_method", Args: [] });
  });

  test("leaves half of those over for other purposes", () => {
    const { msgpack } = serve({ limits: { reservedDescriptors: 8 } }, () => true);
    const clients = Array.from({ length: 6 }, msgpack);
    assert.deepEqual(clients.map(({ closed }) => closed), [false, false, false, false, true, true]);
  });
});
