// In which order a directory's modules are imported, and which of them by themselves.
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { describe, test } from "node:test";
import { readModules } from "../../src/modules/read_modules.ts";
import { detectRuntime } from "../../src/runtime/detect.ts";
import { useWorkspace } from "../support/workspace.ts";

const space = useWorkspace();
const runtime = await detectRuntime();

const slow = (isOver: string) => `
  do await new Promise((done) => setTimeout(done, 1500)); while (!(${isOver}));
  export const name = "slow";
`;
/** Takes longer than a module has by itself. */
const SLOW = slow("true");
/** Waits for the module after it. */
const WAITS = slow("globalThis.zIsImported");

/** Imports a directory; gives what was begun (`+`) and ended (`-`), in order. */
async function order(files: Record<string, string>, ...first: string[]): Promise<string[]> {
  const root = await space.folder(files);
  const seen: string[] = [];
  const watch = {
    first: first.map((name) => join(root, name)),
    begins: (file: string) => Promise.resolve(void seen.push(`+${basename(file)}`)),
    ended: (file: string) => void seen.push(`-${basename(file)}`),
  };
  const { modules } = await readModules(runtime, root, { watch }, ({ name }) => name);
  assert.deepEqual(modules.map(({ result }) => result), Object.keys(files).map(nameOf));
  return seen;
}

const nameOf = (file: string) => file.split(".")[0];
const quick = (name: string) => `export const name = "${name}";`;

describe("the modules of a directory", () => {
  test("are imported one by one, but for those that let others wait", async () => {
    const z = `globalThis.zIsImported = true; ${quick("z")}`;
    assert.deepEqual(await order({ "a.mjs": quick("a"), "slow.mjs": WAITS, "z.mjs": z }), [
      ...["+a.mjs", "-a.mjs"],
      ...["+slow.mjs", "+z.mjs", "-z.mjs", "-slow.mjs"],
    ]);
  });

  test("come each by itself where one may have ended an earlier process", async () => {
    const files = { "a.mjs": quick("a"), "slow.mjs": SLOW, "z.mjs": quick("z") };
    assert.deepEqual(await order(files, "slow.mjs", "gone.mjs", "z.mjs"), [
      ...["+slow.mjs", "-slow.mjs"],
      ...["+z.mjs", "-z.mjs"],
      ...["+a.mjs", "-a.mjs"],
    ]);
  });
});
