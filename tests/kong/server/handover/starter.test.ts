// Who started a process, as far as the system tells.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { lives, starterOf } from "../../../../src/kong/server/handover/starter.ts";
import { until } from "../../../support/until.ts";
import { useWorkspace } from "../../../support/workspace.ts";
import { isOver } from "./support.ts";

const space = useWorkspace();
const skip = existsSync("/proc/self/stat") ? false : "there is no /proc";

/** Starts a chain of programs by a shell's text, whose last one prints its process id. */
async function chain(command: readonly string[]) {
  const started = space.start(command);
  await started.printing(/\d+\n/);
  return { started, pid: Number(started.stdout().trim()) };
}

test("is its parent", { skip }, async () => {
  const { started, pid } = await chain(["/bin/sh", "-c", "sh -c 'echo $$; sleep 1000'; :"]);
  const starter = starterOf(pid);
  assert.equal(starter?.pid, started.pid);
  assert.equal(starter.name, "sh");
  assert.equal(starterOf(started.pid)?.pid, process.pid);
  assert.ok(starterOf(started.pid)!.startedAt <= starter.startedAt);
  assert.ok(lives(starter));
  assert.equal(lives({ ...starter, startedAt: starter.startedAt + 1 }), false, "another's number");
  started.signal("SIGKILL");
  await until(() => isOver(started.pid));
  assert.equal(lives(starter), false);
  process.kill(pid, "SIGKILL");
});

test("is the nginx above it, through scripts", { skip }, async () => {
  // A name with brackets and spaces is none to stumble over.
  for (const name of ["nginx", "openresty"]) {
    const folder = await space.folder();
    for (const copy of [name, "a) S (b"]) {
      await copyFile("/bin/sh", join(folder, copy));
      await chmod(join(folder, copy), 0o755);
    }
    const inner = `'${join(folder, "a) S (b")}' -c "sh -c 'echo \\$\\$; sleep 1000'; :"; :`;
    const { started, pid } = await chain([join(folder, name), "-c", inner]);
    assert.deepEqual([starterOf(pid)?.name, starterOf(pid)?.pid], [name, started.pid]);
  }
});

test("is not known of a process that is not there", () => {
  assert.equal(starterOf(0x7fff_fff0), undefined);
});
