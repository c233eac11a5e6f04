// The file of a Unix socket: who may connect, and whose it is.
import assert from "node:assert/strict";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { link, rename, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import {
  nameBeside,
  ownFile,
  setPermissions,
  withoutPermissions,
} from "../../src/base/socket_file.ts";
import { useWorkspace } from "../support/workspace.ts";

const workspace = useWorkspace();

const file = async () => join(await workspace.folder(), "g.sock");
const permissions = async (path: string) => (await stat(path)).mode & 0o777;

describe("a socket's file", () => {
  test("is made without permissions for others, and what comes later is not", async () => {
    const [first, second] = [await file(), await file()];
    const before = process.umask();
    const bound = withoutPermissions(() => {
      writeFileSync(first, "");
      return "bound";
    });
    assert.equal(bound, "bound");
    assert.equal(await permissions(first), 0o600);
    assert.equal(process.umask(), before);
    writeFileSync(second, "");
    assert.equal(await permissions(second), 0o666 & ~before);
  });

  test("leaves no umask behind when it cannot be made", () => {
    const before = process.umask();
    assert.throws(() =>
      withoutPermissions(() => {
        throw new Error("no");
      }), /no/);
    assert.equal(process.umask(), before);
  });

  test("gets the permissions that are asked for, or its owner's alone", async () => {
    const path = await file();
    await writeFile(path, "");
    await setPermissions(path, { mode: 0o666 });
    assert.equal(await permissions(path), 0o666);
    await setPermissions(path, {});
    assert.equal(await permissions(path), 0o600);
  });

  const skip = process.getuid?.() !== 0 && "only root can give files away";
  test("gets its group and keeps its owner", { skip }, async () => {
    const path = await file();
    await writeFile(path, "");
    const { uid } = statSync(path);
    await setPermissions(path, { group: 4711 });
    const { uid: owner, gid, mode } = statSync(path);
    assert.deepEqual([owner, gid, mode & 0o777], [uid, 4711, 0o600]);
  });
});

describe("a socket's file is removed", () => {
  test("while it is ours", async () => {
    const path = await file();
    await writeFile(path, "");
    const { remove } = await ownFile(path, path);
    await remove();
    assert.equal(existsSync(path), false);
  });

  test("but not if the path has become somebody else's", async () => {
    const path = await file();
    await writeFile(path, "");
    const { remove } = await ownFile(path, path);
    // The old file stays, so that its inode number cannot be given out again.
    await rename(path, `${path}.old`);
    await writeFile(path, "another's");
    await remove();
    assert.equal(existsSync(path), true);
  });

  test("with the names that others have given it, and no others", async () => {
    const path = await file();
    await writeFile(path, "");
    const { isAt, remove } = await ownFile(path, path);
    const [ours, others] = [nameBeside(path), nameBeside(path)];
    await link(path, ours);
    await writeFile(others, "another's");
    assert.deepEqual([await isAt(path), await isAt(ours), await isAt(others)], [true, true, false]);
    await remove();
    assert.deepEqual([existsSync(path), existsSync(ours), existsSync(others)], [
      false,
      false,
      true,
    ]);
    assert.equal(await isAt(path), false);
  });

  test("once: no harm is done if it is gone", async () => {
    const path = await file();
    await writeFile(path, "");
    const { remove } = await ownFile(path, path);
    await unlink(path);
    await remove();
  });
});
