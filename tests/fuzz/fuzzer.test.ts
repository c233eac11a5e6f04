// The fuzzer itself: it notices whatever a decoder does wrong, says what repeats it, and keeps it.
import assert from "node:assert/strict";
import fc from "fast-check";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { damage } from "../../scripts/fuzz/damage.ts";
import type { Decoder } from "../../scripts/fuzz/decoder.ts";
import { failureText, fuzzTable } from "../../scripts/fuzz/report.ts";
import { inputsOf, ROUND, runRound } from "../../scripts/fuzz/round.ts";
import { keepSeed, keptSeeds } from "../../scripts/fuzz/seeds.ts";
import { FuzzedServer } from "../../scripts/fuzz/server/serve.ts";
import { shrink } from "../../scripts/fuzz/shrink.ts";
import { decoderOf } from "../../scripts/fuzz/targets/all.ts";
import { watch } from "../../scripts/fuzz/watch.ts";
import { weigh } from "../../scripts/fuzz/weight.ts";
import { fromHex } from "../support/pieces.ts";
import { scriptCommand } from "../support/process.ts";
import { Random } from "../support/random.ts";
import { useWorkspace } from "../support/workspace.ts";

/** A decoder that gives its pieces' bytes, but for what a test changes. */
function decoderWith(changes: Partial<Decoder>): Decoder {
  return {
    name: "under-test",
    share: 1,
    structured: fc.uint8Array({ minLength: 1, maxLength: 30 }),
    recorded: () => [Uint8Array.of(1, 2, 3, 4)],
    isStream: true,
    isRefusal: (error) => error instanceof RangeError,
    decode(pieces, give) {
      for (const piece of pieces) for (const byte of piece) give(byte);
    },
    ...changes,
  };
}

/** What a round of a decoder fails with. */
function problemOf(changes: Partial<Decoder>, slowMs = Infinity) {
  return runRound(decoderWith(changes), 7, { slowMs }).failure;
}

/** Whether a buffer shows in the runtime's count as soon as it is there; on Bun it does not. */
function countsBuffers(): boolean {
  const before = process.memoryUsage().arrayBuffers;
  const { length } = new Uint8Array(8 * 1024 * 1024);
  return process.memoryUsage().arrayBuffers - before >= length;
}

/** Does something as soon as there is a byte of that value. */
const onByte = (value: number, act: () => void): Decoder["decode"] => (pieces, give) => {
  for (const piece of pieces) {
    for (const byte of piece) {
      if (byte === value) act();
      give(byte);
    }
  }
};

describe("a round", () => {
  test("of a decoder that is right has no failure, and counts", () => {
    const refuses = onByte(3, () => {
      throw new RangeError("3");
    });
    const { accepted, refused, failure } = runRound(decoderWith({ decode: refuses }), 7, {
      slowMs: Infinity,
    });
    assert.equal(failure, undefined);
    assert.equal(accepted + refused, ROUND);
    assert.ok(accepted > 0 && refused > 0);
  });

  test("has the same inputs for the same seed, and others for another", () => {
    const decoder = decoderOf("msgpack");
    assert.deepEqual(inputsOf(decoder, 5), inputsOf(decoder, 5));
    assert.notDeepEqual(inputsOf(decoder, 5), inputsOf(decoder, 6));
  });

  test("finds an error that is no refusal, and the byte that it takes", () => {
    const decode = onByte(2, () => {
      throw new TypeError("cannot read properties of undefined");
    });
    const failure = problemOf({ decode });
    assert.match(failure!.problem, /^whole, it threw TypeError: cannot read properties/);
    assert.deepEqual([failure!.seed, failure!.input], [7, "02"]);
  });

  test("finds a decoder to which it matters how its input is cut", () => {
    const decode: Decoder["decode"] = (pieces, give) => {
      for (const piece of pieces) give(piece.length);
    };
    assert.match(problemOf({ decode })!.problem, /^whole it gave/);
    assert.equal(problemOf({ decode, isStream: false }), undefined);
  });

  test("finds a decoder that refuses for another reason when its input is cut", () => {
    const decode: Decoder["decode"] = (pieces) => {
      throw Object.assign(new RangeError(), { code: pieces.length > 1 ? "LIMIT" : "MALFORMED" });
    };
    assert.match(problemOf({ decode })!.problem, /LIMIT/);
  });

  test("finds values out of all proportion", () => {
    const decode: Decoder["decode"] = (_pieces, give) => give({ list: new Array(100_000).fill(0) });
    assert.match(problemOf({ decode })!.problem, /^of 0 bytes it made values of more than/);
  });

  test("finds buffers out of all proportion, where the runtime counts them", () => {
    const kept: Uint8Array[] = [];
    const decode: Decoder["decode"] = () => void kept.push(new Uint8Array(1024 * 1024));
    if (!countsBuffers()) return;
    assert.match(problemOf({ decode })!.problem, /bytes made it take \d+ bytes of buffers/);
  });

  test("finds a decoder that is slow", () => {
    const decode = onByte(2, () => {
      for (const end = performance.now() + 30; performance.now() < end;);
    });
    assert.match(problemOf({ decode }, 20)!.problem, /it took \d+ ms/);
  });
});

