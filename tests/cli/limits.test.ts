// The options that set a bound: what they take, what they set, and how help shows them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import * as v from "valibot";
import { LIMIT_FIELDS, LIMIT_OPTIONS, LIMIT_VALUES } from "../../src/cli/limit_options.ts";
import { serverOptions } from "../../src/cli/serve_options.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/kong/engine/limits.ts";
import { runGibbon } from "../support/gibbon.ts";

const names = Object.keys(LIMIT_OPTIONS) as (keyof typeof LIMIT_OPTIONS)[];

/** A number of bytes, or of anything, as documents write it. */
function written(name: keyof typeof LIMIT_OPTIONS): string {
  const bound = DEFAULT_LIMITS[LIMIT_FIELDS[name]];
  const isSize = LIMIT_OPTIONS[name].flag.endsWith("<size>");
  return isSize ? `${bound / 1024 / 1024}MiB` : String(bound);
}

describe("each option of a limit", () => {
  for (const name of names) {
    const { flag, help } = LIMIT_OPTIONS[name];
    test(`${flag} sets one bound, and its help has the default`, () => {
      const { limits } = serverOptions({ [name]: 123_456 });
      const changed = Object.keys(limits).filter((key) =>
        limits[key as keyof Limits] !== DEFAULT_LIMITS[key as keyof Limits]
      );
      assert.deepEqual(changed, [LIMIT_FIELDS[name]]);
      assert.equal(limits[LIMIT_FIELDS[name]], 123_456);
      assert.ok(help.endsWith(`(default: ${written(name)})`), help);
    });
  }

  test("stands with its default in the table for operators", async () => {
    const page = await readFile(
      new URL("../../docs/operators/operating.md", import.meta.url),
      "utf8",
    );
    for (const name of names) {
      const [flag] = LIMIT_OPTIONS[name].flag.split(" ");
      const row = page.split("\n").find((line) => line.startsWith(`| \`${flag}\` `));
      assert.ok(row, `${flag} is not in the table`);
      const [, , bound] = row.split("|").map((cell) => cell.trim());
      assert.equal(bound, written(name), flag);
    }
  });
});

describe("a size", () => {
  const parse = (value: unknown) => v.safeParse(LIMIT_VALUES.maxMessage, value);

  test("is a number of bytes, with a unit or without", () => {
    const sizes: [unknown, number][] = [
      [65_536, 65_536],
      ["65536", 65_536],
      ["64KiB", 65_536],
      ["2mib", 2 * 1024 * 1024],
      ["256MiB", 256 * 1024 * 1024],
    ];
    for (const [value, bytes] of sizes) assert.equal(parse(value).output, bytes, String(value));
  });

  test("is refused where it is none, or makes no sense", () => {
    for (
      const value of ["", "x", "-1", "1.5MiB", "10MB", "1e6", "65535", "63KiB", "257MiB", true]
    ) {
      assert.equal(parse(value).success, false, String(value));
    }
  });
});

describe("help", () => {
  test("lists the limits by themselves", async () => {
    const { stdout } = await runGibbon(["serve", "--help"]);
    const [options = "", limits = ""] = stdout.split("Limits, past which there is an error\n");
    for (const name of names) {
      const { flag } = LIMIT_OPTIONS[name];
      assert.equal(options.includes(flag), false, flag);
      assert.equal(
        limits.split("\n").filter((line) => `${line} `.startsWith(`  ${flag} `)).length,
        1,
      );
    }
    assert.match(options, /--socket-mode/);
  });
});

test("a limit that is refused is named with what it is for", async () => {
  const { code, stderr } = await runGibbon(["serve", "--max-message", "10MB"]);
  assert.equal(code, 1);
  assert.match(stderr, /--max-message: must be a size, such as 65536, 512KiB or 16MiB/);
});
