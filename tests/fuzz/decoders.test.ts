// Every decoder under fuzz, with as many inputs as a gate has time for, and all that has failed once.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runRound, tryInput } from "../../scripts/fuzz/round.ts";
import { Violation } from "../../scripts/fuzz/examine.ts";
import { keptSeeds } from "../../scripts/fuzz/seeds.ts";
import { decoderOf, DECODERS } from "../../scripts/fuzz/targets/all.ts";
import { fromHex } from "../support/pieces.ts";

/** Rounds of a decoder for each of its share. */
const ROUNDS = 2;

/** Tests hold nobody to a time; who hangs is ended by the test runner. */
const BOUNDS = { slowMs: Infinity };

describe("values or refusals, whatever comes in and however it is cut", () => {
  for (const decoder of DECODERS) {
    test(decoder.name, () => {
      const fates = { accepted: 0, refused: 0 };
      for (let seed = 1; seed <= decoder.share * ROUNDS; seed++) {
        const { accepted, refused, failure } = runRound(decoder, seed, BOUNDS);
        assert.equal(failure, undefined, failure && `${failure.problem}\n${failure.input}`);
        fates.accepted += accepted;
        fates.refused += refused;
      }
      // Inputs that are all good, or all bad, say little.
      const total = fates.accepted + fates.refused;
      const mayRefuse = !["lines", "kong-protocol", "prox-lines"].includes(decoder.name);
      assert.ok(fates.accepted > total / 20, `${fates.accepted} of ${total} were accepted`);
      if (mayRefuse) assert.ok(fates.refused > total / 20, `${fates.refused} of ${total} refused`);
    });
  }
});

describe("what has failed once", () => {
  for (const { decoder: name, seed, problem, input } of keptSeeds()) {
    if (name.startsWith("server-")) continue;
    test(`${name}, seed ${seed}: ${problem}`, () => {
      const decoder = decoderOf(name);
      assert.equal(runRound(decoder, seed, BOUNDS).failure, undefined);
      if (input !== "") {
        assert.ok(!(tryInput(decoder, fromHex(input), BOUNDS) instanceof Violation));
      }
    });
  }
});
