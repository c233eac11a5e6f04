// The default bounds: what the systems around gibbon ask of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "../../../src/kong/engine/limits.ts";

const MIB = 1024 * 1024;
/** How long Kong waits for an answer, in milliseconds. */
const KONG_WAITS_MS = 60_000;

test("a body of 8 MiB has room in a message, and a message in what may wait to be sent", () => {
  assert.ok(DEFAULT_LIMITS.messageBytes > 8 * MIB);
  assert.ok(DEFAULT_LIMITS.messageBytes <= 16 * MIB);
  assert.ok(DEFAULT_LIMITS.unsentBytes >= 2 * DEFAULT_LIMITS.messageBytes);
  assert.ok(DEFAULT_LIMITS.unsentBytes <= 64 * MIB);
});

test("events and instances fail before Kong gives up on them", () => {
  assert.ok(DEFAULT_LIMITS.eventMs < KONG_WAITS_MS);
  assert.ok(DEFAULT_LIMITS.instanceMs < KONG_WAITS_MS);
});

test("an instance outlives an hour's pause between requests, and no night", () => {
  assert.ok(DEFAULT_LIMITS.idleInstanceMs >= 60 * 60_000);
  assert.ok(DEFAULT_LIMITS.idleInstanceMs <= 8 * 60 * 60_000);
});

test("nothing is without a bound", () => {
  for (const [name, bound] of Object.entries(DEFAULT_LIMITS)) {
    assert.ok(Number.isSafeInteger(bound) && bound > 0, name);
  }
});
