// Errors that nobody caught reach gibbon, whatever plugins do with the listeners of the process.
import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { scriptCommand, startProcess } from "../support/process.ts";

const SCRIPT = fileURLToPath(new URL("misbehaviour.ts", import.meta.url));

/** What a process says that does this first, sorted: signals come as they come. */
async function outcomeOf(deed: string): Promise<string[]> {
  const child = startProcess([...scriptCommand(SCRIPT), deed], { input: "open" });
  await child.saying("ready");
  process.kill(child.pid, "SIGTERM");
  await child.saying("own SIGTERM");
  child.write("\n");
  const { code, stderr } = await child.ended;
  assert.equal(code, 7, deed);
  return stderr.trimEnd().split("\n");
}

const USUAL = [
  "exception: Error: one",
  "rejection: Error: two",
  "exception: Error: three",
  "ready",
  "own SIGTERM",
  "exit",
];

describe("an error that nobody caught", () => {
  const silent = ["nothing", "removeAll", "removeAllOfEach", "removeEach", "removeByPrototype"];
  for (const deed of [...silent, "pageListeners"]) {
    it(`is told, and signals are heard, after ${deed}`, async () => {
      assert.deepEqual(await outcomeOf(deed), USUAL);
    });
  }

  const told: Readonly<Record<string, number>> = {
    throwingListener: 2,
    throwingOnce: 1,
    throwingFirst: 2,
    throwingOnRejection: 1,
    throwingOnSignal: 1,
  };
  for (const [deed, times] of Object.entries(told)) {
    it(`is told, and so is what a listener throws: ${deed}`, async () => {
      const lines = await outcomeOf(deed);
      const ofListener = lines.filter((line) => line.endsWith("of a listener"));
      assert.equal(ofListener.length, times, lines.join());
      assert.deepEqual(lines.filter((line) => !ofListener.includes(line)), USUAL);
    });
  }

  it("is told where a listener rejects, which leads to no other", async () => {
    const lines = await outcomeOf("rejectingListener");
    assert.equal(lines.filter((line) => line === "rejection: Error: of a listener").length, 1);
  });

  for (const deed of ["throwingMonitor", "throwingEmit"]) {
    it(`is told in spite of ${deed}`, async () => {
      const lines = await outcomeOf(deed);
      assert.deepEqual(lines.filter((line) => !line.includes("of a listener")), USUAL);
    });
  }

  it("cannot be taken over", async () => {
    assert.deepEqual(await outcomeOf("capture"), ["refused: FORBIDDEN", ...USUAL]);
  });

  it("is heard by listeners of plugins too, which can be removed", async () => {
    assert.deepEqual(await outcomeOf("ownListener"), [
      "listeners: false",
      "exception: Error: one",
      "theirs: one",
      "rejection: Error: two",
      "theirs, once",
      "exception: Error: three",
      "theirs: three",
      ...USUAL.slice(3),
    ]);
  });
});
