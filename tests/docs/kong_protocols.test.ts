// docs/operators/kong-protocols.md names just those functions that ProtoBuf:1 refuses or sends as others.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { PDK_FUNCTIONS } from "../../src/kong/pdk/functions.ts";
import { CARRIED_FUNCTIONS } from "../../src/kong/protocol/protobuf/functions.ts";

const page = await readFile(
  new URL("../../docs/operators/kong-protocols.md", import.meta.url),
  "utf8",
);

/** What stands under a heading. */
const section = page.split("## Functions without a message")[1]!.split("\n## ")[0]!;
const [carried = "", refused = ""] = section.split("\nRefused:");

describe("docs/operators/kong-protocols.md", () => {
  test("lists the functions that are refused", () => {
    const listed = [...refused.matchAll(/`(kong\.[a-z0-9_.]+)`/g)].map(([, name]) => name);
    const without = Object.keys(PDK_FUNCTIONS).filter((name) => !CARRIED_FUNCTIONS.has(name));
    assert.deepEqual(listed.sort(), without.sort());
  });

  test("lists the functions that are sent as others", () => {
    const rows = [...carried.matchAll(/^\| `(kong[\w.]+)` +\| `(kong[\w.]+)` +\|/gm)];
    const listed = rows.map(([, name, as]) => `${name} as ${as}`);
    const others = [...CARRIED_FUNCTIONS].filter(([, { as }]) => as !== undefined);
    assert.deepEqual(listed.sort(), others.map(([name, { as }]) => `${name} as ${as}`).sort());
  });

  test("counts the functions that are carried", () => {
    const all = Object.keys(PDK_FUNCTIONS);
    const count = all.filter((name) => CARRIED_FUNCTIONS.has(name)).length;
    const row = new RegExp(
      `^\\| PDK functions +\\| all ${all.length} +\\| ${count}, see below +\\|`,
      "m",
    );
    assert.match(page, row);
  });
});
