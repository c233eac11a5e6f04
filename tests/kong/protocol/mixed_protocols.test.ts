// Both protocols on one connection in turn, as Kong's pool of idle connections makes it happen.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import type { Event } from "../../../src/kong/engine/event.ts";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { encode } from "../../../src/wire/msgpack/codec.ts";
import { concat, CUTS, seededRandom } from "../../support/pieces.ts";
import { pluginOf } from "../support/events.ts";
import { startServer } from "../support/kong_server.ts";
import { command, handleEvent, Kong, Line, request } from "../support/mixed_kong.ts";

const servers: { close(reason: string): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close("the test is over");
});

/** Plugins: one asks for the method, one is done at once, one never is, and one starts slowly. */
function serve() {
  let current: Event | undefined;
  const started: (() => void)[] = [];
  const asking = pluginOf(async () => {
    await current!.call("kong.request.get_method", []);
  }, { name: "asking" });
  const done = pluginOf(() => {}, { name: "done" });
  const silent = pluginOf(() => new Promise(() => {}), { name: "silent" });
  const slow = {
    ...pluginOf(() => {}, { name: "slow" }),
    start: () => new Promise<undefined>((resolve) => started.push(() => resolve(undefined))),
  };
  const parts = startServer([asking, done, silent, slow], {
    attribute: (event, run) => {
      current = event;
      run();
    },
  });
  servers.push(parts.server);
  return { ...parts, started };
}

/** The command that starts an instance, in a frame of a certain length. */
function startOf(length: number, name: string, config: string): Uint8Array {
  const start = (spaces: number) => {
    const bytes = new TextEncoder().encode(config + " ".repeat(spaces));
    return command(2, { $case: "cmd_start_instance", value: { name, config: bytes } });
  };
  let spaces = 0;
  while (start(spaces).length < 4 + length) spaces++;
  assert.equal(start(spaces).length, 4 + length);
  return start(spaces);
}

describe("a connection that changes its protocol between conversations", () => {
  const orders: Readonly<Record<string, string>> = {
    "from MsgPack:1 to ProtoBuf:1": "mp",
    "from ProtoBuf:1 to MsgPack:1": "pm",
    "to and fro": "mpmppmmmppmp",
  };
  for (const [which, order] of Object.entries(orders)) {
    for (const [how, cut] of Object.entries(CUTS)) {
      test(`${which}, with bytes that come ${how}`, async () => {
        const { server, connect, entries } = serve();
        const instance = await connect().start("asking");
        // Ids of one, three and five bytes: those of five look most like frames.
        for (const firstId of [1, 300, 70_000, 0xce00_0000]) {
          const kong = new Kong(Line.to(server), cut, firstId);
          for (const [at, protocol] of [...order].entries()) {
            if (protocol === "m") await kong.msgpackEvent(instance);
            else await kong.protobufEvent(instance, at);
          }
          assert.equal(kong.greetings, 1);
          assert.equal(kong.line.closed, false);
        }
        assert.equal(server.events.size, 0);
        assert.deepEqual(entries.filter((entry) => !entry.startsWith("[debug]")), []);
      });
    }
  }

  test("and back after a frame that begins like a request", async () => {
    const { server } = serve();
    for (const cut of Object.values(CUTS)) {
      const kong = new Kong(Line.to(server), cut);
      await kong.ask("plugin.GetStatus", 0);
      kong.line.feed(cut(startOf(148, "asking", "{}")));
      const { return: returned } = messages.RpcReturn.decode((await kong.line.frames(1))[0]!);
      assert.ok(returned?.$case === "instance_status");
      await kong.msgpackEvent(returned.value.instance_id);
    }
  });

  test("in one chunk, where every message is answered at once", async () => {
    const { server, connect } = serve();
    const instance = await connect().start("done");
    const rounds = Array.from({ length: 2000 }, (_, round) => round);
    const kong = new Kong(Line.to(server));
    const glued = rounds.map((round) => [
      request(round, "plugin.GetPluginInfo", "asking"),
      handleEvent(instance, round),
      encode([2, "hello", []]),
    ]);
    kong.line.feed([concat(...glued.flat())]);
    for (const round of rounds) {
      await kong.answer(round);
      const [end, returned] = await kong.line.frames(2);
      assert.equal(end!.length, 0);
      assert.equal(messages.RpcReturn.decode(returned!).sequence, round);
    }
  });
});

describe("what has come in while a request waited", () => {
  /** A frame that is, as MessagePack, a map with a text in it (da 80 22) of which much is missing. */
  const frame = startOf(0xdf, "asking", `{"a":"\u0680"}`);

  for (const length of [1, 2, 3, 4, 5, 8, 100, 200]) {
    test(`is told anew when the answer is out, with ${length} bytes of it there`, async () => {
      const { server, started } = serve();
      const kong = new Kong(Line.to(server));
      const next = request(8, "plugin.GetPluginInfo", "asking");
      for (const late of [frame, next]) {
        kong.line.feed([request(7, "plugin.StartInstance", { Name: "slow", Config: "{}" })]);
        while (started.length === 0) await new Promise((resolve) => setImmediate(resolve));
        const there = Math.min(length, late.length - 1);
        kong.line.feed([late.subarray(0, there)]);
        started.pop()!();
        await kong.answer(7);
        kong.line.feed([late.subarray(there)]);
        if (late === next) await kong.answer(8);
        else assert.equal(messages.RpcReturn.decode((await kong.line.frames(1))[0]!).sequence, 2);
      }
    });
  }

  test("is acted on if it was whole all the time", async () => {
    const { server, started } = serve();
    const kong = new Kong(Line.to(server));
    kong.line.feed([request(7, "plugin.StartInstance", { Name: "slow", Config: "{}" })]);
    while (started.length === 0) await new Promise((resolve) => setImmediate(resolve));
    kong.line.feed([frame]);
    started.pop()!();
    await kong.answer(7);
    const { return: returned } = messages.RpcReturn.decode((await kong.line.frames(1))[0]!);
    assert.equal(returned?.$case, "instance_status");
  });

  test("is MsgPack:1 as long as one of several requests waits", async () => {
    const { server, connect } = serve();
    const client = connect();
    const silent = await client.start("silent");
    const asking = await client.start("asking");
    const kong = new Kong(Line.to(server));
    const handle = { InstanceId: silent, EventName: "access" };
    kong.line.feed([request(999, "plugin.HandleEvent", handle)]);
    await kong.msgpackEvent(asking);
    assert.equal(server.events.size, 1);
    kong.line.feed([handleEvent(asking, 2), new Uint8Array(4).fill(0xff)]);
    assert.equal(kong.line.closed, true);
    assert.equal(server.events.size, 0);
  });
});

test("noise between conversations of either kind closes that connection alone", async () => {
  const { server, connect } = serve();
  const instance = await connect().start("asking");
  const other = new Kong(Line.to(server));
  await other.msgpackEvent(instance);
  const random = seededRandom(96);
  for (let round = 0; round < 300; round++) {
    const kong = new Kong(Line.to(server));
    if (round % 2 === 0) await kong.msgpackEvent(instance);
    else await kong.protobufEvent(instance);
    kong.line.feed([Uint8Array.from({ length: 1 + random() * 60 }, () => random() * 256)]);
    kong.line.leave();
  }
  await other.protobufEvent(instance);
  await other.msgpackEvent(instance);
  assert.equal(server.events.size, 0);
});
