// Reading what others have put there: files, and nothing that would be waited for.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { checkRegular, readRegular, readRegularText } from "../../src/base/regular_file.ts";
import { useWorkspace } from "../support/workspace.ts";

const space = useWorkspace();

describe("a file", () => {
  test("is read whole, also by a symlink, up to the limit", async () => {
    const folder = await space.folder({ "a.txt": "grüße" });
    const path = join(folder, "a.txt");
    await symlink(path, join(folder, "link"));
    assert.equal(readRegularText(join(folder, "link"), 7), "grüße");
    assert.equal(readRegular(path, 7).length, 7);
  });

  test("past the limit is not read", async () => {
    const path = join(await space.folder({ "a.txt": "12345678" }), "a.txt");
    checkRegular(path, 8);
    const message = `${path} has 8 bytes, and 7 are allowed (--max-plugin-file)`;
    assert.throws(() => readRegular(path, 7), { message });
    assert.throws(() => checkRegular(path, 7), { message });
  });

  test("that is empty is empty", async () => {
    assert.equal(readRegularText(join(await space.folder({ "a.txt": "" }), "a.txt"), 0), "");
  });

  test("that is not there is the system's error", () => {
    assert.throws(() => readRegular("/nowhere/at/all", 1), { code: "ENOENT" });
  });
});

describe("what is no file is not waited for", () => {
  const refused = (path: string, what: string) => {
    assert.throws(() => readRegular(path, 100), { message: `${path} is ${what}, not a file` });
    assert.throws(() => checkRegular(path, 100), { message: `${path} is ${what}, not a file` });
  };

  test("a named pipe", async () => {
    const path = join(await space.folder(), "pipe");
    execFileSync("mkfifo", [path]);
    refused(path, "a named pipe");
  });

  test("a directory", async () => {
    const path = join(await space.folder(), "folder");
    await mkdir(path);
    refused(path, "a directory");
  });

  test("a device", () => refused("/dev/zero", "a device"));

  test("a socket", async () => {
    const path = join(await space.folder(), "socket");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      refused(path, "a socket");
    } finally {
      server.close();
    }
  });
});
