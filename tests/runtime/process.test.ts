// Child processes of the runtime's adapter.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { realpath } from "node:fs/promises";
import process from "node:process";
import { describe, test } from "node:test";
import { detectRuntime } from "../../src/runtime/detect.ts";
import type { SpawnOptions } from "../../src/runtime/contract.ts";
import { until } from "./peer.ts";
import { type Later, withFolder } from "../support/folder.ts";

const runtime = await detectRuntime();

/** Starts a shell script and gathers its output. */
async function start(script: string, later: Later, options?: SpawnOptions) {
  const output = { stdout: "", stderr: "", bytes: 0 };
  const child = await runtime.spawn("/bin/sh", ["-c", script], {
    stdout: (bytes) => {
      output.bytes += bytes.length;
      if (output.bytes < 100_000) output.stdout += Buffer.from(bytes).toString();
    },
    stderr: (bytes) => output.stderr += Buffer.from(bytes).toString(),
  }, options);
  later(() => child.kill("SIGKILL"));
  return { child, output };
}

describe("a child process", () => {
  test("has three streams, and its output is in when it is over", async () => {
    await withFolder(async (_, later) => {
      const { child, output } = await start("cat; echo problem >&2; exit 3", later);
      child.write(Buffer.from("in and "));
      child.write(Buffer.from("out"));
      child.endInput();
      assert.deepEqual(await child.exited, { code: 3, signal: null });
      assert.equal(output.stdout, "in and out");
      assert.equal(output.stderr, "problem\n");
      assert.ok(child.pid > 1);
    });
  });

  test("carries megabytes through", async () => {
    await withFolder(async (_, later) => {
      const { child, output } = await start("cat", later);
      for (let index = 0; index < 64; index++) child.write(new Uint8Array(65_536).fill(index));
      child.endInput();
      await child.exited;
      assert.equal(output.bytes, 64 * 65_536);
      assert.equal(child.unsentBytes, 0);
    });
  });

  test("that does not read leaves what is written to it unsent", async () => {
    await withFolder(async (_, later) => {
      const { child } = await start("exec sleep 60", later);
      for (let index = 0; index < 64; index++) child.write(new Uint8Array(65_536));
      assert.ok(child.unsentBytes > 32 * 65_536);
      child.kill("SIGKILL");
      assert.deepEqual(await child.exited, { code: null, signal: "SIGKILL" });
    });
  });

  test("gets signals, and writing to it when it is gone does nothing", async () => {
    await withFolder(async (_, later) => {
      const script = 'trap "echo asked; exit 0" TERM; echo ready; while :; do sleep 0.01; done';
      const { child, output } = await start(script, later);
      await until(() => output.stdout === "ready\n");
      child.kill("SIGTERM");
      assert.deepEqual(await child.exited, { code: 0, signal: null });
      assert.equal(output.stdout, "ready\nasked\n");
      child.write(Buffer.from("late"));
      child.endInput();
      child.kill("SIGTERM");
    });
  });

  test("runs in the folder and with the environment that were asked for", async () => {
    await withFolder(async (folder, later) => {
      const env = { PATH: "/usr/bin:/bin", GREETING: "hello" };
      const { child, output } = await start('pwd; echo "$GREETING $HOME"', later, {
        cwd: folder,
        env,
      });
      await child.exited;
      assert.equal(output.stdout, `${await realpath(folder)}\nhello \n`);
    });
  });

  test("is over even if a child of its own holds its output open", async () => {
    await withFolder(async (_, later) => {
      const { child, output } = await start("sleep 60 & echo $!", later);
      assert.deepEqual(await child.exited, { code: 0, signal: null });
      process.kill(Number(output.stdout));
    });
  });

  test("that cannot be started is a rejection with the system's code", async () => {
    await withFolder(async (folder) => {
      const events = { stdout: () => {}, stderr: () => {} };
      await assert.rejects(runtime.spawn(`${folder}/none`, [], events), { code: "ENOENT" });
    });
  });
});
