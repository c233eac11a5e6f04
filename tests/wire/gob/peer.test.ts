// Go itself reads what the encoder writes, and answers with what the decoder reads.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { fit, GobEncoder } from "../../../src/wire/gob/mod.ts";
import { CASES } from "./cases.ts";
import { randomEverything } from "./everything.ts";
import { concat, decodeAll, fromHex, Random, toHex } from "./support.ts";
import { Everything, REGISTER } from "./types.ts";

const GENERATOR = fileURLToPath(new URL("./generator", import.meta.url));
const ROUNDS = 500;

/** Go by the variable GO, by the path, or where it installs itself. */
const go = [process.env.GO, "go", "/usr/local/go/bin/go"].find((command) =>
  command !== undefined && spawnSync(command, ["version"]).status === 0
);

// The reason is in the title because Bun and Deno do not print that of a skip.
if (go === undefined) {
  test("there is no Go here: put it on the PATH, or its name into GO", { skip: true }, () => {});
} else describeWith(go);

function describeWith(go: string): void {
  describe("with Go on the other side", () => {
    let folder = "";

    before(() => {
      folder = mkdtempSync(join(tmpdir(), "gibbon-gob-"));
      const build = ["build", "-buildvcs=false", "-o", join(folder, "peer"), "."];
      const { status, stderr } = spawnSync(go, build, { cwd: GENERATOR, encoding: "utf8" });
      assert.equal(status, 0, stderr);
    });

    after(() => rmSync(folder, { recursive: true, force: true }));

    function ask(mode: string, lines: readonly string[]): string[] {
      const { stdout, status, stderr } = spawnSync(join(folder, "peer"), [mode], {
        input: lines.join("\n"),
        encoding: "utf8",
        maxBuffer: 2 ** 28,
        // Go tells the local zone from others.
        env: { ...process.env, TZ: "UTC" },
      });
      assert.equal(status, 0, stderr);
      return stdout.trimEnd().split("\n");
    }

    test("Go decodes every case to its own values", () => {
      const cases = CASES.filter((c) => !c.lossy);
      const answers = ask(
        "check",
        cases.map(({ name, values }) => {
          const encoder = new GobEncoder({ register: REGISTER });
          const chunks = values.map(({ type, value }) => encoder.encode(type, value));
          return `${name.replaceAll(" ", "_")} ${toHex(concat(chunks))}`;
        }),
      );
      assert.deepEqual(
        cases.map((c, i) => `${c.name}: ${answers[i]}`),
        cases.map((c) => `${c.name}: ok`),
      );
    });

    test("random values come back from Go as they went there", () => {
      const random = new Random(5);
      const values = Array.from({ length: ROUNDS }, () => randomEverything(random));
      const answers = ask(
        "echo",
        values.map((value) => {
          const encoder = new GobEncoder({ register: REGISTER });
          return toHex(encoder.encode(Everything, value));
        }),
      );
      assert.equal(answers.length, ROUNDS);
      for (const [i, value] of values.entries()) {
        const [item] = decodeAll([fromHex(answers[i] as string)]);
        assert.deepEqual(fit(Everything, item?.value), value);
      }
    });
  });
}
