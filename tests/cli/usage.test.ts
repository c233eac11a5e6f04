// The command line used rightly and wrongly: help, versions, variables, and what is said of mistakes.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { GibbonError } from "../../src/base/errors.ts";
import { formatProblem } from "../../src/base/problems.ts";
import { readCommandLine } from "../../src/cli/command_line.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { OPTIONS } from "../../src/cli/option_table.ts";
import { commandName, optionVariable } from "../../src/cli/usage_errors.ts";
import { withFolder, writeFiles } from "../support/folder.ts";
import { runGibbon } from "../support/gibbon.ts";

const PLUGIN = `import { definePlugin } from "gibbon";
export default definePlugin({ access() {} });
`;

const read = (args: readonly string[]) => readCommandLine(args, { program: "gibbon", env: {} });

/** The help that is asked for. */
function help(...args: string[]): string {
  const text = read(args);
  assert.ok(typeof text === "string");
  return text;
}

describe("help", () => {
  test("is printed by the process", async () => {
    const { code, stdout, stderr } = await runGibbon(["help", "serve"]);
    assert.deepEqual([code, stdout, stderr], [0, help("help", "serve"), ""]);
  });

  test("is given for every command in every way, and fits a terminal", () => {
    const overview = help("help");
    for (const args of [[], ["--help"], ["-h"]]) assert.equal(help(...args), overview);
    for (const command of COMMANDS) {
      const name = commandName(command);
      assert.match(overview, new RegExp(`^  ${name}\\b`, "m"));
      const text = help("help", name);
      for (const option of command.options) assert.ok(text.includes(OPTIONS[option].flag), option);
      for (const line of text.split("\n")) assert.ok(line.length <= 100, line);
      assert.match(text, /^Examples\n {2}gibbon /m);
    }
    for (const args of [["serve", "--help"], ["serve", "-h"], ["serve", "plugins", "--help"]]) {
      assert.equal(help(...args), help("help", "serve"));
    }
  });

  test("is right: the examples have no mistakes", async () => {
    const { checkUsage } = await import("../../src/cli/usage_errors.ts");
    for (const command of COMMANDS) {
      assert.ok(command.examples.length > 0);
      for (const example of command.examples) {
        const [typed = ""] = example.split(/ [|>] /);
        const [gibbon, name, ...args] = typed.split(" ");
        assert.deepEqual([gibbon, name], ["gibbon", commandName(command)]);
        checkUsage(command, args);
      }
    }
  });
});

test("the version is printed for people and for programs", async () => {
  const { stdout } = await runGibbon(["version"]);
  for (const args of [["--version"], ["-V"]]) {
    assert.equal((await runGibbon(args)).stdout, stdout);
  }
  const { version, runtime, protocols } = JSON.parse(
    (await runGibbon(["version", "--json"])).stdout,
  );
  assert.ok(stdout.startsWith(`gibbon ${version} (${runtime.name} ${runtime.version}, `), stdout);
  assert.deepEqual(protocols, ["MsgPack:1", "ProtoBuf:1"]);
});

describe("a mistake is told as it was typed, with what to do", () => {
  const MISTAKES: readonly (readonly [args: readonly string[], said: RegExp])[] = [
    [["srve"], /There is no command srve\n.*Did you mean gibbon serve\?/],
    [["sing"], /There is no command sing\n.*Commands: serve, dump/],
    [["help", "srve"], /There is no command srve/],
    [
      ["serve", "--plugin-directory", "x"],
      /no option --plugin-directory\n.*mean --plugins-directory/,
    ],
    [["serve", "--plugin-directory=x"], /no option --plugin-directory\n/],
    [["serve", "-x"], /serve has no option -x\n.*gibbon serve --help/],
    [["dump", "--workers", "2"], /dump has no option --workers/],
    [["serve", "--socket"], /--socket needs a value/],
    [["serve", "--socket="], /--socket needs a value/],
    [["serve", "--socket", ""], /--socket needs a value/],
    [["serve", "--socket", "--watch"], /--socket needs a value/],
    [["bundle", "x", "-o"], /-o needs a value/],
    [["serve", "--watch=yes"], /--watch takes no value, and "yes" was given/],
    [["serve", "--no-socket"], /no option --no-socket/],
    [["serve", "--workers", "many"], /--workers: must be a whole number/],
    [["serve", "--workers=-1"], /--workers: must be 0 or more/],
    [["serve", "--grace", "soon"], /--grace: is not a number/],
    [["serve", "--max-message", "10MB"], /--max-message: must be a size/],
    [["serve", "a", "b"], /serve takes \[directory\] alone, and b is too much/],
    [["version", "please"], /version takes nothing but options, and please is too much/],
    [["new"], /new needs a name\n.*gibbon new <name>/],
    [["check", "a", "--plugins-directory", "b"], /Two directories were given: a, and b by/],
    [["check", "--", "a", "b"], /and b is too much/],
  ];
  for (const [args, said] of MISTAKES) {
    test(args.join(" "), () => {
      assert.throws(() => read(args), (error: GibbonError) => {
        assert.equal(error.code, "OPTION_INVALID");
        assert.match(formatProblem(error), said);
        return true;
      });
    });
  }

  test("and the process fails", async () => {
    const { code, stdout, stderr } = await runGibbon(["serve", "--socket"]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^gibbon: OPTION_INVALID: --socket needs a value/);
  });
});

