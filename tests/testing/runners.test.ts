// The kit in the runners of others: what each runtime has of its own, and vitest.
import assert from "node:assert/strict";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runGibbon } from "../support/gibbon.ts";
import { RUNS_ON_NODE_ALONE } from "../support/once.ts";
import { canRun, runProcess } from "../support/process.ts";
import { useWorkspace } from "../support/workspace.ts";
import { PLUGIN, TEST } from "../cli/test_plugins.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const VITEST = "vitest@4.1.12";

/** The test with another runner's functions in the place of those of node:test. */
const testFor = (runner: string) => TEST.replace('import { test } from "node:test";', runner);

/** Why vitest is not tried; undefined if it is. Its functions are the same on all runtimes. */
const missing = RUNS_ON_NODE_ALONE ??
  (await canRun(["npm", "view", VITEST, "version"])
    ? undefined
    : "npm cannot get vitest from its registry");

const space = useWorkspace();

describe("The kit", () => {
  test("runs with the runtime's own functions for tests", async () => {
    const runner = "Deno" in globalThis
      ? "const { test } = Deno;"
      : "Bun" in globalThis
      ? 'import { test } from "bun:test";'
      : 'import test from "node:test";';
    const folder = await space.folder({ "teapot.ts": PLUGIN, "teapot.test.ts": testFor(runner) });
    const { code, stdout, stderr } = await runGibbon(["test", folder]);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout + stderr, /pours tea/);
  });

  // The reason is in the title because Bun and Deno do not print that of a skip.
  test(missing ?? "runs with vitest", { skip: missing !== undefined }, async () => {
    const folder = await space.folder({
      "package.json": '{ "private": true, "type": "module" }',
      "teapot.ts": PLUGIN,
      "teapot.test.ts": testFor('import { test } from "vitest";'),
    });
    const flags = ["--no-audit", "--no-fund", "--prefer-offline"];
    const installed = await runProcess(["npm", "install", ...flags, VITEST], { cwd: folder });
    assert.equal(installed.code, 0, installed.stderr);
    await symlink(ROOT, join(folder, "node_modules", "gibbon"));
    await symlink(join(ROOT, "node_modules", "valibot"), join(folder, "node_modules", "valibot"));
    const vitest = join(folder, "node_modules", "vitest", "vitest.mjs");
    const ran = await runProcess([process.execPath, vitest, "run"], { cwd: folder });
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.match(ran.stdout, /Tests {2}2 passed/);
  });
});
