// One plugin over both protocols: the same results for the plugin, and the same calls for Kong.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Event } from "../../../src/kong/engine/event.ts";
import { PHASES } from "../../../src/kong/engine/phases.ts";
import type { Handler } from "../../../src/kong/engine/plugin.ts";
import { PDK_FUNCTIONS } from "../../../src/kong/pdk/functions.ts";
import type { Kong } from "../../../src/kong/pdk/kong.ts";
import { CARRIED_FUNCTIONS } from "../../../src/kong/protocol/protobuf/functions.ts";
import { pluginOf } from "../support/events.ts";
import { startServer } from "../support/kong_server.ts";
import { type LuaCall, playMsgpack, playProtobuf } from "../support/lua_kong.ts";
import { readCallable } from "../support/pdk_facts.ts";
import { PDK_CASES, type PdkCase } from "../support/pdk_cases.ts";
import { ProtobufClient } from "../support/protobuf_client.ts";

// One server, one plugin, one instance; the plugin does what the test says.
let current: ((kong: Kong) => unknown) | undefined;
let outcome: unknown;
let event: Event | undefined;
const handler = (async (kong: Kong) => {
  outcome = undefined;
  outcome = await current!(kong);
}) as unknown as Handler;
const plugin = {
  ...pluginOf(handler, { name: "both" }),
  handlers: new Map(PHASES.map((phase) => [phase, handler])),
  // Of an instance gibbon remembers what one protocol has told, and does not ask over the other.
  cache: false,
};
const { server, connect } = startServer([plugin], {
  attribute: (begun, run) => {
    event = begun;
    run();
  },
});
after(() => server.close("the tests are over"));
const instance = connect().start("both");

/** Keeps values comparable: bytes of the runtimes' own classes are plain bytes. */
function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? [...value] : value;
}

async function over(
  protocol: "msgpack" | "protobuf",
  given: PdkCase,
): Promise<{ calls: LuaCall[]; outcome: unknown }> {
  current = given.call;
  outcome = undefined;
  const { phases } = PDK_FUNCTIONS[given.of];
  const phase = phases.includes("access") ? "access" : phases[0]!;
  const lua = protocol === "protobuf" && given.protobuf && "lua" in given.protobuf
    ? given.protobuf.lua
    : given.lua;
  const id = await instance;
  const calls = protocol === "msgpack"
    ? await playMsgpack(connect(), id, phase, () => lua)
    : await playProtobuf(new ProtobufClient(server), id, phase, () => lua);
  return { calls, outcome: plain(outcome) };
}

/** Functions that write a line to Kong's log. */
const LOG_LINES = PDK_CASES.map(({ of }) => of as string).filter((name) =>
  name.startsWith("kong.log") && !name.includes("serialize")
);

describe("over both protocols the plugin gets the same, and Kong is asked the same", () => {
  for (const [index, given] of PDK_CASES.entries()) {
    test(`${index}, ${given.of}${given.title === undefined ? "" : `: ${given.title}`}`, async () => {
      const msgpack = await over("msgpack", given);
      const protobuf = await over("protobuf", given);
      assert.deepEqual(msgpack.outcome, plain(given.result));
      assert.deepEqual(protobuf.outcome, msgpack.outcome);
      assert.equal(msgpack.calls.length, 1);
      const [call] = msgpack.calls;
      assert.equal(call!.method, given.of);
      const { method = call!.method, args = call!.args } = given.protobuf ?? {};
      // What Kong logs over ProtoBuf:1 has no name; over MsgPack:1 it writes it there itself.
      const named = LOG_LINES.includes(given.of) ? ["[both] ", ...args] : args;
      assert.deepEqual(protobuf.calls, [{ method, args: named }]);
    });
  }
});

describe("a credential that Kong sends without its consumer", () => {
  const CREDENTIAL = "4a1f2c3d-0000-4000-8000-000000000001";
  const CONSUMER = "4a1f2c3d-0000-4000-8000-000000000002";

  /** What a plugin gets over ProtoBuf:1, and which functions Kong is asked for. */
  async function credential(consumer: unknown) {
    current = (kong) => kong.client.getCredential();
    const answers: Record<string, unknown> = {
      "kong.client.get_credential": { id: CREDENTIAL },
      "kong.client.get_consumer": consumer,
    };
    const asked = await playProtobuf(
      new ProtobufClient(server),
      await instance,
      "access",
      ({ method }) => answers[method],
    );
    return { outcome, asked: asked.map(({ method }) => method) };
  }

  test("has the one that the request has", async () => {
    assert.deepEqual(await credential({ id: CONSUMER, username: "alice" }), {
      outcome: { id: CREDENTIAL, consumer_id: CONSUMER },
      asked: ["kong.client.get_credential", "kong.client.get_consumer"],
    });
  });

  test("has none if the request has none", async () => {
    assert.deepEqual((await credential(undefined)).outcome, { id: CREDENTIAL });
  });

  test("is as it is over MsgPack:1, where it comes whole", async () => {
    current = (kong) => kong.client.getCredential();
    const whole = { id: CREDENTIAL, key: "k", consumer: { id: CONSUMER } };
    const calls = await playMsgpack(connect(), await instance, "access", () => whole);
    assert.equal(calls.length, 1);
    assert.deepEqual(outcome, whole);
  });
});

