// gibbon test with the executable alone: no runtime, no packages, no sources.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runGibbon } from "../support/gibbon.ts";
import { EXECUTABLE, missingExecutable } from "../support/executable.ts";
import { useWorkspace } from "../support/workspace.ts";
import { FAILING, PLUGIN, TEST } from "../cli/test_plugins.ts";

const space = useWorkspace();
const missing = missingExecutable();
const title = missing === false ? "the executable" : `the executable: ${missing}`;

describe(title, () => {
  const options = { command: [EXECUTABLE], env: { PATH: "/nowhere" } };

  test("the executable runs the tests of plugins", { skip: missing }, async () => {
    const folder = await space.folder({ "teapot.ts": PLUGIN, "teapot.test.ts": TEST });
    const temporary = await space.folder();
    const { code, stdout, stderr } = await runGibbon(["test"], {
      ...options,
      cwd: folder,
      env: { ...options.env, TMPDIR: temporary },
    });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stderr, /\(pass\) pours tea/);
    assert.match(stderr, /\(pass\) loads from its file/);
  });

  test("the executable reads no .env of the directory, and is itself in what tests start", {
    skip: missing,
  }, async () => {
    const folder = await space.folder({
      ".env": "FROM_DOTENV=yes\n",
      "a.test.ts": `import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
test("is clean", () => {
  assert.equal(process.env.FROM_DOTENV, undefined);
  assert.match(String(execFileSync(process.execPath, ["version"])), /^gibbon|^\\d/);
});
`,
    });
    const { code, stdout, stderr } = await runGibbon(["test"], { ...options, cwd: folder });
    assert.equal(code, 0, stdout + stderr);
  });

  test("the executable shows where a test fails", { skip: missing }, async () => {
    const folder = await space.folder({ "sum.test.ts": FAILING });
    const { code, stderr } = await runGibbon(["test", folder], options);
    assert.equal(code, 1);
    assert.match(stderr, /9 \| {5}assert\.equal\(sum\.of, 4\);/);
    assert.match(stderr, /sum\.test\.ts:9:\d+/);
  });

  test("the executable runs tests written for bun:test", { skip: missing }, async () => {
    const folder = await space.folder({
      "teapot.ts": PLUGIN,
      "teapot.test.ts": TEST.replace("import assert from", "import { expect } from")
        .replace('"node:assert/strict"', '"bun:test"').replace('"node:test"', '"bun:test"')
        .replaceAll(/assert\.(?:deepEqual|equal)\((.*), (\S+)\);/g, "expect($1).toEqual($2);"),
    });
    const { code, stdout, stderr } = await runGibbon(["test", folder], options);
    assert.equal(code, 0, stdout + stderr);
  });
});
