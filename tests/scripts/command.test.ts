// Running programs for the commands of the project: what they print, and that they end.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { capture } from "../../scripts/command.ts";
import { lives, scriptCommand } from "../support/process.ts";
import { until } from "../support/until.ts";
import { useWorkspace } from "../support/workspace.ts";

const FIXTURE = fileURLToPath(new URL("fixtures/capture_sleep.ts", import.meta.url));

const space = useWorkspace();

/** The numbers that a script has written to a file. */
async function readPids(file: string): Promise<number[]> {
  let text = "";
  await until(async () => (text = await readFile(file, "utf8").catch(() => "")).endsWith("\n"));
  return text.trim().split(" ").map(Number);
}

describe("a program that is captured", () => {
  test("has its output and its code told", async () => {
    const { code, stdout, stderr, timedOut } = await capture("sh", [
      "-c",
      "echo a; echo b >&2; exit 3",
    ]);
    assert.deepEqual([code, stdout, stderr, timedOut], [3, "a\n", "b\n", false]);
  });

  test("is ended when its time is over, with all that it started", async () => {
    const file = join(await space.folder(), "pids");
    const script = "trap 'echo last words; exit' INT; sleep 1000 & echo $$ $! > \"$0\"; wait";
    const ended = capture("sh", ["-c", script, file], { ownGroup: true, timeoutMs: 300 });
    const pids = await readPids(file);
    assert.equal(pids.length, 2);
    const { timedOut, stdout } = await ended;
    assert.deepEqual([timedOut, stdout], [true, "last words\n"]);
    await until(() => !pids.some(lives));
  });

  test("is killed when whoever captures it is killed, with all that it started", async () => {
    const file = join(await space.folder(), "pids");
    const captor = space.start([...scriptCommand(FIXTURE), file]);
    await captor.printing("captured");
    const pids = await readPids(file);
    assert.ok(pids.length === 2 && pids.every(lives));
    captor.signal("SIGKILL");
    await captor.ended;
    await until(() => !pids.some(lives));
  });
});
