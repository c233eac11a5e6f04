// The pages on gibbon dev and Kong: each row names a test that is there, and the example does as told.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { useWorkspace } from "../support/workspace.ts";
import { send } from "../dev/dev_gateway.ts";
import { ROOT } from "./pages.ts";

const read = (file: string) => readFile(join(ROOT, file), "utf8");

/** The rows of the tables of a page: their cells. */
function rowsOf(page: string): string[][] {
  const lines = page.split("\n").filter((line) => line.startsWith("| "));
  return lines.map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()))
    .filter(([first]) => !/^-+$/.test(first!));
}

describe("gibbon dev and Kong", () => {
  test("each row names a test that is there", async () => {
    const [, ...rows] = rowsOf(await read("docs/authors/development-gateway-and-kong.md"));
    assert.ok(rows.length > 0);
    for (const row of rows) {
      const [, file, name] = /^`([^`]+)`: (.+)$/.exec(row.at(-1)!) ?? [];
      assert.ok(file && name, `${row[0]} names no test`);
      const text = await read(file);
      assert.ok(text.includes(`"${name}"`), `${file} has no test "${name}"`);
    }
  });
});

describe("the example of kong.yml", () => {
  const space = useWorkspace("the suite");

  test("does what the page says", async () => {
    const page = await read("docs/authors/kong-yml.md");
    const [, text = ""] = /```yaml\n([^]*?)```/.exec(page) ?? [];
    const file = join(await space.folder({ "kong.yml": text }), "kong.yml");
    const { url } = await space.dev([join(ROOT, "examples"), "--kong-config", file]);
    const [, ...rows] = rowsOf(page);
    assert.ok(rows.length > 5);
    for (const [request = "", headers = "", status] of rows) {
      const [method = "", path = ""] = request.split(" ");
      const lines = headers === "" ? [] : headers.split(", ").flatMap((line) => line.split(": "));
      const at = lines.indexOf("Host");
      const host = at < 0 ? new URL(url).host : lines[at + 1]!;
      if (at >= 0) lines.splice(at, 2);
      const reply = await send(url, path, { method, headers: lines, host });
      assert.equal(reply.status, Number(status), `${request} ${headers}: ${reply.text}`);
    }
  });
});
