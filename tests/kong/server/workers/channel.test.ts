// The pipe between a supervisor and a worker: questions, answers, errors, and a process that is gone.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Channel } from "../../../../src/kong/server/workers/channel.ts";
import { PeerGone } from "../../../../src/kong/server/workers/failure.ts";
import { GibbonError } from "../../../../src/base/errors.ts";
import { WireError } from "../../../../src/wire/wire_error.ts";

type Question = { readonly kind: string; readonly value?: unknown };

/** Two ends; what one writes reaches the other in pieces of `size` bytes. */
function connect(answer: (question: Question) => unknown, size = Infinity) {
  const ends: Channel<Question, Question>[] = [];
  const carry = (to: number) => (bytes: Uint8Array) => {
    // A runtime may use its buffer again.
    const buffer = new Uint8Array(Math.min(size, bytes.length));
    for (let at = 0; at < bytes.length; at += buffer.length) {
      const piece = bytes.subarray(at, at + buffer.length);
      buffer.set(piece);
      ends[to]!.received(buffer.subarray(0, piece.length));
    }
  };
  ends.push(new Channel(carry(1), () => assert.fail("nothing is asked of this end")));
  ends.push(new Channel(carry(0), answer));
  return { asking: ends[0]!, answering: ends[1]! };
}

describe("a channel", () => {
  for (const size of [1, 2, 7, Infinity]) {
    test(`carries questions and answers in pieces of ${size} bytes`, async () => {
      const { asking } = connect(({ value }) => ({ twice: [value, value] }), size);
      const bytes = Uint8Array.of(0, 255, 128);
      const answers = await Promise.all([
        asking.ask({ kind: "a", value: "käse" }),
        asking.ask({ kind: "b", value: bytes }),
        asking.ask({ kind: "c", value: 2 ** 31 }),
      ]);
      assert.deepEqual(answers, [
        { twice: ["käse", "käse"] },
        { twice: [bytes, bytes] },
        { twice: [2 ** 31, 2 ** 31] },
      ]);
    });
  }

  test("gives each answer to its question, whichever is ready first", async () => {
    const waiting = new Map<unknown, (value: unknown) => void>();
    const { asking } = connect(({ value }) =>
      new Promise((resolve) => waiting.set(value, resolve))
    );
    const one = asking.ask({ kind: "wait", value: 1 });
    const two = asking.ask({ kind: "wait", value: 2 });
    waiting.get(2)!("second");
    assert.equal(await two, "second");
    waiting.get(1)!("first");
    assert.equal(await one, "first");
  });

  test("carries an error with all that it says", async () => {
    const { asking } = connect(() => {
      throw new GibbonError("CONFIG_INVALID", "no good", {
        plugin: "who",
        remedy: "Make it good.",
      });
    });
    await assert.rejects(asking.ask({ kind: "start" }), (error) => {
      assert.ok(error instanceof GibbonError);
      const { code, message, plugin, phase, remedy } = error;
      assert.deepEqual([code, message, plugin, phase, remedy], [
        "CONFIG_INVALID",
        "no good",
        "who",
        undefined,
        "Make it good.",
      ]);
      return true;
    });
  });

  test("carries what else is thrown as its message", async () => {
    const { asking } = connect(() => Promise.reject(new TypeError("not a function")));
    await assert.rejects(asking.ask({ kind: "start" }), { message: "not a function" });
  });

  test("fails what is asked of a process that goes, and later questions", async () => {
    const { asking } = connect(() => new Promise(() => {}));
    const unanswered = asking.ask({ kind: "wait" });
    asking.close();
    await assert.rejects(unanswered, PeerGone);
    await assert.rejects(asking.ask({ kind: "late" }), PeerGone);
    asking.tell({ kind: "late" });
  });

  test("refuses bytes that make no sense", () => {
    const { answering } = connect(() => undefined);
    assert.throws(() => answering.received(Uint8Array.of(0xc1)), WireError);
  });
});
