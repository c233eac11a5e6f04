// What a worker writes down, as the supervisor reads it.
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { PHASES } from "../../../../src/kong/engine/phases.ts";
import { fromCell, PLACES, toCell } from "../../../../src/kong/server/workers/running/layout.ts";
import { RunningRecord } from "../../../../src/kong/server/workers/running/record.ts";
import { RunningWriter } from "../../../../src/kong/server/workers/running/writer.ts";
import { detectRuntime } from "../../../../src/runtime/detect.ts";

const runtime = await detectRuntime();
const records: RunningRecord[] = [];

function open(): { record: RunningRecord; writer: RunningWriter } {
  const record = RunningRecord.create("/nowhere/s.sock");
  assert.ok(record);
  records.push(record);
  return { record, writer: new RunningWriter(runtime.openCells(record.path)) };
}

afterEach(() => {
  for (const record of records.splice(0)) record.close();
});

const event = (id: number, phase: typeof PHASES[number] = "access") => ({
  instance: { id, plugin: { name: "one", file: "/one.ts" } },
  phase,
  place: -1,
});

describe("the record of a worker", () => {
  it("has each event while it is under way, and whose turn it is", () => {
    const { record, writer } = open();
    const [a, b] = [event(7), event(0x7fff_ffff, "log")];
    assert.deepEqual(record.read().running, []);
    writer.began(a);
    writer.began(b);
    const byInstance = () =>
      record.read().running.toSorted((one, other) => one.instance - other.instance);
    assert.deepEqual(byInstance(), [
      { instance: 7, doing: "access", waits: false, current: false },
      { instance: 0x7fff_ffff, doing: "log", waits: false, current: true },
    ]);
    writer.waits(b);
    assert.deepEqual(byInstance()[1], {
      instance: 0x7fff_ffff,
      doing: "log",
      waits: true,
      current: false,
    });
    assert.equal(byInstance()[0]?.current, true);
    writer.runs(a);
    assert.deepEqual(byInstance().map(({ current }) => current), [true, false]);
    writer.ended(a);
    assert.deepEqual(record.read().running.map(({ instance }) => instance), [0x7fff_ffff]);
    writer.ended(b);
    assert.deepEqual(record.read().running, []);
  });

  it("has how many events have begun, also when all of them have ended", () => {
    const { record, writer } = open();
    assert.equal(record.read().begun, 0);
    const [a, b, c] = [event(1), event(2), event(3)];
    writer.starting(9)();
    writer.began(a);
    writer.began(b);
    writer.ended(b);
    assert.equal(record.read().begun, 2);
    writer.began(c);
    for (const one of [a, c]) writer.ended(one);
    assert.deepEqual(record.read(), { running: [], begun: 3 });
  });

  it("has starts of instances", () => {
    const { record, writer } = open();
    const done = writer.starting(5);
    assert.deepEqual(record.read().running, [
      { instance: 5, doing: "init", waits: false, current: true },
    ]);
    done();
    assert.deepEqual(record.read().running, []);
  });

  it("goes on without those for which there is no place", () => {
    const { record, writer } = open();
    const events = Array.from({ length: PLACES + 2 }, (_, index) => event(index + 1));
    for (const one of events) writer.began(one);
    assert.equal(record.read().running.length, PLACES);
    for (const one of events) {
      writer.waits(one);
      writer.runs(one);
      writer.ended(one);
    }
    assert.deepEqual(record.read().running, []);
    assert.equal(typeof writer.starting(1), "function");
  });
});

describe("a cell", () => {
  it("says every phase back, and nothing for what was never written", () => {
    for (const doing of [...PHASES, "init"] as const) {
      for (const waits of [true, false]) {
        for (const turn of [0, 1, 12_345, 2 ** 26 - 1]) {
          assert.deepEqual(fromCell(toCell({ doing, waits, turn })), { doing, waits, turn });
        }
        const beyond = toCell({ doing, waits, turn: 2 ** 26 + 3 });
        assert.deepEqual(fromCell(beyond), { doing, waits, turn: 3 });
      }
    }
    for (const cell of [0, 1, 30, 31]) assert.equal(fromCell(cell), undefined);
  });
});
