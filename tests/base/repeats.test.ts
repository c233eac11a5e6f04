// Lines of one cause are counted, not repeated; and nothing that comes in makes the log large.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createLogger } from "../../src/base/log.ts";
import { LogBudget } from "../../src/base/log_budget.ts";
import { withoutRepeats } from "../../src/base/repeats.ts";

/** A log with a clock of its own; `pass` lets time pass, with everything that is due meanwhile. */
function countingLog() {
  let now = 0;
  const lines: string[] = [];
  const log = withoutRepeats(createLogger((line) => lines.push(line), "debug"), {
    now: () => now,
    // The sweeper's own timer is of no use here: `pass` does what it would do.
    sweepMs: 1_000_000,
  });
  return {
    log,
    lines,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe("repeated lines", () => {
  test("are logged once, then with their number in growing intervals", () => {
    const { log, lines, pass } = countingLog();
    for (let tenth = 0; tenth < 310; tenth++) {
      log.error("it failed: " + tenth, { plugin: "p" });
      pass(100);
    }
    assert.deepEqual(
      lines,
      [
        "[error] it failed: 0 plugin=p",
        "[error] it failed: 0 plugin=p repeated=9 seconds=1",
        "[error] it failed: 0 plugin=p repeated=20 seconds=2",
        "[error] it failed: 0 plugin=p repeated=40 seconds=4",
        "[error] it failed: 0 plugin=p repeated=80 seconds=8",
      ],
    );
    log.settle();
  });

  test("may be several in a stretch, where that is wanted", () => {
    const lines: string[] = [];
    const log = withoutRepeats(createLogger((line) => lines.push(line), "debug"), {
      now: () => 0,
      sweepMs: 1_000_000,
      lines: 3,
    });
    for (let i = 1; i <= 20; i++) log.warn(`it failed: ${i}`);
    assert.deepEqual(lines, [1, 2, 3].map((i) => `[warn] it failed: ${i}`));
    for (let i = 1; i <= 20; i++) log.info(`it came: ${i}`);
    assert.equal(lines.length, 3 + 10);
    log.settle();
    assert.match(lines[13] ?? "", /^\[warn\] it failed: \d+ repeated=17 seconds=0$/);
  });

  test("are told apart by level, message, plugin, phase, code, method and place", () => {
    const { log, lines } = countingLog();
    const at = (place: string) => `Error: x\n    at ${place}\n    at other`;
    log.error("it failed");
    log.warn("it failed");
    log.error("it ended");
    for (const name of ["plugin", "phase", "code", "method"]) {
      log.error("it failed", { [name]: "a" });
      log.error("it failed", { [name]: "b" });
    }
    log.error("it failed", { stack: at("a.ts:1:2") });
    log.error("it failed", { stack: at("a.ts:1:3") });
    assert.equal(lines.length, 13);
    log.error("it failed", { stack: at("a.ts:1:3"), instance: 7 });
    log.error("it failed: for another reason");
    assert.equal(lines.length, 13);
    log.settle();
    assert.equal(lines.length, 15);
  });

  test("are forgotten when they end, so that the next one is a first one", () => {
    const { log, lines, pass } = countingLog();
    log.error("it failed");
    pass(1500);
    log.error("it failed");
    pass(1500);
    log.error("it failed");
    assert.deepEqual(lines, Array(3).fill("[error] it failed"));
    log.settle();
  });

  test("are said by the timer when nothing more comes", async () => {
    const lines: string[] = [];
    const write = (line: string) => lines.push(line);
    let now = 0;
    const log = withoutRepeats(createLogger(write), { now: () => now, sweepMs: 1 });
    for (let time = 0; time < 5; time++) log.warn("again");
    now = 1001;
    // The timer keeps no process alive, so something else has to.
    while (lines.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.deepEqual(lines, ["[warn] again", "[warn] again repeated=4 seconds=1"]);
    log.settle();
  });

  test("are all there at level debug, and a few in a row at level info", () => {
    const { log, lines } = countingLog();
    for (let time = 0; time < 20; time++) log.debug("detail");
    assert.equal(lines.length, 20);
    for (let time = 0; time < 20; time++) log.info("usual");
    assert.equal(lines.length, 30);
    log.settle();
    assert.equal(lines.at(-1), "[info] usual repeated=10 seconds=0");
  });

  test("of any number of causes take up bounded memory and a bounded log", () => {
    const { log, lines, pass } = countingLog();
    for (let time = 0; time < 100_000; time++) {
      log.warn("a request failed", { method: `garbage ${time}` });
      if (time % 1000 === 0) pass(1000);
    }
    assert.ok(lines.length < 400, `${lines.length} lines`);
    log.settle();
    assert.match(lines.at(-1) ?? "", /repeated=\d+/);
  });

  test("of ever new causes stay few, also when the old ones are forgotten", () => {
    const { log, lines, pass } = countingLog();
    for (let second = 0; second < 100; second++) {
      for (let time = 0; time < 1000; time++) {
        log.warn("a request failed", { method: `garbage ${second} ${time}` });
      }
      pass(1000);
      // Forgets all causes, as the timer does with those that have come to rest.
      log.settle();
    }
    assert.ok(lines.length < 128 + 100 * 5, `${lines.length} lines`);
    const counts = lines.map((line) => Number(/ repeated=(\d+)/.exec(line)?.[1] ?? 1));
    assert.equal(counts.reduce((sum, count) => sum + count, 0), 100_000);
    pass(60_000);
    log.error("something else");
    assert.equal(lines.at(-1), "[error] something else");
    log.settle();
  });

  test("never throw for what they are told by", () => {
    const { log } = countingLog();
    const throwing = {
      toString: () => {
        throw new Error("no");
      },
    };
    log.error("x", { plugin: throwing, code: Symbol("c"), stack: throwing });
    log.error("x", { plugin: Object.create(null), stack: 7n });
    log.settle();
  });
});

describe("a log budget", () => {
  test("lets as many lines through as it says, and reports the others", () => {
    let now = 0;
    const reports: number[] = [];
    const allowance = { lines: 3, stretchMs: 1000 };
    const budget = new LogBudget(allowance, (leftOut) => reports.push(leftOut), () => now);
    const allowed = () => Array.from({ length: 10 }, () => budget.allows()).filter(Boolean).length;
    assert.equal(allowed(), 3);
    now = 1000;
    // The report is the first of the next three.
    assert.equal(allowed(), 2);
    assert.deepEqual(reports, [7]);
    assert.equal(budget.settle(), true);
    assert.deepEqual(reports, [7, 8]);
    now = 5000;
    assert.equal(budget.settle(), false);
    assert.equal(allowed(), 3);
  });
});
