// What a hub knows of others, from what they say: revisions, lists, silence, double names, bounds.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OtherHubs, type OtherHubsEvents } from "../../src/brpc/hub/cluster/other_hubs.ts";
import type { List, ToldPlugin } from "../../src/brpc/hub/cluster/messages.ts";

const plugin = (name: string, since = 1): ToldPlugin => ({
  ...{ name, version: "v1", since, functions: "{}" },
});

const beat = (hub: string, revision: number, reads = 0) =>
  ({ kind: "beat", hub, revision, reads, isNew: false }) as const;

const changes = (hub: string, after: number) =>
  ({ kind: "changes", hub, after, revision: after + 1 }) as const;

/** Others with what happened; `lists` has what a hub answers when it is asked. */
function others(limits = { hubs: 10, plugins: 10 }) {
  const said: string[] = [];
  const asked: ((list: List) => void)[] = [];
  const events: OtherHubsEvents = {
    came: ({ name, hub }) => void said.push(`${hub}/${name} came`),
    left: ({ name, hub }, graceful) => void said.push(`${hub}/${name} left ${graceful}`),
    met: (hub) => void said.push(`${hub} met`),
    lost: (hub, reason) => void said.push(`${hub} lost ${reason}`),
    refused: (hub, reason) => void said.push(`${hub} refused: ${reason}`),
    reads: (hub, reads) => void said.push(`${hub} reads ${reads}`),
    list: () => new Promise((resolve) => asked.push(resolve)),
  };
  const hubs = new OtherHubs(events, limits);
  const answer = async (list: List) => {
    asked.shift()?.(list);
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { hubs, said, asked, answer };
}

describe("other hubs", () => {
  test("are known from their first word, and their changes are taken in order", () => {
    const { hubs, said, asked } = others();
    hubs.heard(beat("a", 0, 3), [], 1);
    hubs.heard(changes("a", 0), [{ came: plugin("x") }], 2);
    hubs.heard(changes("a", 1), [{ left: "x", graceful: true }, { came: plugin("y") }], 3);
    hubs.heard(beat("a", 2, 3), [], 4);
    hubs.heard(beat("a", 2, 0), [], 5);
    assert.deepEqual(said, [
      ...["a met", "a reads 3", "a/x came", "a/x left true", "a/y came", "a reads 0"],
    ]);
    assert.equal(asked.length, 0);
    assert.deepEqual([hubs.hubs, [...hubs.plugins.keys()]], [["a"], ["y"]]);
  });

  test("are asked for their list, once at a time, where a change was missed", async () => {
    const { hubs, said, asked, answer } = others();
    hubs.heard(changes("a", 0), [{ came: plugin("x") }], 1);
    hubs.heard(changes("a", 4), [{ came: plugin("z") }], 2);
    hubs.heard(beat("a", 5), [], 3);
    assert.equal(asked.length, 1);
    await answer({ revision: 5, plugins: [plugin("y"), plugin("z")] });
    assert.deepEqual(said, ["a met", "a/x came", "a/x left false", "a/y came", "a/z came"]);
    hubs.heard(beat("a", 5), [], 4);
    assert.equal(asked.length, 0);
    // What came while it was asked is behind the list: it is asked again.
    hubs.heard(beat("a", 7), [], 5);
    hubs.heard(changes("a", 7), [{ left: "y", graceful: true }], 6);
    await answer({ revision: 7, plugins: [plugin("y"), plugin("z")] });
    hubs.heard(beat("a", 8), [], 7);
    await answer({ revision: 8, plugins: [plugin("z")] });
    assert.equal(said.at(-1), "a/y left false");
  });

  test("are gone when they say so, or say nothing", () => {
    const { hubs, said } = others();
    for (const [at, id] of ["a", "b", "c"].entries()) {
      hubs.heard(changes(id, 0), [{ came: plugin(`p${id}`) }], at);
    }
    said.length = 0;
    hubs.lost("a");
    hubs.lost("a");
    hubs.expire(2, "silence");
    assert.deepEqual(said, [
      ...["a lost undefined", "a/pa left false", "b lost silence", "b/pb left false"],
    ]);
    assert.deepEqual(hubs.hubs, ["c"]);
  });

  test("answer to a list when they are gone, and nothing comes of it", async () => {
    const { hubs, said, answer } = others();
    hubs.heard(beat("a", 1), [], 1);
    hubs.lost("a", "gone");
    await answer({ revision: 1, plugins: [plugin("x")] });
    assert.deepEqual(said, ["a met", "a lost gone"]);
  });

  test("may have one name twice: the other one is there when one leaves", () => {
    const { hubs } = others();
    hubs.heard(changes("a", 0), [{ came: plugin("x", 1) }], 1);
    hubs.heard(changes("b", 0), [{ came: plugin("x", 2) }], 1);
    assert.equal(hubs.plugins.get("x")?.hub, "b");
    hubs.heard(changes("b", 1), [{ left: "x", graceful: true }], 1);
    assert.equal(hubs.plugins.get("x")?.hub, "a");
    hubs.lost("a");
    assert.equal(hubs.plugins.size, 0);
  });

  test("that replaced a plugin say so by its time", () => {
    const { hubs, said } = others();
    hubs.heard(changes("a", 0), [{ came: plugin("x", 1) }], 1);
    hubs.heard(changes("a", 1), [{ came: plugin("x", 1) }, { came: plugin("x", 2) }], 1);
    assert.deepEqual(said, ["a met", "a/x came", "a/x left false", "a/x came"]);
  });

  test("are bounded, and so are their plugins", () => {
    const { hubs, said } = others({ hubs: 1, plugins: 1 });
    hubs.heard(changes("a", 0), [{ came: plugin("x") }, { came: plugin("y") }], 1);
    hubs.heard(beat("b", 0), [], 1);
    assert.deepEqual(said.filter((text) => text.includes("refused")), [
      "a refused: it has more than 1 plugins",
      "b refused: there are 1 hubs already",
    ]);
    assert.deepEqual([hubs.hubs, [...hubs.plugins.keys()]], [["a"], ["x"]]);
  });
});
