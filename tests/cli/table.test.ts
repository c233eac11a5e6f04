// Tables on the command line: they fit 100 columns, and nothing of them is lost.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatTable } from "../../src/cli/table.ts";

describe("a table", () => {
  test("is as narrow as what is in it", () => {
    assert.equal(
      formatTable(["name", "n"], [["a", "10"], ["bcdef", "2"]]),
      "name   n\n-----  --\na      10\nbcdef  2",
    );
  });

  test("fits the width, with long cells in several lines", () => {
    const table = formatTable(["name", "words", "path"], [
      ["a", "one two three four five", "/a/long/path/to/a/plugin.ts"],
      ["b", "x", "y"],
    ], 40);
    assert.equal(
      table,
      [
        "name  words             path",
        "----  ----------------  ----------------",
        "a     one two three     /a/long/path/to/",
        "      four five         a/plugin.ts",
        "b     x                 y",
      ].join("\n"),
    );
  });

  test("loses nothing, whatever is in it", () => {
    const words = ["x".repeat(150), "a b ".repeat(60).trim(), "/p/q".repeat(50), "", "end"];
    const table = formatTable(words.map((_, at) => `head ${at}`), [words]);
    for (const line of table.split("\n")) assert.ok(line.length <= 100, line);
    const letters = (text: string, letter: string) => text.split(letter).length - 1;
    for (const letter of ["x", "b", "/", "q"]) {
      assert.equal(letters(table, letter), letters(words.join(""), letter), letter);
    }
  });

  test("is wider only where there are too many columns", () => {
    const heads = Array.from({ length: 12 }, (_, at) => `column ${at} is long`);
    const table = formatTable(heads, [heads]);
    const rule = table.split("\n").find((line) => line.startsWith("--"))!;
    assert.ok(rule.split("  ").every(({ length }) => length === 10), table);
  });
});