describe("the table of functions", () => {
  const carried = new Set(PDK_CASES.map(({ of }) => of as string));

  test("is played through here", () => {
    // It always gives nothing, and the typed PDK does not have it.
    const all = [...CARRIED_FUNCTIONS.keys()].filter((method) =>
      method !== "kong.service.response.get_headers"
    );
    assert.deepEqual([...carried].sort(), all.sort());
  });

  test("has all functions that Kong has messages for", () => {
    const withMessages = readCallable().filter(({ protobuf }) => protobuf !== null);
    assert.equal(withMessages.length, 73);
    for (const { name } of withMessages) assert.ok(carried.has(name), name);
  });

  test("asks Kong for nothing that it has no messages for", () => {
    const known = new Map(readCallable().map((facts) => [facts.name, facts.protobuf]));
    for (const [method, { as = method }] of CARRIED_FUNCTIONS) {
      if (method !== "kong.service.response.get_headers") assert.ok(known.get(as), method);
    }
  });
});

describe("what ProtoBuf:1 cannot carry fails with the reason, and nothing is sent", () => {
  /** Runs a handler over ProtoBuf:1; gives what Kong was asked. */
  async function run(handler: (kong: Kong) => unknown): Promise<LuaCall[]> {
    current = handler;
    return await playProtobuf(new ProtobufClient(server), await instance, "access", () => {});
  }

  const without = Object.keys(PDK_FUNCTIONS).filter((method) => !CARRIED_FUNCTIONS.has(method));
  for (const method of without) {
    test(`${method} has no message`, async () => {
      let error: unknown;
      const calls = await run(async () => {
        error = await event!.call(method, []).catch((error) => error);
      });
      assert.deepEqual(calls, []);
      const { code, message, remedy } = error as { code: string; message: string; remedy: string };
      assert.equal(code, "PDK_FAILED");
      assert.equal(message, `${method}: Kong has no message for it in ProtoBuf:1`);
      assert.match(remedy, /without it, or let Kong use the plugin over MsgPack:1/);
    });
  }

  const refused: Readonly<Record<string, [call: (kong: Kong) => Promise<unknown>, text: RegExp]>> =
    {
      "false": [(k) => k.ctx.shared.set("k", false), /cannot carry false$/],
      "false in a table": [
        (k) => k.ctx.shared.set("k", { a: [1, { b: false }] }),
        /cannot carry false at \.a\[1\]\.b$/,
      ],
      "null in a list": [(k) => k.ctx.shared.set("k", [1, null]), /cannot carry null at \[1\]$/],
      "false for nginx": [(k) => k.nginx.setCtx("k", { a: false }), /cannot carry false at \.a$/],
      "false for the log": [(k) => k.log.setSerializeValue("k", false), /cannot carry false$/],
      "a mode of editing the log": [
        (k) => k.log.setSerializeValue("k", 1, { mode: "add" }),
        /cannot carry the mode "add"$/,
      ],
      "a unit of memory": [(k) => k.node.getMemoryStats("k"), /cannot carry the unit "k"$/],
      "a consumer of wrong types": [
        (k) => k.client.authenticate({ tags: 7 } as never),
        /kong\.client\.authenticate: its arguments cannot be sent: ./,
      ],
    };
  for (const [what, [call, expected]] of Object.entries(refused)) {
    test(what, async () => {
      let error: unknown;
      const calls = await run(async (kong) => {
        error = await call(kong).catch((error) => error);
      });
      assert.deepEqual(calls, []);
      assert.equal((error as { code: string }).code, "PDK_ARGUMENT");
      assert.match(String(error), expected);
    });
  }

  test("and thousands of such calls that nobody awaits do no harm", async () => {
    let failed = 0;
    const calls = await run((kong) => {
      for (let i = 0; i < 4000; i++) kong.ctx.shared.set("k", false).catch(() => failed++);
      return kong.request.getMethod();
    });
    assert.equal(failed, 4000);
    assert.deepEqual(calls, [{ method: "kong.request.get_method", args: [] }]);
  });
});
