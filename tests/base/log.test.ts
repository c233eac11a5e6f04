// Log entries: each is one line, whatever is in it, and only those that are wanted are written.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GibbonError } from "../../src/base/errors.ts";
import { createLogger, formatEntry, LOG_LEVELS, type LogLevel } from "../../src/base/log.ts";
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
