// Asking a plugin server who it is: what goes out, and what each kind of answer, or none, comes to.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { askInTurn, askNames, askStatus } from "../../../src/kong/protocol/ask.ts";
import { RpcCall, RpcReturn } from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { protocolOf } from "../../../src/kong/protocol/protocol_of.ts";
import type { Connection, ConnectionEvents } from "../../../src/runtime/contract.ts";
import { decode, encode } from "../../../src/wire/msgpack/codec.ts";
import { CUTS } from "../../support/pieces.ts";
import { framed, unframed } from "../support/protobuf_client.ts";

/** Longest that these tests wait for an answer that comes; none of them uses it up. */
const PATIENCE_MS = 60_000;

/** A server that answers each request with the next of some rows of pieces. */
function serverOf(answers: readonly (readonly Uint8Array[])[]) {
  const [requests, paths]: [Uint8Array[], string[]] = [[], []];
  let destroyed = 0;
  const connect = (path: string, events: ConnectionEvents): Promise<Connection> => {
    paths.push(path);
    return Promise.resolve({
      unsentBytes: 0,
      write(bytes: Uint8Array) {
        requests.push(bytes);
        const pieces = answers[requests.length - 1] ?? [];
        setImmediate(() => pieces.forEach((piece) => events.data(piece.slice())));
      },
      end() {},
      destroy: () => void destroyed++,
    });
  };
  return { runtime: { connect }, requests, paths, destroyed: () => destroyed };
}

const greeting = encode([2, "serverPid", 7]);
const answerTo = (result: unknown, error: unknown = null) => encode([1, 1, error, result]);
const names = (sequence: number, ...names: string[]) =>
  framed(
    RpcReturn.encode({ sequence, return: { $case: "plugin_names", value: { names } } }).finish(),
  );

const INFO = {
  name: "auth",
  updated_at: 0,
  loaded_at: 0,
  phases: [],
  version: "",
  priority: 0,
  schema: "",
};

const STATUS = {
  Pid: 12,
  Plugins: { auth: { LoadTime: 1.5, Instances: [{ Id: 1 }], Name: "auth" }, bare: {} },
  Other: true,
};

describe("a server's status", () => {
  for (const [how, cut] of Object.entries(CUTS)) {
    test(`is what it answers, behind its greeting, with bytes that come ${how}`, async () => {
      const { runtime, requests, paths, destroyed } = serverOf([
        [...cut(greeting), ...cut(answerTo(STATUS))],
      ]);
      const reply = await askStatus(runtime, "/run/a.sock", PATIENCE_MS);
      assert.deepEqual(reply, { kind: "answer", value: { status: STATUS } });
      assert.deepEqual(paths, ["/run/a.sock"]);
      assert.equal(destroyed(), 1);
      const [kind, id, method, args] = decode(requests[0]!) as unknown[];
      assert.deepEqual([kind, typeof id, method, args], [0, "number", "plugin.GetStatus", []]);
    });
  }

  test("may say little, and have plugins without instances", async () => {
    for (const status of [{}, { Plugins: {} }, { Plugins: { a: { Instances: null } } }]) {
      const reply = await askStatus(serverOf([[answerTo(status)]]).runtime, "/a", PATIENCE_MS);
      assert.deepEqual(reply, { kind: "answer", value: { status } });
    }
  });

  test("is a failure where the server says so, or what it says cannot be read", async () => {
    const failing: [answer: Uint8Array, failure: RegExp][] = [
      [answerTo(null, "no such method"), /^no such method$/],
      [encode([1, 1]), /^what it says of itself cannot be read: /],
      [answerTo(null), /^what it says of itself cannot be read: /],
      [answerTo({ Pid: "12" }), /cannot be read: /],
      [answerTo({ Plugins: { a: { LoadTime: "then" } } }), /cannot be read: /],
      [answerTo({ Plugins: { a: { Instances: "none" } } }), /cannot be read: /],
      [answerTo({ Version: 3 }), /cannot be read: /],
    ];
    for (const [answer, failure] of failing) {
      const reply = await askStatus(serverOf([[answer]]).runtime, "/a", PATIENCE_MS);
      assert.ok(reply.kind === "answer" && "failure" in reply.value);
      assert.match(reply.value.failure, failure);
    }
  });

  test("is asked so that either protocol's server can tell which one it is", async () => {
    const { runtime, requests } = serverOf([[answerTo({})]]);
    await askStatus(runtime, "/a", PATIENCE_MS);
    assert.equal(protocolOf(requests[0]!), "MsgPack:1");
    // A server of ProtoBuf:1 waits for a frame of this length: not for one that it has to refuse.
    const length = new DataView(requests[0]!.buffer).getUint32(0, true);
    assert.ok(length > requests[0]!.length && length < 16 * 1024 * 1024);
  });
});

