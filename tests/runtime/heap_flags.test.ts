// The bound of V8's young generation in workers on Node.js: there, but for those who set their own.
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { heapFlags } from "../../src/runtime/node/heap_flags.ts";
import { detectRuntime } from "../../src/runtime/detect.ts";

test("the young generation is bounded unless somebody else has set it", () => {
  assert.deepEqual(heapFlags(undefined), ["--max-semi-space-size=16"]);
  assert.deepEqual(heapFlags("--enable-source-maps"), ["--max-semi-space-size=16"]);
  assert.deepEqual(heapFlags("--max-semi-space-size=64"), []);
});

test("processes that Node.js starts of itself get the bound, the others know no such flag", async () => {
  const { name, ownCommand } = await detectRuntime();
  assert.equal(ownCommand[0], process.execPath);
  assert.equal(ownCommand.includes("--max-semi-space-size=16"), name === "node");
});
