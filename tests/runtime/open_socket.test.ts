// Opening a server's socket: what is taken over, what is left alone, and what failing says.
import assert from "node:assert/strict";
import { chmod, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { GibbonError } from "../../src/base/errors.ts";
import { openSocket, type SocketRuntime } from "../../src/runtime/socket/open.ts";
import { detectRuntime } from "../../src/runtime/detect.ts";
import { acceptInto, Peer } from "./peer.ts";
import { withFolder } from "../support/folder.ts";
import { until } from "../support/until.ts";

const runtime = await detectRuntime();
const silent = { data: () => {}, closed: () => {} };
const accept = () => silent;

/** Leaves a socket behind that nobody listens on any more. */
async function leaveStale(path: string): Promise<void> {
  const child = await runtime.spawn(
    process.execPath,
    [...(runtime.name === "deno" ? ["eval"] : ["-e"]), LISTEN_AND_DIE, path],
    { stdout: () => {}, stderr: () => {} },
  );
  assert.equal((await child.exited).signal, "SIGKILL");
  await assert.rejects(runtime.connect(path, silent), { code: "ECONNREFUSED" });
}

const LISTEN_AND_DIE = `
import net from "node:net";
import process from "node:process";
const path = process.argv.at(-1);
net.createServer().listen(path, () => process.kill(process.pid, "SIGKILL"));
`;

async function refusal(opening: Promise<unknown>): Promise<GibbonError> {
  const error = await opening.then(() => assert.fail("it opened"), (thrown: unknown) => thrown);
  assert.ok(error instanceof GibbonError, String(error));
  assert.match(error.remedy ?? "", /^[A-Z].*\.$/);
  return error;
}

describe("opening a socket", () => {
  test("takes over one that nobody answers on", async () => {
    await withFolder(async (folder, later) => {
      const path = join(folder, "s");
      await leaveStale(path);
      const peers: Peer[] = [];
      const listener = await openSocket(runtime, path, acceptInto(peers));
      later(() => listener.close());
      (await runtime.connect(path, new Peer())).destroy();
      assert.deepEqual(await readdir(folder), ["s"]);
    });
  });

  test("leaves one alone that a server answers on", async () => {
    await withFolder(async (folder, later) => {
      const path = join(folder, "s");
      const listener = await openSocket(runtime, path, accept);
      later(() => listener.close());
      const error = await refusal(openSocket(runtime, path, accept));
      assert.equal(error.code, "SOCKET_IN_USE");
      assert.match(error.message, new RegExp(path));
      (await runtime.connect(path, new Peer())).destroy();
    });
  });

  test("takes its place where that is allowed, and the path always leads somewhere", async () => {
    await withFolder(async (folder, later) => {
      const path = join(folder, "s");
      const [before, after]: Peer[][] = [[], []];
      const old = await openSocket(runtime, path, acceptInto(before!));
      later(() => old.close());
      const asked: string[] = [];
      const allow = (file: string) => Promise.resolve(void asked.push(file));
      let over = false;
      const opening = openSocket(runtime, path, acceptInto(after!), {}, allow)
        .finally(() => over = true);
      while (!over) (await runtime.connect(path, new Peer())).destroy();
      const listener = await opening;
      later(() => listener.close());
      assert.deepEqual(asked, [path]);
      assert.deepEqual([await old.isAt(path), await listener.isAt(path)], [false, true]);
      const seen = after!.length;
      (await runtime.connect(path, new Peer())).destroy();
      await until(() => after!.length === seen + 1);
      // The old one's end leaves the path alone.
      await old.close();
      assert.equal(await listener.isAt(path), true);
      assert.deepEqual(await readdir(folder), ["s"]);
    });
  });

  test("leaves it alone where that is not allowed", async () => {
    await withFolder(async (folder, later) => {
      const path = join(folder, "s");
      const listener = await openSocket(runtime, path, accept);
      later(() => listener.close());
      const refuse = () => Promise.reject(new GibbonError("SOCKET_IN_USE", "no", { remedy: "A." }));
      const error = await refusal(openSocket(runtime, path, accept, {}, refuse));
      assert.equal(error.message, "no");
      assert.equal(await listener.isAt(path), true);
      assert.deepEqual(await readdir(folder), ["s"]);
    });
  });

  test("does not ask about what nobody answers on", async () => {
    await withFolder(async (folder, later) => {
      const path = join(folder, "s");
      await leaveStale(path);
      const ask = () => assert.fail("it was asked");
      const listener = await openSocket(runtime, path, accept, {}, ask);
      later(() => listener.close());
    });
  });

  test("lets one of many win that start at the same time on what a dead server left", async () => {
    await withFolder(async (folder, later) => {
      const path = join(folder, "s");
      await leaveStale(path);
      const all = await Promise.allSettled(
        Array.from({ length: 4 }, () => openSocket(runtime, path, accept)),
      );
      const open = all.filter((one) => one.status === "fulfilled");
      for (const one of open) later(() => one.value.close());
      assert.equal(open.length, 1);
      (await runtime.connect(path, new Peer())).destroy();
    });
  });

  test("refuses what is not a socket, and does not touch it", async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, "file"), "precious");
      await mkdir(join(folder, "directory"));
      await symlink("nowhere", join(folder, "symlink"));
      for (const kind of ["file", "directory", "symlink"]) {
        const error = await refusal(openSocket(runtime, join(folder, kind), accept));
        assert.equal(error.code, "SOCKET_FAILED");
        assert.match(error.message, new RegExp(`there is a ${kind} of that name`));
      }
      assert.deepEqual((await readdir(folder)).sort(), ["directory", "file", "symlink"]);
    });
  });

  test("says which directory is missing or is none", async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, "file"), "");
      const missing = await refusal(openSocket(runtime, join(folder, "no", "s"), accept));
      assert.match(missing.message, new RegExp(`the directory ${folder}/no does not exist`));
      const none = await refusal(openSocket(runtime, join(folder, "file", "s"), accept));
      assert.match(none.message, new RegExp(`${folder}/file is not a directory`));
    });
  });

  test("says how many bytes a path may have", async () => {
    await withFolder(async (folder) => {
      const room = 107 - folder.length - 1;
      const listener = await openSocket(runtime, join(folder, "x".repeat(room)), accept);
      await listener.close();
      const error = await refusal(openSocket(runtime, join(folder, "x".repeat(room + 1)), accept));
      assert.match(error.message, /takes 108 bytes, and a Unix socket has room for 107/);
    });
  });

  test("says whose directory it is where it may not write", async () => {
    await withFolder(async (folder) => {
      await chmod(folder, 0o555);
      // The tests may run as a user to whom permissions do not apply.
      const denied = Object.assign(new Error("denied"), { code: "EACCES" });
      const strict: SocketRuntime = { ...runtime, listen: () => Promise.reject(denied) };
      const error = await refusal(openSocket(strict, join(folder, "s"), accept));
      assert.equal(error.code, "SOCKET_FAILED");
      const rights = `mode 555, owner ${process.getuid?.()}:${process.getgid?.()}`;
      assert.match(error.message, new RegExp(`may not write to ${folder} \\(${rights}\\)`));
      await chmod(folder, 0o755);
    });
  });

  test("says that a group cannot be given", async () => {
    await withFolder(async (folder) => {
      const denied = Object.assign(new Error("denied"), { code: "EPERM" });
      const strict: SocketRuntime = { ...runtime, listen: () => Promise.reject(denied) };
      const opening = openSocket(strict, join(folder, "s"), accept, { group: 4711 });
      assert.match((await refusal(opening)).message, /cannot be given to the group 4711/);
    });
  });

  test("refuses a socket of which cannot be told whether somebody answers", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "s");
      await leaveStale(path);
      const denied = Object.assign(new Error("permission denied"), { code: "EACCES" });
      const strict: SocketRuntime = { ...runtime, connect: () => Promise.reject(denied) };
      const error = await refusal(openSocket(strict, path, accept));
      assert.match(
        error.message,
        /whether a server answers there cannot be told: permission denied/,
      );
      assert.deepEqual(await readdir(folder), ["s"]);
    });
  });
});