describe("what is no answer", () => {
  const garbage: Readonly<Record<string, Uint8Array>> = {
    "no MessagePack": Uint8Array.of(0xc1),
    "no message": encode("HTTP"),
    "a map": encode({ 0: 1, 3: {} }),
    "a request": encode([0, 1, "plugin.GetStatus", []]),
    "too deep": new Uint8Array(100).fill(0x91),
  };
  for (const [what, bytes] of Object.entries(garbage)) {
    test(`is given back as it came: ${what}`, async () => {
      const { runtime, destroyed } = serverOf([[bytes]]);
      const reply = await askStatus(runtime, "/a", PATIENCE_MS);
      assert.deepEqual(reply, { kind: "garbage", bytes });
      assert.equal(destroyed(), 1);
    });
  }

  test("and a server that says nothing is silent", async () => {
    const { runtime, destroyed } = serverOf([[greeting]]);
    assert.deepEqual(await askStatus(runtime, "/a", 1), { kind: "silence" });
    assert.equal(destroyed(), 1);
  });

  test("and one that closes the connection has closed it", async () => {
    const connect = (_path: string, events: ConnectionEvents): Promise<Connection> =>
      Promise.resolve({
        unsentBytes: 0,
        write: () => void setImmediate(() => events.closed()),
        end() {},
        destroy() {},
      });
    assert.deepEqual(await askStatus({ connect }, "/a", PATIENCE_MS), { kind: "closed" });
  });

  test("and where nobody listens, the runtime's error comes through", async () => {
    const connect = () => Promise.reject(new Error("nobody is there"));
    await assert.rejects(askStatus({ connect }, "/a", PATIENCE_MS), /nobody is there/);
  });
});

describe("the names of plugins", () => {
  for (const [how, cut] of Object.entries(CUTS)) {
    test(`are what a server answers over ProtoBuf:1, with bytes that come ${how}`, async () => {
      const { runtime, requests, destroyed } = serverOf([cut(names(1, "auth", "stats"))]);
      const reply = await askNames(runtime, "/a", PATIENCE_MS);
      assert.deepEqual(reply, { kind: "answer", value: ["auth", "stats"] });
      assert.equal(destroyed(), 1);
      const [frame, ...more] = unframed(requests[0]!);
      assert.equal(more.length, 0);
      assert.deepEqual(RpcCall.decode(frame!), {
        sequence: 1,
        call: { $case: "cmd_get_plugin_names", value: {} },
      });
    });
  }

  test("are none where the answer has none, or is something else", async () => {
    const other = { $case: "plugin_info", value: INFO } as const;
    for (
      const answer of [
        names(1),
        framed(RpcReturn.encode({ sequence: 1, return: undefined }).finish()),
        framed(RpcReturn.encode({ sequence: 1, return: other }).finish()),
      ]
    ) {
      const reply = await askNames(serverOf([[answer]]).runtime, "/a", PATIENCE_MS);
      assert.deepEqual(reply, { kind: "answer", value: [] });
    }
  });

  test("are not those of an answer to something else", async () => {
    const bytes = names(2, "auth");
    const reply = await askNames(serverOf([[bytes]]).runtime, "/a", PATIENCE_MS);
    assert.deepEqual(reply, { kind: "garbage", bytes });
  });
});

describe("both protocols in turn", () => {
  test("are asked on one connection, each question after the answer to the one before", async () => {
    const { runtime, requests, paths, destroyed } = serverOf([
      [greeting, answerTo({ Pid: 1 })],
      [names(1, "auth")],
      [answerTo({ Pid: 2 })],
    ]);
    const reply = await askInTurn(runtime, "/a", PATIENCE_MS);
    assert.deepEqual(reply, { kind: "answer", value: { status: { Pid: 2 } } });
    assert.deepEqual(requests.map((request) => protocolOf(request)), [
      "MsgPack:1",
      "ProtoBuf:1",
      "MsgPack:1",
    ]);
    assert.deepEqual([paths.length, destroyed()], [1, 1]);
  });

  test("end at the first answer that makes no sense", async () => {
    const bytes = names(5, "auth");
    const { runtime, requests } = serverOf([[answerTo({})], [bytes], [answerTo({})]]);
    assert.deepEqual(await askInTurn(runtime, "/a", PATIENCE_MS), { kind: "garbage", bytes });
    assert.equal(requests.length, 2);
  });
});
