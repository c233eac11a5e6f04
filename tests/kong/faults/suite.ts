// The tests of modes in one combination: on one server, one after the other.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Combination } from "./combination.ts";
import { SharedStage } from "./fault_stage.ts";
import { surprises } from "./known.ts";
import type { Mode } from "./modes/mode.ts";
import { wrongsOf } from "./verdict.ts";

/** Declares a test for each mode. */
export function testModes(combination: Combination, modes: readonly Mode[]): void {
  const { program, layout, protocol } = combination;
  describe(`${program.what}, ${layout}, ${protocol}`, { skip: program.skip }, () => {
    const stage = new SharedStage(combination, modes);
    after(() => stage.clear());
    for (const mode of modes) {
      test(`a plugin ${mode.name.replaceAll("-", " ")}`, async () => {
        const cell = await stage.try(mode);
        const wrongs = surprises(wrongsOf(cell, mode, combination), mode, combination);
        assert.deepEqual(wrongs, [], `${JSON.stringify(cell)}\n${stage.lastLog}`);
      });
    }
  });
}
