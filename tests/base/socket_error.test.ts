// Why a socket cannot be had: each reason is told from the others, with its own remedy.
import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import type { GibbonError } from "../../src/base/errors.ts";
import { cannotListen, explain } from "../../src/base/socket_error.ts";
import { useWorkspace } from "../support/workspace.ts";

const workspace = useWorkspace();

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: the system says no`), { code });
}

function assertSaid(error: GibbonError, code: string, message: RegExp, remedy: RegExp): void {
  assert.equal(error.code, code);
  assert.match(error.message, message);
  assert.match(error.remedy ?? "", remedy);
}

describe("a socket's file cannot be listened on", () => {
  test("because its directory is not there", async () => {
    const file = join(await workspace.folder(), "none", "g.sock");
    const cause = systemError("ENOENT");
    const error = await explain(cause, file, {});
    assertSaid(error, "SOCKET_FAILED", /Cannot listen on .*g\.sock.*none does not exist/, /Create/);
    assert.equal(error.cause, cause);
  });

  test("because its directory is a file", async () => {
    const folder = await workspace.folder();
    await writeFile(join(folder, "file"), "");
    const error = await explain(systemError("ENOTDIR"), join(folder, "file", "g.sock"), {});
    assertSaid(error, "SOCKET_FAILED", /file is not a directory/, /in a directory/);
  });

  test("because it cannot be given to a group", async () => {
    const file = join(await workspace.folder(), "g.sock");
    const error = await explain(systemError("EPERM"), file, { group: 4711 });
    assertSaid(error, "SOCKET_FAILED", /given to the group 4711/, /member of that group/);
  });

  for (const code of ["EACCES", "EPERM", "EROFS"]) {
    test(`because its directory may not be written to: ${code}`, async () => {
      const folder = join(await workspace.folder(), "closed");
      await mkdir(folder);
      await chmod(folder, 0o2751);
      const error = await explain(systemError(code), join(folder, "g.sock"), {});
      const user = `user ${process.getuid?.()} may not write to ${folder}`;
      assert.ok(error.message.includes(user), error.message);
      assertSaid(error, "SOCKET_FAILED", /mode 2751, owner \d+:\d+/, /write there/);
    });
  }

  test("because of what a group has nothing to do with", async () => {
    const file = join(await workspace.folder(), "g.sock");
    const error = await explain(systemError("EACCES"), file, { group: 4711 });
    assertSaid(error, "SOCKET_FAILED", /may not write to/, /write there/);
  });

  test("for any other reason, in the system's words", async () => {
    const file = join(await workspace.folder(), "g.sock");
    const error = await explain(systemError("EINVAL"), file, { group: 4711 });
    assertSaid(error, "SOCKET_FAILED", /EINVAL: the system says no/, /Choose another path/);
  });
});

describe("a port cannot be listened on", () => {
  const remedies = { taken: "Stop the other one.", other: "Choose another." };

  test("because somebody else has it", () => {
    const cause = systemError("EADDRINUSE");
    const error = cannotListen(cause, "127.0.0.1:80", remedies);
    assertSaid(error, "SOCKET_IN_USE", /on 127\.0\.0\.1:80 already/, /^Stop the other one\.$/);
    assert.equal(error.cause, cause);
  });

  test("for another reason", () => {
    const cause = systemError("EACCES");
    const error = cannotListen(cause, "127.0.0.1:80", remedies);
    assertSaid(error, "SOCKET_FAILED", /127\.0\.0\.1:80: EACCES: the/, /^Choose another\.$/);
    assert.equal(error.cause, cause);
  });
});
