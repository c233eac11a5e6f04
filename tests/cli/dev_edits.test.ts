// Edits under gibbon dev: each is in effect with the next request, and no request fails meanwhile.
// Slow: 50 edits are made under load.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { replaceFile, useWorkspace } from "../support/workspace.ts";

const space = useWorkspace();

const EDITS = 50;
/** 200 requests a second, in milliseconds. */
const BETWEEN_MS = 5;
const MOST_AT_ONCE = 20;

const plugin = (version: number) => `
import { definePlugin } from "gibbon";
import * as v from "valibot";
export default definePlugin({
  name: "edited",
  version: "1.0.0",
  config: v.object({ mark: v.optional(v.string(), "none") }),
  access: (kong, config) => kong.response.setHeader("x-edit", "${version} " + config.mark),
});
`;

/** What the plugin says of itself. */
async function marked(url: string): Promise<string | null> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.headers.get("x-edit");
}

test("50 edits in a row are each in effect with the next request, and none fails", async () => {
  const directory = await space.folder({ "edited.ts": plugin(0) });
  const { url } = await space.dev([directory]);
  let isOver = false;
  const failed: string[] = [];
  let served = 0;
  const under = async () => {
    const sent = new Set<Promise<void>>();
    while (!isOver) {
      // On a slow machine it is less.
      while (sent.size >= MOST_AT_ONCE) await Promise.race(sent);
      const request: Promise<void> = fetch(url).then(async (response) => {
        await response.arrayBuffer();
        served++;
        if (response.status !== 200) failed.push(`${response.status}`);
      }).catch((error) => void failed.push(String(error))).finally(() => sent.delete(request));
      sent.add(request);
      await pause(BETWEEN_MS);
    }
    await Promise.all(sent);
  };
  const load = under();
  try {
    for (let edit = 1; edit <= EDITS; edit++) {
      await replaceFile(join(directory, "edited.ts"), plugin(edit));
      assert.equal(await marked(url), `${edit} none`);
    }
    const config = { plugins: { edited: { config: { mark: "here" } } } };
    await replaceFile(join(directory, "gibbon.dev.json"), JSON.stringify(config));
    assert.equal(await marked(url), `${EDITS} here`);
  } finally {
    isOver = true;
    await load;
  }
  assert.deepEqual(failed, []);
  assert.ok(served > EDITS);
});
