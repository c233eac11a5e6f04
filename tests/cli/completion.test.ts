// Completion and the manual page: all commands and options are in them, and the shells take them.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { COMMANDS } from "../../src/cli/commands.ts";
import { OPTIONS } from "../../src/cli/option_table.ts";
import { commandName, optionVariable, writtenAs } from "../../src/cli/usage_errors.ts";
import { withFolder } from "../support/folder.ts";
import { runGibbon } from "../support/gibbon.ts";
import { canRun, runProcess } from "../support/process.ts";

/** Why a shell is not asked; false if it is there. */
const missing = async (shell: string) =>
  await canRun([shell, "--version"]) ? false : `there is no ${shell}`;
const MISSING = { zsh: await missing("zsh"), fish: await missing("fish") };

const printed = async (...args: string[]) => {
  const { code, stdout, stderr } = await runGibbon(args);
  assert.equal(code, 0, stderr);
  return stdout;
};

describe("completion", () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    test(`of ${shell} has every command and every option`, async () => {
      const script = await printed("completion", shell);
      for (const command of COMMANDS) {
        assert.ok(script.includes(commandName(command)), commandName(command));
        for (const option of command.options) {
          const [name = ""] = writtenAs(OPTIONS[option].flag).names.filter((one) =>
            one.startsWith("--")
          );
          assert.ok(script.includes(shell === "fish" ? `-l ${name.slice(2)}` : name), name);
        }
      }
    });
  }

  test("works in bash", async () => {
    const script = await printed("completion", "bash");
    const complete = async (...words: string[]) => {
      const list = words.map((word) => `'${word}'`).join(" ");
      const { code, stdout, stderr } = await runProcess([
        "bash",
        "-c",
        [
          script,
          `COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _gibbon`,
          'printf "%s\\n" "${COMPREPLY[@]}"',
        ].join("\n"),
      ]);
      assert.equal(code, 0, stderr);
      return stdout.trim().split("\n");
    };
    assert.deepEqual(await complete("gibbon", "ser"), ["serve"]);
    assert.deepEqual(await complete("gibbon", "dump", "--plug"), [
      "--plugins-directory",
      "--plugin",
    ]);
    assert.deepEqual(await complete("gibbon", "bundle", "-o"), ["-o"]);
  });

  for (const [shell, check] of [["zsh", "-n"], ["fish", "--no-execute"]] as const) {
    test(`is read by ${shell}`, { skip: MISSING[shell] }, () =>
      withFolder(async (folder) => {
        const file = join(folder, "completion");
        await writeFile(file, await printed("completion", shell));
        const { code, stderr } = await runProcess([shell, check, file]);
        assert.equal(code, 0, stderr);
      }));
  }

  test("is there for no other shell", async () => {
    const { code, stderr } = await runGibbon(["completion", "tcsh"]);
    assert.equal(code, 1);
    assert.match(stderr, /no completion for tcsh\n.*bash, zsh, fish/);
  });
});

test("the manual page has every command, option and variable", async () => {
  const text = (await printed("man")).replaceAll("\\-", "-").replaceAll("\\e", "\\");
  for (const command of COMMANDS) {
    assert.ok(text.includes(`.SS gibbon ${command.usage}`), command.usage);
    for (const option of command.options) {
      assert.ok(text.includes(`.B ${OPTIONS[option].flag}`), option);
      assert.ok(text.includes(optionVariable(OPTIONS[option])), option);
    }
  }
  for (const line of text.split("\n")) {
    assert.doesNotMatch(line, /^'|^\.(?!TH|SH|SS|TP|PP|B |I |br)/);
  }
});
