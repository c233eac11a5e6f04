// What would end the process, kept from plugins.
import assert from "node:assert/strict";
import process from "node:process";
import { before, describe, it } from "node:test";
import { detectRuntime } from "../../src/runtime/detect.ts";
import { startProcess } from "../support/process.ts";

const runtime = await detectRuntime();

/** What a runtime may lack. */
const extra = process as unknown as Record<
  "reallyExit" | "abort",
  ((code?: number) => void) | undefined
>;

describe("a process that is guarded", () => {
  before(() => {
    runtime.guardProcess();
    // Again is no change.
    runtime.guardProcess();
  });

  const ways: Record<string, () => unknown> = {
    "process.exit(3)": () => process.exit(3),
    "process.exit()": () => process.exit(),
    [`process.kill(${process.pid})`]: () => process.kill(process.pid, "SIGKILL"),
    [`process.kill(${-process.pid})`]: () => process.kill(-process.pid, "SIGTERM"),
    [`process.kill(${process.ppid})`]: () => process.kill(process.ppid),
    "process.kill(0)": () => process.kill(0, "SIGKILL"),
    "process.kill(-1)": () => process.kill(-1, "SIGKILL"),
  };
  for (const [call, end] of Object.entries(ways)) {
    it(`does not end by ${call}`, () => {
      assert.throws(end, (error: Error) => {
        assert.equal((error as { code?: unknown }).code, "FORBIDDEN");
        assert.ok(error.message.startsWith(`${call} was called`), error.message);
        return true;
      });
    });
  }

  for (const name of ["reallyExit", "abort"] as const) {
    it(`does not end by process.${name}`, { skip: !extra[name] && "not here" }, () => {
      assert.throws(() => extra[name]?.(1), { code: "FORBIDDEN" });
    });
  }

  it("does not end by a name that was imported", async () => {
    const { exit } = await import("node:process");
    assert.throws(() => exit(4), { code: "FORBIDDEN" });
  });

  it("may ask whether it is there itself, and end others", async () => {
    assert.equal(process.kill(process.pid, 0), true);
    const other = startProcess(["sleep", "60"]);
    process.kill(other.pid, "SIGKILL");
    assert.equal((await other.ended).signal, "SIGKILL");
  });
});
