// What the adapters say of themselves.
import assert from "node:assert/strict";
import module from "node:module";
import process from "node:process";
import { test } from "node:test";
import { detectRuntime } from "../../src/runtime/detect.ts";
import { createNodeRuntime } from "../../src/runtime/node/node.ts";

test("the adapter is the one for the runtime that runs, with its version", async () => {
  const { Bun, Deno } = globalThis as { Bun?: { version: string }; Deno?: typeof globalThis.Deno };
  const { name, version } = await detectRuntime();
  assert.equal(name, Bun ? "bun" : Deno ? "deno" : "node");
  assert.equal(version, Bun?.version ?? Deno?.version.deno ?? process.versions.node);
  assert.match(version, /^\d+\.\d+\.\d+/);
});

test("Node.js without module hooks is refused with the version that is needed", () => {
  const { registerHooks } = module;
  Object.assign(module, { registerHooks: undefined });
  try {
    assert.throws(createNodeRuntime, /Node\.js \S+ is too old for gibbon: 22\.15 is the first/);
  } finally {
    Object.assign(module, { registerHooks });
  }
});
