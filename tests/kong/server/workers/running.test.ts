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

function open(): { record: RunningRecord; writer: RunningWriter; cheap: boolean } {
  const record = RunningRecord.create("/nowhere/s.sock");
  assert.ok(record);
  records.push(record);
  const cells = runtime.openCells(record.path);
  return { record, writer: new RunningWriter(cells), cheap: cells.cheap };
}

afterEach(() => {
  for (const record of records.splice(0)) record.close();
});

const event = (id: number, phase: typeof PHASES[number] = "access") => ({
  instance: { id },
  phase,
  place: -1,
});

describe("the record of a worker", () => {
  it("has each event while it is under way, and whose turn it is where that is cheap", () => {
    const { record, writer, cheap } = open();
    const [a, b] = [event(7), event(0x7fff_ffff, "log")];
    assert.deepEqual(record.read(), []);
    writer.began(a);
    writer.began(b);
    const byInstance = () => record.read().sort((one, other) => one.instance - other.instance);
    assert.deepEqual(byInstance(), [
      { instance: 7, doing: "access", waits: false, current: false },
      { instance: 0x7fff_ffff, doing: "log", waits: false, current: cheap },
    ]);
    writer.waits(b);
    assert.deepEqual(byInstance()[1], {
      instance: 0x7fff_ffff,
      doing: "log",
      waits: cheap,
      current: false,
    });
    writer.runs(a);
    assert.equal(byInstance()[0]?.current, cheap);
    writer.ended(a);
    assert.deepEqual(record.read().map(({ instance }) => instance), [0x7fff_ffff]);
    writer.ended(b);
    assert.deepEqual(record.read(), []);
  });

  it("has starts of instances", () => {
    const { record, writer } = open();
    const done = writer.starting(5);
    assert.deepEqual(record.read(), [
      { instance: 5, doing: "init", waits: false, current: false },
    ]);
    done();
    assert.deepEqual(record.read(), []);
  });

  it("goes on without those for which there is no place", () => {
    const { record, writer } = open();
    const events = Array.from({ length: PLACES + 2 }, (_, index) => event(index + 1));
    for (const one of events) writer.began(one);
    assert.equal(record.read().length, PLACES);
    for (const one of events) {
      writer.waits(one);
      writer.runs(one);
      writer.ended(one);
    }
    assert.deepEqual(record.read(), []);
    assert.equal(typeof writer.starting(1), "function");
  });
});

describe("a cell", () => {
  it("says every phase back, and nothing for what was never written", () => {
    for (const doing of [...PHASES, "init"] as const) {
      for (const waits of [true, false]) {
        assert.deepEqual(fromCell(toCell(doing, waits)), { doing, waits });
      }
    }
    for (const cell of [0, 1, -1, 1000]) assert.equal(fromCell(cell), undefined);
  });
});