describe("a process of the fuzzer", () => {
  const order = { name: "gob", seed: 1, rounds: 2, patienceMs: 20_000 };
  const runtime = scriptCommand("").slice(0, -1);
  const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}.ts`, import.meta.url));

  test("runs its rounds, and counts", async () => {
    const { inputs, failure } = await watch(order, { runtime });
    assert.equal(failure, undefined, failure?.problem);
    assert.equal(inputs, 2 * ROUND);
  });

  test("that ends has failed, in the round that it did not come through", async () => {
    const { failure, inputs } = await watch(order, { runtime, child: fixture("ends") });
    assert.equal(inputs, ROUND);
    assert.equal(failure!.seed, 2);
    assert.match(failure!.problem, /ended in this round, with code 1:[^]*something went wrong/);
  });

  test("that hangs has failed", async () => {
    const child = fixture("hangs");
    const { failure } = await watch(order, { runtime, child, silenceMs: 1500 });
    assert.equal(failure!.seed, 2);
    assert.match(failure!.problem, /hung in this round/);
  });
});

describe("the fuzzer's parts", () => {
  const space = useWorkspace();

  test("damage bytes in more ways than one, and leave the good ones alone", () => {
    const good = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const random = new Random(1);
    const damaged = Array.from({ length: 200 }, () => damage(good, [good], random, 1).join());
    assert.ok(new Set(damaged).size > 50);
    assert.deepEqual(good, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    assert.equal(damage(good, [good], random, 0), good);
  });

  test("shrink an input to what it takes to fail", () => {
    const input = Uint8Array.from({ length: 500 }, (_, at) => at % 251);
    const fails = (bytes: Uint8Array) => bytes.includes(77) && bytes.includes(200);
    assert.deepEqual(shrink(input, fails), Uint8Array.of(77, 200));
  });

  test("weigh values, and stop where it is too much", () => {
    assert.ok(weigh("x".repeat(1000), 1e9) > 1000);
    assert.ok(weigh(new Map([["k", [new Uint8Array(500)]]]), 1e9) > 500);
    assert.ok(weigh({ a: { b: "x".repeat(700) } }, 1e9) > 700);
    const endless: unknown[] = [];
    endless.push(endless);
    assert.ok(weigh(endless, 1000) > 1000);
  });

  test("keep what failed, once", async () => {
    const file = `${await space.folder({ "seeds.json": "[]" })}/seeds.json`;
    const failure = { decoder: "gob", seed: 5, problem: "whole\nmore", input: "00" };
    keepSeed(failure, file);
    keepSeed(failure, file);
    keepSeed({ ...failure, seed: 6 }, file);
    assert.deepEqual(keptSeeds(file), [{ ...failure, problem: "whole" }]);
    keepSeed({ ...failure, input: "01", seed: 7 }, file);
    assert.equal(keptSeeds(file).length, 2);
  });

  test("say what repeats a failure", () => {
    const failure = { decoder: "gob", seed: 5, problem: "it threw", input: "00" };
    const result = { name: "gob", inputs: 100, seconds: 2, accepted: 60, refused: 40 };
    assert.equal(failureText([result]), "");
    assert.match(failureText([{ ...result, failure }]), /--only gob --seed 5$/);
    assert.match(fuzzTable([result]), /gob +100 +50 +60 +40 +ok/);
  });

  test("notice a server that ends", async () => {
    const folder = await space.folder();
    const script = "console.error('serving plugins'); setTimeout(() => process.exit(3), 100)";
    const path = `${await space.folder({ "server.mjs": script })}/server.mjs`;
    const server = await FuzzedServer.start(scriptCommand(path), folder);
    space.later(() => server.stop());
    await server.ended();
    assert.match(server.problem()!, /^the server ended/);
  });
});

test("kept inputs are hexadecimal", () => {
  for (const { input } of keptSeeds()) assert.equal(fromHex(input).length, input.length / 2);
});
