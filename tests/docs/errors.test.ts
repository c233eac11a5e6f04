// docs/errors.md and the list of codes say the same, in both directions.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { ERROR_CODES } from "../../src/base/errors.ts";

const page = await readFile(new URL("../../docs/errors.md", import.meta.url), "utf8");

/** What stands under each heading. */
const sections = new Map(
  page.split(/^## /m).slice(1).map((section) => {
    const end = section.indexOf("\n");
    return [section.slice(0, end).trim(), section.slice(end)] as const;
  }),
);

describe("docs/errors.md", () => {
  test("explains every code, and no others, in the order of the alphabet", () => {
    assert.deepEqual([...sections.keys()], [...ERROR_CODES]);
    assert.deepEqual([...ERROR_CODES], [...ERROR_CODES].sort());
  });

  for (const code of ERROR_CODES) {
    test(`says of ${code} when it comes up and what to do`, () => {
      const section = sections.get(code) ?? "";
      assert.match(section, /^\*\*When\.\*\* \S.{20}/m);
      assert.match(section, /^\*\*What to do\.\*\* \S.{20}/m);
    });
  }
});
