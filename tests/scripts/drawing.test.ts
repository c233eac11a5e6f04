// The drawing of the rooms: what of a tree is in it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkDrawing, drawRooms, drawTree } from "../../scripts/layers/drawing.ts";
import { roomsOf } from "../../scripts/layers/graph.ts";

const TREE = {
  "mod.ts": 'export { call } from "./src/kong/pdk/call.ts";',
  "src/base/errors.ts": 'import text from "../../package.json" with { type: "json" };',
  "src/wire/frames.ts": 'import { Buffer } from "node:buffer";',
  "src/kong/pdk/call.ts": 'import "../engine/event.ts";\nimport "./request.ts";',
  "src/kong/pdk/request.ts": 'import type {} from "../../base/errors.ts";',
  "src/kong/engine/event.ts": 'import "../../base/errors.ts";\nimport "../../base/errors.ts";',
  "src/prox/mod.ts": 'export { define } from "./plugin/define.ts";',
  "src/prox/plugin/define.ts": 'import "../messages.ts";',
  "src/prox/messages.ts": 'import "../wire/frames.ts";',
  "src/cli/main.ts":
    'import * as api from "../../mod.ts";\nconst load = () => import("./serve.ts");',
  "src/cli/serve.ts": 'const load = () => import("../kong/pdk/call.ts");',
};

const rooms = roomsOf(new Map(Object.entries(TREE)), ["mod.ts", "src/prox/mod.ts"]);

describe("the rooms", () => {
  it("are those with files: the ground, each system by itself, and what stands on them", () => {
    assert.deepEqual(rooms.map(({ name, system }) => `${name} of ${system}`), [
      "base of ground",
      "wire of ground",
      "kong/engine of kong",
      "kong/pdk of kong",
      "prox of prox",
      "prox/plugin of prox",
      "cli of top",
    ]);
  });

  it("import from other rooms, each once; entries do not count", () => {
    const imports = rooms.map(({ name, imports }) => `${name}: ${[...imports].sort().join(" ")}`);
    assert.deepEqual(imports, [
      "base: ",
      "wire: ",
      "kong/engine: base",
      "kong/pdk: base kong/engine",
      "prox: wire",
      "prox/plugin: prox",
      "cli: kong/pdk",
    ]);
  });
});

describe("the drawing", () => {
  const drawing = drawRooms(rooms);

  it("has a box for every room and a dot for every import", () => {
    const boxes = [...drawing.matchAll(/>([^<]+)<\/text>/g)].map(([, text]) => text);
    assert.deepEqual(boxes.slice(0, rooms.length), rooms.map(({ name }) => name));
    const dots = [...drawing.matchAll(/<circle [^>]+><title>([^<]+)</g)].map(([, text]) => text);
    assert.deepEqual(dots, [
      "kong/engine imports from base",
      "kong/pdk imports from base",
      "kong/pdk imports from kong/engine",
      "prox imports from wire",
      "prox/plugin imports from prox",
      "cli imports from kong/pdk",
    ]);
  });

  it("has each dot where the row of one room meets the column of the other", () => {
    const place = (name: string) =>
      new RegExp(`<circle cx="(\\d+)" cy="(\\d+)"[^>]*><title>${name}<`).exec(drawing)!.slice(1, 3)
        .map(Number);
    const [engineX, engineY] = place("kong/engine imports from base");
    const [pdkX, pdkY] = place("kong/pdk imports from base");
    assert.equal(pdkX, engineX);
    assert.ok(pdkY! > engineY!);
    const [otherX, otherY] = place("kong/pdk imports from kong/engine");
    assert.equal(otherY, pdkY);
    assert.ok(otherX! > pdkX!);
  });

  it("is as wide and high as what is in it", () => {
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(drawing)!.map(Number);
    for (
      const [, x, y, w, h] of drawing.matchAll(
        /<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/g,
      )
    ) {
      assert.ok(Number(x) + Number(w) <= width!, `${x} + ${w} is beyond ${width}`);
      assert.ok(Number(y) + Number(h) <= height!, `${y} + ${h} is beyond ${height}`);
    }
  });

  it("is out of date when a room imports from another one, and only then", () => {
    const before = new Map(Object.entries(TREE));
    const inside = new Map(before).set("src/base/log.ts", 'import "./errors.ts";');
    const across = new Map(before).set("src/base/log.ts", 'import "../wire/frames.ts";');
    const drawn = drawTree(before);
    assert.deepEqual(checkDrawing("a.svg", drawn, before), []);
    assert.deepEqual(checkDrawing("a.svg", drawn, inside), []);
    for (
      const problems of [checkDrawing("a.svg", drawn, across), checkDrawing("a.svg", "", before)]
    ) {
      assert.match(problems[0]!.message, /deno task layers --write/);
    }
  });
});
