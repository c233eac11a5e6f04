// Kong's client of ProtoBuf:1, acted out, where the recordings cannot be played: time, many at once.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { GibbonError } from "../../../src/base/errors.ts";
import type { ClientOptions } from "../../../src/kong/emulator/client/client_options.ts";
import { ProtoBufClient } from "../../../src/kong/emulator/client/protobuf/client.ts";
import type { KongLogEntry } from "../../../src/kong/emulator/node.ts";
import { pluginEntity } from "../../../src/kong/emulator/plugin_entity.ts";
import { RpcCall, RpcReturn } from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import type { Connection, ConnectionEvents } from "../../../src/runtime/contract.ts";
import { FrameReader } from "../../../src/wire/frames.ts";
import { framed } from "../support/protobuf_client.ts";

const plugin = pluginEntity({ name: "p", phases: ["access"], config: { url: "a/b" } });
const nothing = () => Promise.resolve(undefined);

/** What a server in memory does with a frame; gives the frames that it answers with. */
type Answer = (frame: Uint8Array, call: RpcCall | undefined) => Uint8Array[] | "close" | "silent";

/** The end of an event. */
const ended = (sequence: number) => [
  new Uint8Array(0),
  RpcReturn.encode({
    sequence,
    return: undefined,
  }).finish(),
];

/** Starts whatever is asked for, and ends each event at once. */
const obliging: Answer = (_frame, call) => {
  if (call?.call?.$case === "cmd_handle_event") return ended(call.sequence);
  const { sequence } = call!;
  const value = { name: "p", instance_id: 7, config: undefined, started_at: 0 };
  return [RpcReturn.encode({ sequence, return: { $case: "instance_status", value } }).finish()];
};

function setUp(answer: Answer, options: Partial<ClientOptions> & { refusal?: string } = {}) {
  const log: KongLogEntry[] = [];
  const closed: number[] = [];
  let connections = 0;
  const connect = (_path: string, events: ConnectionEvents): Promise<Connection> => {
    const number = ++connections;
    const reader = new FrameReader({ maxBytes: 1 << 20, byteOrder: "little" });
    let isAsked = true;
    const end = () => {
      if (closed.includes(number)) return;
      closed.push(number);
      queueMicrotask(() => events.closed());
    };
    const write = (bytes: Uint8Array) => {
      reader.push(bytes.slice());
      for (let frame = reader.next(); frame; frame = reader.next()) {
        const answers = answer(frame, isAsked ? RpcCall.decode(frame) : undefined);
        if (answers === "silent") return;
        if (answers === "close") return end();
        isAsked = answers.length !== 2 || answers[0]!.length === 0;
        setImmediate(() => answers.forEach((bytes) => events.data(framed(bytes))));
      }
    };
    return Promise.resolve({ write, end, destroy: end, unsentBytes: 0 });
  };
  const { refusal, ...rest } = options;
  const client = new ProtoBufClient({
    runtime: { connect },
    socketPath: "memory",
    log: (entry) => log.push(entry),
    ...(refusal === undefined ? {} : { refusalOf: () => refusal }),
    ...rest,
  });
  return { client, log, closed, connections: () => connections };
}

const isCode = (code: string, message: RegExp) => (error: GibbonError) => {
  assert.equal(error.code, code);
  assert.match(error.message, message);
  return true;
};

describe("a client of ProtoBuf:1", () => {
  test("uses a connection again, and takes another one for events at once", async () => {
    const { client, connections } = setUp(obliging);
    await client.handle(plugin, "access", nothing);
    await client.handle(plugin, "access", nothing);
    assert.equal(connections(), 1);
    await Promise.all([1, 2, 3].map(() => client.handle(plugin, "access", nothing)));
    assert.equal(connections(), 3);
    client.close();
  });

  test("raises when an answer takes too long, and closes the connection", async () => {
    const answer: Answer = (frame, call) =>
      call?.call?.$case === "cmd_handle_event" ? "silent" : obliging(frame, call);
    const { client, closed } = setUp(answer, { readMs: 300 });
    const failed = client.handle(plugin, "access", nothing);
    await assert.rejects(failed, isCode("PDK_FAILED", /^timeout$/));
    assert.deepEqual(closed, [1]);
    client.close();
  });

  test("repeats an event whose connection closes, as long as Kong would, but not for ever", async () => {
    let events = 0;
    const answer: Answer = (frame, call) => {
      if (call?.call?.$case !== "cmd_handle_event") return obliging(frame, call);
      events++;
      return "close";
    };
    const { client } = setUp(answer);
    const failed = client.handle(plugin, "access", nothing);
    await assert.rejects(failed, isCode("PROTOCOL", /Kong would go on repeating/));
    assert.equal(events, 100);
    client.close();
  });

  test("gives the server's reason for an instance that does not start, where it is known", async () => {
    for (
      const [refusal, message] of [["keys: is missing", /^keys: is missing$/], [
        undefined,
        /^closed$/,
      ]] as const
    ) {
      const { client, log } = setUp(() => "close", refusal === undefined ? {} : { refusal });
      await assert.rejects(client.start(plugin), isCode("PLUGIN_BROKEN", message));
      assert.equal(log[0]?.message, "starting instance: closed");
      client.close();
    }
  });

  test("takes no frame that is too long", async () => {
    const answer: Answer = (frame, call) =>
      call?.call?.$case === "cmd_handle_event" ? [new Uint8Array(2000)] : obliging(frame, call);
    const { client } = setUp(answer, { messageBytes: 1000 });
    const failed = client.handle(plugin, "access", nothing);
    await assert.rejects(failed, isCode("PROTOCOL", /2000 bytes, with 1000 allowed/));
    client.close();
  });

  test("says what the server says of a plugin", async () => {
    const value = {
      ...{ name: "p", updated_at: 1, loaded_at: 2, version: "1.0.0", priority: 5 },
      phases: ["access"],
      schema: '{"name":"p","fields":[]}',
    };
    const { client } = setUp((_frame, call) => [
      RpcReturn.encode({ sequence: call!.sequence, return: { $case: "plugin_info", value } })
        .finish(),
    ]);
    const schema = { name: "p", fields: [] };
    assert.deepEqual(await client.info("p"), { Phases: ["access"], Priority: 5, Schema: schema });
    client.close();
    const other = setUp(() => "close");
    await assert.rejects(other.client.info("p"), isCode("PLUGIN_UNKNOWN", /closed/));
    other.client.close();
  });
});
