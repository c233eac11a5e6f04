// Go itself reads what the encoder writes, and answers with what the decoder reads.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { fit, GobEncoder } from "../../../src/wire/gob/mod.ts";
import { buildGo, type GoPrograms } from "../../support/go.ts";
import { runProcess } from "../../support/process.ts";
import { CASES } from "./cases.ts";
import { randomEverything } from "./everything.ts";
import { concat, decodeAll, fromHex, Random, toHex } from "./support.ts";
import { Everything, REGISTER } from "./types.ts";

const ROUNDS = 500;

const peer = await buildGo(new URL("generator", import.meta.url), ".");
after(() => peer.remove());

// The reason is in the title because Bun and Deno do not print that of a skip.
if (peer.missing !== undefined) test(peer.missing, { skip: true }, () => {});
else describeWith(peer);

function describeWith(peer: GoPrograms): void {
  describe("with Go on the other side", () => {
    async function ask(mode: string, lines: readonly string[]): Promise<string[]> {
      const { stdout, code, stderr } = await runProcess([peer.program("generator"), mode], {
        input: lines.join("\n"),
        // Go tells the local zone from others.
        env: { TZ: "UTC" },
      });
      assert.equal(code, 0, stderr);
      return stdout.trimEnd().split("\n");
    }

    test("Go decodes every case to its own values", async () => {
      const cases = CASES.filter((c) => !c.lossy);
      const answers = await ask(
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

    test("random values come back from Go as they went there", async () => {
      const random = new Random(5);
      const values = Array.from({ length: ROUNDS }, () => randomEverything(random));
      const answers = await ask(
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
