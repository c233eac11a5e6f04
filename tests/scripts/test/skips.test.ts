// Skipped tests in CI: only those on the list may be, and the list is up to date.
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { FileResult } from "../../../scripts/test/file.ts";
import { forbidSkips } from "../../../scripts/test/skips.ts";
import { ALLOWED_SKIPS } from "../../support/allowed_skips.ts";

const LIST = [{ file: "tests/peers/", title: /^peers > no Go$/, on: ["bun"], reason: "why not" }];

/** What becomes of a skipped test between two that were not. */
function outcomes(changes: Partial<FileResult> & { title?: string } = {}) {
  const { title = "peers > no Go", ...rest } = changes;
  const result: FileResult = {
    runtime: "bun",
    file: "tests/peers/go.test.ts",
    ms: 1,
    cases: [
      { title: "good", outcome: "passed", detail: "" },
      { title, outcome: "skipped", detail: "Go is not installed" },
      { title: "bad", outcome: "failed", detail: "broken" },
    ],
    ...rest,
  };
  return forbidSkips(result, LIST).cases;
}

describe("a skipped test", () => {
  test("may be skipped where the list says so", () => {
    assert.deepEqual(outcomes().map(({ outcome }) => outcome), ["passed", "skipped", "failed"]);
  });

  const unlisted: Record<string, Parameters<typeof outcomes>[0]> = {
    "of another file": { file: "tests/other/go.test.ts" },
    "of another title": { title: "peers > no Go at all" },
    "on another runtime": { runtime: "node" },
  };
  for (const [what, changes] of Object.entries(unlisted)) {
    test(`${what} is a failure, which says what to do`, () => {
      const [good, skipped, bad] = outcomes(changes);
      assert.deepEqual([good?.outcome, skipped?.outcome], ["passed", "failed"]);
      assert.match(skipped?.detail ?? "", /skipped: Go is not installed.*\.ci\/run.*allowed_skips/);
      assert.equal(bad?.detail, "broken");
    });
  }
});

describe("the list", () => {
  for (const { file, title, on, reason } of ALLOWED_SKIPS) {
    test(`names files that there are, and gives a reason: ${file}`, () => {
      const root = fileURLToPath(new URL("../../..", import.meta.url));
      const files = globSync("tests/**/*.test.ts", { cwd: root });
      assert.ok(files.some((each) => each.replaceAll("\\", "/").startsWith(file)));
      assert.ok(title.source.length > 2 && on.length > 0 && reason.length > 10);
    });
  }
});