describe("a directory", () => {
  test("may stand by itself, be an option, or a variable", () =>
    withFolder(async (folder) => {
      await writeFiles(folder, { "plugins/one.ts": PLUGIN });
      const plugins = join(folder, "plugins");
      const option = ["--plugins-directory", plugins];
      for (const command of [["dump"], ["check"], ["kong-config"]]) {
        const { code, stdout, stderr } = await runGibbon([...command, plugins]);
        assert.equal(code, 0, stderr);
        assert.equal((await runGibbon([...command, ...option])).stdout, stdout);
        assert.equal((await runGibbon([...command, plugins, ...option])).stdout, stdout);
        const env = { GIBBON_PLUGINS_DIRECTORY: plugins };
        assert.equal((await runGibbon(command, { env })).stdout, stdout);
      }
    }));
});

describe("environment variables", () => {
  test("stand for options of every kind, behind those that are typed", () =>
    withFolder(async (folder) => {
      await writeFiles(folder, { "one.ts": PLUGIN, "broken.ts": "export default {(" });
      const run = (args: readonly string[], env: Record<string, string>) =>
        runGibbon(["dump", folder, ...args], { env });
      assert.equal((await run([], {})).code, 1);
      assert.equal((await run([], { GIBBON_SKIP_BROKEN: "true" })).code, 0);
      assert.equal((await run([], { GIBBON_SKIP_BROKEN: "0" })).code, 1);
      assert.equal((await run([], { GIBBON_SKIP_BROKEN: "" })).code, 1);
      const env = { GIBBON_SKIP_BROKEN: "yes", GIBBON_PROTOCOL: "MsgPack:1" };
      assert.equal(JSON.parse((await run([], env)).stdout).Protocol, "MsgPack:1");
      const typed = await run(["--protocol", "ProtoBuf:1"], env);
      assert.equal(JSON.parse(typed.stdout).Protocol, "ProtoBuf:1");
    }));

  test("are named where their values are wrong, and told where there is no such option", () =>
    withFolder(async (folder) => {
      await writeFiles(folder, { "one.ts": PLUGIN });
      const run = (env: Record<string, string>) => runGibbon(["dump", folder], { env });
      const wrong = await run({ GIBBON_PROTOCOL: "HTTP" });
      assert.equal(wrong.code, 1);
      assert.match(wrong.stderr, /GIBBON_PROTOCOL: must be ProtoBuf:1 or MsgPack:1/);
      assert.match((await run({ GIBBON_SKIP_BROKEN: "maybe" })).stderr, /GIBBON_SKIP_BROKEN: must/);
      const unknown = await run({ GIBBON_PROTOCOLS: "x", GIBBON_DEV_STATE: "" });
      assert.equal(unknown.code, 0, unknown.stderr);
      assert.match(unknown.stderr, /GIBBON_PROTOCOLS is no option .*mean GIBBON_PROTOCOL\?/);
      assert.ok(!unknown.stderr.includes("GIBBON_DEV_STATE"), unknown.stderr);
    }));

  test("are there for every option", () => {
    for (const option of Object.values(OPTIONS)) {
      assert.match(optionVariable(option), /^GIBBON_[A-Z]+(?:_[A-Z]+)*$/);
    }
  });
});
