// Stacks of compiled modules: they name the sources that a map beside or in the module tells of.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { GibbonError, loadedStackOf, stackOf } from "../../src/base/errors.ts";
import { inSources, sourceOf } from "../../src/base/source_maps.ts";
import { makeFolder } from "../support/folder.ts";

/** The fourth line of the module is the third of `src/auth.ts`, from its fifth column on. */
const MAP = { version: 3, sources: ["src/auth.ts"], names: [], mappings: ";;;AAEI" };
const CODE = "// one\n// two\n// three\nthrow new Error('x');\n";
const inline = (map: unknown) =>
  `${CODE}//# sourceMappingURL=data:application/json;charset=utf-8;base64,${
    Buffer.from(JSON.stringify(map)).toString("base64")
  }\n`;

let folder: Awaited<ReturnType<typeof makeFolder>>;
before(async () => {
  folder = await makeFolder({
    "auth.js": inline(MAP),
    "beside.mjs": `${CODE}//# sourceMappingURL=maps/beside.mjs.map\n`,
    "maps/beside.mjs.map": JSON.stringify(MAP),
    "plain.js": CODE,
    "broken.js": `${CODE}//# sourceMappingURL=data:application/json;base64,e30=\n`,
    "gone.js": `${CODE}//# sourceMappingURL=gone.js.map\n`,
    "node_modules/one/index.js": inline(MAP),
    "my plugins/auth.js": inline(MAP),
  });
});
after(() => folder.remove());

describe("a stack", () => {
  const frame = (name: string, place = "4:7") =>
    `    at access (${join(folder.path, name)}:${place})`;

  test("names the sources of modules with a map in them or beside them", () => {
    const source = join(folder.path, "src/auth.ts");
    for (const name of ["auth.js", "beside.mjs"]) {
      assert.equal(
        inSources(`Error: x\n${frame(name)}`),
        `Error: x\n    at access (${source}:3:5)`,
      );
    }
  });

  test("is read in every form that the runtimes write", () => {
    const path = join(folder.path, "my plugins", "auth.js");
    const source = join(folder.path, "my plugins", "src/auth.ts");
    const url = pathToFileURL(path).href;
    const FORMS = [
      ["    at PLACE", path],
      ["    at async access (PLACE)", path],
      ["    at async PLACE", url],
      ["    at Object.access [as x] (PLACE)", url],
      ["    at new Auth (PLACE)", `${url}?gibbon=3`],
      ["    at <anonymous> (PLACE)", `${path}?gibbon=12`],
    ] as const;
    for (const [form, place] of FORMS) {
      const expected = form.replace("PLACE", `${source}:3:5`);
      assert.equal(inSources(form.replace("PLACE", `${place}:4:9`)), expected);
    }
  });

  test("stays as it is where there is no map, none that can be read, or nothing in it", () => {
    const names = ["plain.js", "broken.js", "gone.js", "node_modules/one/index.js", "nowhere.js"];
    for (const name of names) assert.equal(inSources(frame(name)), frame(name));
    assert.equal(inSources(frame("auth.js", "1:1")), frame("auth.js", "1:1"));
    const message = `Error: ${join(folder.path, "auth.js")}:4:1 is no frame`;
    assert.equal(inSources(message), message);
  });

  test("is read in no time, whatever a client has put into its message", () => {
    const long = [" (/", " (/x.js:1", ".js", "?", ":1", " at /", "file:///"];
    const lines = long.flatMap((part) => [` at ${part.repeat(300)}`, ` at /${part.repeat(9000)}`]);
    const stack = `Error: x\n${lines.join("\n")}\n${frame("auth.js")}`;
    // Were it read backwards and forwards, this would take minutes: the runner would end it.
    for (let times = 0; times < 100; times++) {
      assert.ok(inSources(stack).endsWith("src/auth.ts:3:5)"));
    }
  });

  test("follows the module when it changes", async () => {
    const path = join(folder.path, "changing.js");
    await writeFile(path, inline(MAP));
    const place = { file: path, line: 4, column: 1 };
    assert.equal(sourceOf(place).file, join(folder.path, "src/auth.ts"));
    await writeFile(path, inline({ ...MAP, sources: ["other.ts"] }));
    await utimes(path, 1, 1);
    assert.equal(sourceOf(place).file, join(folder.path, "other.ts"));
    await rm(path);
    assert.equal(sourceOf(place), place);
  });
});

test("an error's stack is told in sources, and as it was loaded", () => {
  const stack = `Error: x\n    at access (${join(folder.path, "auth.js")}:4:7)`;
  const error = Object.assign(new GibbonError("LIMIT", "x"), { stack });
  assert.match(stackOf(error), /src\/auth\.ts:3:5\)$/);
  assert.equal(loadedStackOf(error), stack);
});
