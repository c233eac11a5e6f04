// The examples of examples/more behind gibbon dev, as their first lines say: on real HTTP requests.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { useWorkspace } from "../support/workspace.ts";

const FOLDER = fileURLToPath(new URL("../../examples/more/", import.meta.url));

const space = useWorkspace();

/** Starts gibbon dev with one of them; gives what asks it. */
async function dev(file: string) {
  const { url } = await space.dev([`${FOLDER}${file}`]);
  return (path: string, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, { headers });
}

describe("gibbon dev", () => {
  test("runs canary", async () => {
    const ask = await dev("canary.ts");
    for (const [wish, by] of [["always", "canary"], ["never", "stable"]] as const) {
      const answer = await ask("/", { "x-canary": wish });
      assert.equal(answer.headers.get("x-served-by"), by);
      const { headers } = await answer.json();
      assert.equal(headers["x-canary"], undefined);
    }
  });

  test("runs response-cache", async () => {
    const ask = await dev("response-cache.ts");
    const seen = [];
    for (const path of ["/news", "/news", "/other"]) {
      const answer = await ask(path);
      seen.push(answer.headers.get("x-cache"));
      assert.equal((await answer.json()).path, path);
    }
    assert.deepEqual(seen, ["miss", "hit", "miss"]);
  });

  test("runs transform", async () => {
    const ask = await dev("transform.ts");
    const { headers, query } = await (await ask("/?debug=1&q=apes", { "x-old": "1" })).json();
    assert.deepEqual(query, { q: "apes" });
    assert.equal(headers["x-new"], "1");
    assert.equal(headers["x-old"], undefined);
  });
});
