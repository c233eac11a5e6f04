// A disk that is full, and a folder for the socket that cannot be written to.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runProcess } from "../../../support/process.ts";
import { useWorkspace, Workspace } from "../../../support/workspace.ts";
import { guardOver } from "../../life/stage.ts";

const space = useWorkspace();

/** A file system of its own, for as long as the test. Gives undefined where none can be mounted. */
async function mounted(own: Workspace, options: string): Promise<string | undefined> {
  const folder = await own.folder();
  const mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder];
  const { code } = await runProcess(mount).catch(() => ({ code: 1 }));
  if (code !== 0) return undefined;
  own.later(() => runProcess(["umount", "-l", folder]));
  return folder;
}

async function cannotMount(): Promise<string | false> {
  const own = new Workspace();
  const folder = await mounted(own, "size=16k");
  await own.clear();
  return folder === undefined ? "only root can mount a small disk" : false;
}

const skip = await cannotMount();

/** Fills what is left of a disk. */
function fill(folder: string): void {
  const file = join(folder, "full");
  assert.throws(() => writeFileSync(file, "x".repeat(1024 * 1024)), { code: "ENOSPC" });
}

test("a full disk: the server starts, serves and ends as ever", { skip }, async () => {
  const disk = (await mounted(space, "size=64k"))!;
  fill(disk);
  const socket = join(disk, "s.sock");
  const gibbon = space.gibbon(
    ["serve", "--plugins-directory", await plugins(), "--socket", socket],
    {
      env: { TMPDIR: disk },
    },
  );
  await gibbon.saying("serving plugins");
  gibbon.signal("SIGTERM");
  assert.equal((await gibbon.ended).code, 0);
});

const plugins = () => space.folder(guardOver("ProtoBuf:1").files);

for (
  const [what, options] of [["without room for a file", "size=64k,nr_inodes=1"], [
    "that is read-only",
    "size=64k,ro",
  ]]
) {
  test(`a folder ${what} for the socket is told of`, { skip }, async () => {
    const disk = (await mounted(space, options!))!;
    const socket = join(disk, "s.sock");
    const command = ["serve", "--plugins-directory", await plugins(), "--socket", socket];
    const { code, stderr } = await space.gibbon(command).ended;
    assert.notEqual(code, 0);
    assert.match(stderr, /SOCKET_FAILED|socket/);
    assert.ok(stderr.includes(socket), stderr);
    assert.ok(stderr.split("\n").length < 12, stderr);
  });
}
