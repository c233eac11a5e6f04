// The page on the PDK: as its script makes it of the PDK's table.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { pdkPage } from "../../../scripts/docs/pdk_page.ts";
import { readCallable, readFacts } from "../support/pdk_facts.ts";

describe("docs/authors/pdk.md", () => {
  const page = readFileSync(new URL("../../../docs/authors/pdk.md", import.meta.url), "utf8");

  test("is up to date; if not, run scripts/pdk_docs.ts", () => {
    assert.equal(page, pdkPage(readFacts()));
  });

  test("has a line for every function, and a reason for each that cannot be called", () => {
    const lines = page.split("\n").filter((line) => line.startsWith("| `"));
    assert.equal(lines.length, readFacts().length);
    assert.equal(lines.filter((line) => line.includes("(")).length, readCallable().length);
    assert.doesNotMatch(page, /\| `[^`]*` +\| +\|$/m);
  });
});
