// The page on the PDK: as its script makes it of the PDK's table.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { PDK_FUNCTIONS } from "../../../src/kong/pdk/functions.ts";
import { CARRIED_FUNCTIONS } from "../../../src/kong/protocol/protobuf/functions.ts";
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

describe("doc comments of the PDK", () => {
  const folder = new URL("../../../src/kong/pdk/", import.meta.url);
  const sources = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), "utf8"));
  /** By the names that plugins use: the comment of each method. */
  const comments = new Map<string, string[]>();
  for (const source of sources) {
    const methods = source.matchAll(
      / {2}\/\*\*\n((?: {3}\*.*\n)+?) {3}\*\/\n {2}(?:async )?(\w+)\(/g,
    );
    for (const [, comment = "", name = ""] of methods) {
      comments.set(name, [...comments.get(name) ?? [], comment]);
    }
  }

  test("say which functions ProtoBuf:1 does not carry, and of no other", () => {
    const camel = (name: string) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
    const byName = Map.groupBy(
      Object.keys(PDK_FUNCTIONS),
      (method) => camel(method.split(".").at(-1)!),
    );
    for (const [name, methods] of byName) {
      const told = comments.get(name)?.filter((one) => one.includes("Not over ProtoBuf:1"));
      const without = methods.filter((method) => !CARRIED_FUNCTIONS.has(method));
      assert.equal(told?.length ?? 0, without.length, `${name}: ${methods}`);
    }
  });
});
