// Log entries: each is one line, whatever is in it, and only those that are wanted are written.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GibbonError } from "../../src/base/errors.ts";
import {
  createLogger,
  formatEntry,
  formatJsonEntry,
  LOG_LEVELS,
  type LogLevel,
} from "../../src/base/log.ts";
import { formatProblem, logProblems } from "../../src/base/problems.ts";

describe("an entry", () => {
  test("is its level, its message and its fields", () => {
    const fields = { plugin: "auth", instance: 7, busy: true, left: undefined };
    assert.equal(
      formatEntry("warn", "it waits", fields),
      "[warn] it waits plugin=auth instance=7 busy=true",
    );
    assert.equal(formatEntry("info", "ready"), "[info] ready");
  });

  test("is one line also if its message is not", () => {
    assert.equal(formatEntry("error", "one \n  two\r\nthree"), "[error] one | two | three");
    assert.equal(formatEntry("error", "a\n\n b"), "[error] a | b");
  });

  const values: readonly (readonly [unknown, string])[] = [
    ["/a/b.ts:1:2", "/a/b.ts:1:2"],
    ["user@host+1-x", "user@host+1-x"],
    ["two words", '"two words"'],
    ["two\nlines", '"two\\nlines"'],
    ["", '""'],
    ['say "x"', '"say \\"x\\""'],
    [null, "null"],
    [[1, "a"], '"[1,\\"a\\"]"'],
    [{ a: 1 }, '"{\\"a\\":1}"'],
    [1.5, "1.5"],
    [NaN, "NaN"],
    [Symbol("s"), '"Symbol(s)"'],
  ];
  for (const [value, text] of values) {
    test(`has ${text} for a value`, () => {
      assert.equal(formatEntry("info", "m", { value }), `[info] m value=${text}`);
    });
  }
});

describe("a logger", () => {
  const written = (level?: LogLevel) => {
    const lines: string[] = [];
    const log = createLogger((line) => lines.push(line), level);
    for (const name of LOG_LEVELS) log[name](`of ${name}`, { n: 1 });
    return lines;
  };

  for (const [at, level] of LOG_LEVELS.entries()) {
    test(`writes up to ${level}`, () => {
      const expected = LOG_LEVELS.slice(0, at + 1).map((name) => `[${name}] of ${name} n=1`);
      assert.deepEqual(written(level), expected);
    });
  }

  test("writes all but debug if nothing is said", () => {
    assert.deepEqual(written(), [
      "[error] of error n=1",
      "[warn] of warn n=1",
      "[info] of info n=1",
    ]);
  });
});

describe("a problem", () => {
  const details = { plugin: "auth", file: "/plugins/auth.ts:1:2", remedy: "Name it." };

  test("is an error in the log, with code, plugin, file and remedy", () => {
    const lines: string[] = [];
    const log = createLogger((line) => lines.push(line));
    const problems = [
      new GibbonError("PLUGIN_INVALID", "no name", details),
      new GibbonError("PLUGIN_BROKEN", "it throws"),
    ];
    logProblems(problems, log);
    assert.deepEqual(lines, [
      "[error] no name code=PLUGIN_INVALID plugin=auth file=/plugins/auth.ts:1:2 " +
      'remedy="Name it."',
      "[error] it throws code=PLUGIN_BROKEN",
    ]);
  });

  test("is lines for people: what, where, what to do", () => {
    assert.equal(
      formatProblem(new GibbonError("PLUGIN_INVALID", "no name", details)),
      "PLUGIN_INVALID: no name\n  at /plugins/auth.ts:1:2\n  Name it.",
    );
  });

  test("names its file once, and says nothing of what it does not know", () => {
    const message = "cannot read /plugins/auth.ts:1:2";
    assert.equal(
      formatProblem(new GibbonError("PLUGIN_INVALID", message, { file: details.file })),
      `PLUGIN_INVALID: ${message}`,
    );
    assert.equal(formatProblem(new GibbonError("LIMIT", "full")), "LIMIT: full");
  });
});

describe("an entry as JSON", () => {
  const NOON = new Date(Date.UTC(2026, 0, 2, 12));
  const entry = (message: string, fields?: Readonly<Record<string, unknown>>) => {
    const line = formatJsonEntry("warn", message, fields, NOON);
    assert.doesNotMatch(line, /[^\x20-\x7e]/);
    return JSON.parse(line);
  };

  test("has time, level, message and the fields, with numbers as numbers", () => {
    assert.deepEqual(
      entry("it waits", { plugin: "auth", instance: 7, busy: true, left: undefined }),
      {
        time: "2026-01-02T12:00:00.000Z",
        level: "warn",
        message: "it waits",
        plugin: "auth",
        instance: 7,
        busy: true,
      },
    );
  });

  test("has a stack as its lines, and all else as text", () => {
    const given = { stack: "Error: x\n    at y", a: { b: 1 }, c: NaN, d: null };
    const { stack, a, c, d } = entry("m", given);
    assert.deepEqual({ stack, a, c, d }, {
      stack: ["Error: x", "    at y"],
      a: '{"b":1}',
      c: "NaN",
      d: "null",
    });
  });

  test("gives no orders to a terminal, and ends no line", () => {
    const message = "\u001b[31m \u009b \u2028 \u202e \n";
    assert.equal(entry(message, { value: message }).value, message);
  });

  test("keeps its time, level and message, whatever the fields are called", () => {
    const { level, message } = entry("m", { level: "none", message: "other", time: 1 });
    assert.deepEqual([level, message], ["warn", "m"]);
  });

  test("of a plugin has the plugin's own level", () => {
    const lines: string[] = [];
    const levels = { level: "error", plugins: { loud: "debug", still: "error" } } as const;
    const log = createLogger((line) => lines.push(line), levels, { fields: { worker: 1 } });
    log.debug("a", { plugin: "loud" });
    log.info("b", { plugin: "other" });
    log.warn("c", { plugin: "still" });
    log.error("d");
    assert.deepEqual(lines, ["[debug] a plugin=loud worker=1", "[error] d worker=1"]);
  });
});
