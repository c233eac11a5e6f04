// The acted-out PDK against Kong's, as data: every function, in every phase, with its way of answering.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Phase, PHASES } from "../../../src/kong/engine/phases.ts";
import { repairResult, stepMethod } from "../../../src/kong/emulator/client/steps.ts";
import { Bin } from "../../../src/kong/emulator/lua/pack.ts";
import { PDK } from "../../../src/kong/emulator/pdk/table.ts";
import { readCallable } from "../support/pdk_facts.ts";

const callable = readCallable();

/** Functions that do nothing in the log phase, where others raise. */
const WITHOUT_EFFECT = ["log-phase-nil", "log-phase-no-effect"];

/** What Kong answers although it is of no use from outside. */
const USELESS = [
  "kong.response.get_raw_body",
  "kong.response.set_raw_body",
  "kong.service.response.get_headers",
];

describe("the acted-out PDK", () => {
  test("has every function that can be called from outside, and no others", () => {
    const names = callable.map(({ name }) => name);
    assert.equal(names.length, 110);
    assert.deepEqual(Object.keys(PDK).sort(), [...names, ...USELESS].sort());
  });

  for (const { name, external_phases, caveats } of callable) {
    test(`${name} works in the phases that Kong has it in`, () => {
      const phases: Phase[] = [...external_phases ?? []];
      if (caveats.some((caveat) => WITHOUT_EFFECT.includes(caveat))) phases.push("log");
      const own = PHASES.filter((phase) => PDK[name]!.phases.includes(phase));
      assert.deepEqual(own, PHASES.filter((phase) => phases.includes(phase)));
    });
  }

  test("answers with the steps that Kong answers with", () => {
    for (const { name, msgpack } of callable) {
      assert.equal(stepMethod(name, undefined), msgpack!.step, name);
    }
  });

  test("repairs the results that Kong repairs", () => {
    for (const { name, msgpack } of callable) {
      const result = name.includes("raw_body") ? "text" : { a: "1", b: true, c: ["2", true] };
      const repaired = repairResult(name, result);
      if (msgpack!.fix === "raw") assert.ok(repaired instanceof Bin, name);
      else if (msgpack!.fix === "mmap") {
        assert.deepEqual([...repaired as Map<string, unknown>], [["a", ["1"]], ["b", []], ["c", [
          "2",
          true,
        ]]], name);
      } else assert.equal(repaired, result, name);
    }
  });
});
