// The order of test files.
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { longestFirst, readSeconds } from "../../../scripts/test/order.ts";

test("the longest file comes first, and what nothing is known of keeps its place at the end", () => {
  const runs = ["a", "b", "c", "d", "b"].map((file, index) => ({ file, index }));
  const ordered = longestFirst(runs, { b: 2, d: 7 });
  assert.deepEqual(ordered.map(({ file, index }) => `${file}${index}`), [
    "d3",
    "b1",
    "b4",
    "a0",
    "c2",
  ]);
});

test("the record is of files that there are", () => {
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  const files = globSync("tests/**/*.test.ts", { cwd: root });
  const recorded = Object.entries(readSeconds());
  assert.ok(recorded.length > 0);
  for (const [file, seconds] of recorded) {
    assert.ok(files.includes(file), `${file} is not there: deno task test --record`);
    assert.ok(Number.isInteger(seconds) && seconds > 0, file);
  }
});
