// A worker's beat: it stops where nobody answers, and goes on with the first answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { heart } from "../../../../src/kong/server/workers/heart.ts";

test("a heart stops that hears nothing, and beats again when it does", async () => {
  const answers: (() => void)[] = [];
  const beat = heart(() => new Promise<void>((resolve) => answers.push(resolve)));
  for (let i = 0; i < 20; i++) beat();
  assert.equal(answers.length, 4);
  answers[3]!();
  await Promise.resolve();
  for (let i = 0; i < 20; i++) beat();
  assert.equal(answers.length, 8);
});

test("a heart goes on beating that is answered", async () => {
  let beats = 0;
  const beat = heart(() => (beats++, Promise.resolve()));
  for (let i = 0; i < 20; i++) {
    beat();
    await Promise.resolve();
  }
  assert.equal(beats, 20);
});
