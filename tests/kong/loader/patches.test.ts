// Modules that change what all plugins share: refused and undone, unless they say that they do it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { load } from "./fixture.ts";

const GOOD = "export default { access() {} };";

/** The problem of a module. */
async function problemOf(files: Readonly<Record<string, string>>): Promise<string> {
  const { lines, names } = await load({ ...files, "good.ts": GOOD });
  assert.deepEqual([names, lines.length], [["good"], 1], lines.join("\n"));
  return lines[0]!;
}

describe("a module that changes built-in objects is refused, and they are put back", () => {
  test("as it is loaded", async () => {
    const { map } = Array.prototype;
    const problem = await problemOf({
      "bad.ts": `Array.prototype.map = () => [];\n(Promise.prototype as any).then = null;\n${GOOD}`,
    });
    assert.equal(
      problem,
      "PLUGIN_BROKEN bad.ts: bad cannot be loaded: it changed Array.prototype.map, " +
        "Promise.prototype.then, which all plugins of the process share: that is undone",
    );
    assert.equal(Array.prototype.map, map);
  });

  test("in a file that it imports, and in CommonJS", async () => {
    const files = {
      "bad/index.ts": `import "./polyfill.js";\n${GOOD}`,
      "bad/polyfill.js": `Object.prototype.everywhere = 1;`,
    };
    assert.match(
      await problemOf(files),
      /^PLUGIN_BROKEN bad\/index\.ts: .*Object\.prototype\.everywhere/,
    );
    const text = "JSON.parse = () => 1;\nmodule.exports = { access() {} };";
    assert.match(await problemOf({ "bad.cjs": text }), /^PLUGIN_BROKEN bad\.cjs: .*JSON\.parse/);
  });

  test("after it has waited, beside others", async () => {
    const problem = await problemOf({
      "bad.ts": `await new Promise((done) => setTimeout(done, 80));\nDate.now = () => 0;\n${GOOD}`,
      "also.json": "{}",
    });
    assert.match(problem, /^PLUGIN_BROKEN bad\.ts: .*Date\.now/);
    assert.ok(Date.now() > 0);
  });

  test("where it fails by itself too", async () => {
    const problem = await problemOf({
      "bad.ts": `Map.prototype.get = null;\nthrow new Error("own");`,
    });
    assert.match(problem, /^PLUGIN_BROKEN bad\.ts:2.*own/);
    assert.equal(new Map([[1, 2]]).get(1), 2);
  });
});

describe("a module may change what its allowPatches names", () => {
  const patch = `(Array.prototype as any).allowed = 1;`;
  const undo = () => delete (Array.prototype as { allowed?: unknown }).allowed;

  test("as an export", async () => {
    const { names } = await load({
      "polyfill.ts": `export const allowPatches = ["Array.prototype.allowed"];\n${patch}\n${GOOD}`,
    });
    assert.deepEqual(names, ["polyfill"]);
    assert.ok("allowed" in Array.prototype);
    undo();
  });

  test("in CommonJS", async () => {
    const { names } = await load({
      "polyfill.cjs": "Array.prototype.allowed = 1;\n" +
        `module.exports = { access() {}, allowPatches: ["Array.prototype"] };`,
    });
    assert.deepEqual(names, ["polyfill"]);
    undo();
  });

  for (const value of ["1", '"Array"', "[1]"]) {
    test(`and not where that is ${value}`, async () => {
      const problem = await problemOf({
        "bad.ts": `export const allowPatches = ${value};\n${GOOD}`,
      });
      assert.match(problem, /allowPatches has to be true, or a list of names/);
    });
  }
});
