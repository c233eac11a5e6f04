// The bench's own parts: its bytes are MessagePack, and its load counts what it is told to count.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { endOf, numberAfter, pack, request, stepRequests } from "../../scripts/bench/messages.ts";
import { median, table } from "../../scripts/bench/numbers.ts";
import type { Order, Tally } from "../../scripts/bench/order.ts";
import { CODEC } from "../../scripts/bench/contestants.ts";
import { othersLine, type Result, resultTables } from "../../scripts/bench/side_table.ts";
import { decode, encode } from "../../src/wire/msgpack/codec.ts";
import { runProcess, scriptCommand } from "../support/process.ts";
import { until } from "../support/until.ts";
import { useWorkspace } from "../support/workspace.ts";

/** What starts one of the bench's programs on the runtime that runs this. */
function benchCommand(name: string, ...args: string[]): string[] {
  const script = fileURLToPath(new URL(`../../scripts/bench/${name}`, import.meta.url));
  return [...scriptCommand(script), ...args];
}

describe("the bench's bytes", () => {
  it("are requests as Kong sends them", () => {
    const argument = { InstanceId: 70_000, EventName: "access" };
    const sent = decode(request("HandleEvent", argument));
    assert.deepEqual(sent, [0, 7, "plugin.HandleEvent", [argument]]);
    assert.deepEqual(decode(request("GetStatus", undefined)), [0, 7, "plugin.GetStatus", [null]]);
  });

  it("are Steps with a place for the event's id, and no Data for nil", () => {
    const sent = stepRequests().map(({ bytes, idAt }) => {
      bytes.set([0, 1, 0, 2], idAt);
      return decode(bytes);
    });
    assert.deepEqual(sent, [
      [0, 7, "plugin.Step", [{ EventId: 65_538, Data: "example.com" }]],
      [0, 7, "plugin.Step", [{ EventId: 65_538, Data: "127.0.0.1" }]],
      [0, 7, "plugin.Step", [{ EventId: 65_538 }]],
    ]);
  });

  it("are found in a stream, wherever it is cut", () => {
    const values = [null, true, 1, 200, 70_000, 2 ** 33, -5, -300, 1.5, "a", "b".repeat(300)];
    const answer = encode([1, 7, null, { EventId: 5, Data: { values, bytes: new Uint8Array(9) } }]);
    assert.equal(endOf(answer, 0), answer.length);
    assert.equal(endOf(Buffer.concat([answer, answer]), answer.length), 2 * answer.length);
    for (let cut = 0; cut < answer.length; cut++) {
      assert.equal(endOf(answer.subarray(0, cut), 0), -1, `cut at ${cut}`);
    }
  });

  it("give the number behind a key, in every size", () => {
    for (const number of [0, 127, 200, 5_000, 70_000, 2 ** 31, 2 ** 40]) {
      assert.equal(numberAfter(Buffer.from(encode({ Name: "x", Id: number })), "Id"), number);
    }
    assert.equal(numberAfter(Buffer.from(pack({ Name: "x" })), "Id"), undefined);
  });
});

describe("the bench's load", () => {
  const space = useWorkspace();
  const responders = [
    ["MsgPack:1", "responder.ts"],
    ["MsgPack:1", "responder.ts", "--codec"],
    ["ProtoBuf:1", "responder_protobuf.ts"],
    ["ProtoBuf:1", "responder_protobuf.ts", "--codec"],
  ] as const;
  for (const [protocol, script, ...codec] of responders) {
    it(`gets its events answered by the bare ${script} ${codec.join("")}`, async () => {
      const socket = `${await space.folder()}/bare.sock`;
      space.start(benchCommand(script, socket, ...codec));
      await until(() => existsSync(socket));
      const order: Order = {
        socket,
        plugin: "bench",
        protocol,
        connections: 3,
        from: Date.now(),
        until: { events: 50 },
      };
      const { stdout } = await runProcess(benchCommand("client.ts", JSON.stringify(order)));
      const tally: Tally = JSON.parse(stdout);
      assert.equal(tally.events, 50);
      assert.equal(tally.trips, 3);
      assert.equal(tally.durations.reduce((sum, [, events]) => sum + events, 0), 50);
    });
  }
});

describe("the bench's tables", () => {
  const round = {
    eventsPerSecond: 1000,
    p50: 7,
    p99: 2,
    clientBusy: 0.5,
    user: 20,
    system: 10,
    trips: 3,
    load: 40,
    others: 0.1,
  };
  const result = (
    protocol: "MsgPack:1" | "ProtoBuf:1",
    server: string,
    events: number[],
  ): Result => ({
    protocol,
    server,
    connections: 8,
    rounds: events.map((eventsPerSecond, at) => ({ ...round, eventsPerSecond, others: at })),
  });

  it("hold each round against the same round of the responder with a codec", () => {
    const lines = resultTables([
      result("ProtoBuf:1", "peer", [10, 20, 30]),
      result("MsgPack:1", CODEC, [100, 200, 400]),
      result("MsgPack:1", "peer", [50, 200, 100]),
    ]).split("\n").map((line) => line.split(/ {2,}/));
    assert.deepEqual(lines.map(([name, events, ratio]) => [name, events, ratio]), [
      ["MsgPack:1, 8 connections", "events/s", "of codec"],
      [CODEC, "200", "1.00"],
      ["peer", "100", "0.50"],
      ["", undefined, undefined],
      ["ProtoBuf:1, 8 connections", "events/s", "of codec"],
      // No ratio without that responder: the next column is p50.
      ["peer", "20", "7.00"],
    ]);
  });

  it("say what others took of the machine", () => {
    const line = othersLine([result("MsgPack:1", "peer", [1, 1, 1])]);
    assert.equal(line, "others on the machine: 1.00 cores (median), 2.00 at most");
  });
});

describe("the bench's numbers", () => {
  it("are medians", () => {
    assert.equal(median([5, 1, 3]), 3);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.ok(Number.isNaN(median([])));
  });

  it("stand in columns", () => {
    assert.equal(
      table(["name", "n"], [["a", "1"], ["long name", "22"]]).split("\n").join("|"),
      [
        "name        n",
        "a           1",
        "long name  22",
      ].join("|"),
    );
  });
});
