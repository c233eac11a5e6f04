// What was seen of a whole Kong against what was read in its sources: each correction corrects.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PDK_FUNCTIONS, type PdkFunction } from "../../../src/kong/pdk/functions.ts";
import { PDK } from "../../../src/kong/emulator/pdk/table.ts";
import { readCorrections, readUncorrected } from "../support/pdk_facts.ts";

const FUNCTIONS: Readonly<Record<string, PdkFunction>> = PDK_FUNCTIONS;

describe("a correction of Kong's PDK as data", () => {
  const uncorrected = new Map(readUncorrected().map((facts) => [facts.name, facts]));

  for (const { names, not_in, caveat, source } of readCorrections()) {
    for (const name of names) {
      test(`of ${name} (${caveat}) is still needed, has a source, and holds in both tables`, () => {
        const facts = uncorrected.get(name);
        assert.ok(facts, "there is no such function");
        assert.match(source, /^seen with Kong \d+\.\d+\.\d+: /);
        assert.equal(facts.caveats.includes(caveat), false);
        for (const phase of not_in) {
          assert.ok(facts.external_phases?.includes(phase), `${phase} needs no correction`);
          assert.equal(FUNCTIONS[name]?.phases.includes(phase), false);
          assert.equal(PDK[name]?.phases.includes(phase), false);
        }
      });
    }
  }

  test("leaves alone what works in a TLS handshake", () => {
    for (const name of ["kong.node.get_id", "kong.ip.is_trusted", "kong.ctx.shared.get"]) {
      assert.ok(FUNCTIONS[name]?.phases.includes("certificate"), name);
      assert.ok(PDK[name]?.phases.includes("certificate"), name);
    }
  });
});
