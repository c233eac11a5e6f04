// gibbon test: runs the tests of plugins on the runtime that runs gibbon.
import assert from "node:assert/strict";
import { symlink } from "node:fs/promises";
import { describe, test } from "node:test";
import { runGibbon } from "../support/gibbon.ts";
import { replaceFile, useWorkspace } from "../support/workspace.ts";
import { FAILING, PLUGIN, TEST } from "./test_plugins.ts";

const space = useWorkspace();
const FILES = { "teapot.ts": PLUGIN, "teapot.test.ts": TEST };

describe("gibbon test", () => {
  test("runs the tests of a directory outside of the project", async () => {
    const folder = await space.folder(FILES);
    const { code, stdout, stderr } = await runGibbon(["test", folder]);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout + stderr, /pours tea/);
    assert.match(stdout + stderr, /loads from its file/);
  });

  test("searches the current directory, and what is below it but packages", async () => {
    const folder = await space.folder({
      "deep/er/teapot.ts": PLUGIN,
      "deep/er/teapot_test.ts": TEST,
      "node_modules/other/other.test.ts": FAILING,
    });
    const { code, stdout, stderr } = await runGibbon(["test"], { cwd: folder });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout + stderr, /pours tea/);
  });

  test("fails with the line of the source", async () => {
    const folder = await space.folder({ ...FILES, "sum.spec.ts": FAILING });
    const { code, stdout, stderr } = await runGibbon(["test", folder]);
    assert.equal(code, 1);
    assert.match(stdout + stderr, /sum\.spec\.ts:9:\d+/);
    assert.match(stdout + stderr, /pours tea/);
  });

  test("runs the files that it is given, and tests by their names", async () => {
    const folder = await space.folder({ ...FILES, "sum.spec.ts": FAILING });
    const files = [`${folder}/teapot.test.ts`, `${folder}/teapot.test.ts`];
    const { code, stdout, stderr } = await runGibbon(["test", ...files, "--name", "pours"]);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout + stderr, /pours tea/);
    assert.doesNotMatch(stdout + stderr, /^.*(?:✔|\(pass\)|ok).*loads from its file/m);
  });

  test("says that there are no tests, and fails", async () => {
    const folder = await space.folder({ "teapot.ts": PLUGIN, "empty/none.test.ts": "export {};" });
    const nothing = await runGibbon(["test", await space.folder({ "teapot.ts": PLUGIN })]);
    assert.equal(nothing.code, 1);
    assert.match(nothing.stderr, /^gibbon: there are no tests in /m);
    const empty = await runGibbon(["test", folder]);
    assert.equal(empty.code, 1);
    assert.match(empty.stderr, /^gibbon: no test ran: there is none in /m);
  });

  test("says that no test has a name, and fails", async () => {
    const folder = await space.folder(FILES);
    const { code, stdout, stderr } = await runGibbon(["test", folder, "--name", "coffee (.*)"]);
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout + stderr, /no test ran: .*"coffee|matched 0 tests/);
  });

  test("says where it can write nothing", async () => {
    const folder = await space.folder(FILES);
    const env = { TMPDIR: "/nowhere/at/all" };
    const { code, stderr } = await runGibbon(["test", folder], { env });
    assert.equal(code, 1);
    assert.match(stderr, /CALL_FAILED: no folder can be made in \/nowhere\/at\/all/);
    assert.match(stderr, /Set TMPDIR/);
  });

  test("does not start itself for ever where it is no runner", async () => {
    const folder = await space.folder(FILES);
    const env = { GIBBON_TEST_RUNNER: "1" };
    const { code, stderr } = await runGibbon(["test", folder], { env });
    assert.equal(code, 1);
    assert.match(stderr, /CALL_FAILED: .* is no runner of tests/);
  });

  test("passes over symlinks that lead nowhere", async () => {
    const folder = await space.folder(FILES);
    await symlink("nowhere", `${folder}/gone.test.ts`);
    const { code, stdout, stderr } = await runGibbon(["test", folder]);
    assert.equal(code, 0, stdout + stderr);
  });

  test("refuses a path that leads nowhere", async () => {
    const { code, stderr } = await runGibbon(["test", "/nowhere/at/all"]);
    assert.equal(code, 1);
    assert.match(stderr, /OPTION_INVALID: there is no file or directory \/nowhere\/at\/all/);
  });

  test("--watch runs them again when the plugin changes, until it is told to stop", async () => {
    const folder = await space.folder(FILES);
    const gibbon = space.gibbon(["test", folder, "--watch"]);
    const said = (text: RegExp) => Promise.any([gibbon.printing(text), gibbon.saying(text)]);
    await said(/2 pass(?:ed)?\b|pass 2/);
    await replaceFile(
      `${folder}/teapot.ts`,
      PLUGIN.replace("drink.name)", "`cold ${drink.name}`)"),
    );
    await said(/cold tea/);
    gibbon.signal("SIGTERM");
    await gibbon.ended;
    await gibbon.allGone();
  });
});
