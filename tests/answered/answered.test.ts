// Whatever a handler does, its event is answered: handlers are generated, and run in processes of their own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runProcess, scriptCommand } from "../support/process.ts";
import type { Report } from "./check.ts";

/** How often each property is tried, with up to 24 handlers each time. */
const RUNS = 25;

for (
  const [what, script] of [["Kong", "kong_run.ts"], ["a hub", "hub_run.ts"], [
    "prox",
    "prox_run.ts",
  ]]
) {
  test(`every event of ${what} is answered, whatever its handler does`, async () => {
    const path = fileURLToPath(new URL(script!, import.meta.url));
    const { stdout, stderr, code } = await runProcess([...scriptCommand(path), String(RUNS)]);
    assert.notEqual(stdout, "", `it ended with code ${code}: ${stderr}`);
    const { failed, message, runs, seed }: Report = JSON.parse(stdout);
    assert.ok(!failed, `seed ${seed}: ${message}`);
    assert.equal(runs, RUNS);
  });
}
