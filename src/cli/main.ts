// The command line: finds the command, runs it, and explains what went wrong.
import { basename, resolve } from "node:path";
import process from "node:process";
import { GibbonError, stackOf } from "../base/errors.ts";
import { createLogger } from "../base/log.ts";
import { detectRuntime } from "../runtime/detect.ts";
import { endProcess } from "../runtime/shared/end_guard.ts";
import { type Command, COMMANDS, WORKER } from "./commands.ts";
import { translateDropIn } from "../kong/config/dropin.ts";
import { reportUncaught } from "./lifecycle.ts";
import { isForked, runForked } from "../runtime/shared/forked.ts";
import { claimStdout, type Output } from "./output.ts";
import { ownStdout } from "./own_stdout.ts";
import { unknownVariables } from "./environment.ts";
import { helpOf, overview } from "./help.ts";
import type { OptionValues } from "./option_table.ts";
import { parseCommand, type Parsed } from "./parsing.ts";
import { formatProblem } from "../base/problems.ts";
import { readOptions } from "./read_options.ts";
import { commandName, unknownCommand } from "./usage_errors.ts";

/** A command with what was given to it. */
interface Chosen extends Parsed {
  readonly command: Command;
  /** All of it, as cac got it. */
  readonly args: readonly string[];
}

/** Help that was asked for, as text; undefined for anything else. */
function helpFor(args: readonly string[]): string | undefined {
  const [word, other] = args;
  const asked = args.length === 0 || ["help", "--help", "-h"].includes(word!);
  const isHelp = asked || args.includes("--help") || args.includes("-h");
  if (!isHelp) return undefined;
  const name = asked ? (word === "help" ? other : undefined) : word;
  return name === undefined ? overview(COMMANDS) : helpOf(commandOf(name));
}

/** @throws {GibbonError} OPTION_INVALID if there is none */
function commandOf(word: string): Command {
  const command = COMMANDS.find((one) => commandName(one) === word);
  if (command) return command;
  throw unknownCommand(word, COMMANDS);
}

/** Parses a command line; a text if it only asked for help. */
function parse(args: readonly string[], program: string): Chosen | string {
  if (args[0] === WORKER.usage) return { command: WORKER, paths: [], parsed: {}, args };
  if (args[0] === "-V") return parse(["version"], program);
  const translated = translateDropIn(args, program);
  if (translated[0] === "--version") return parse(["version"], program);
  const help = helpFor(translated);
  if (help !== undefined) return help;
  const command = commandOf(translated[0]!);
  const parsed = parseCommand(command, translated.slice(1));
  return parsed ? { command, ...parsed, args: translated } : helpOf(command);
}

async function run({ command, paths, parsed, args }: Chosen, output: Output): Promise<number> {
  const given = readOptions(parsed, command.options, args, process.env);
  const { directory, options } = oneDirectory(command, paths[0], given);
  const runtime = await detectRuntime();
  const ended = command.ownsStdout ? await ownStdout(runtime, args, output) : undefined;
  if (ended !== undefined) return ended;
  for (const line of unknownVariables(process.env)) output.note(line);
  const { PROVIDED_MODULES } = await import("./provided_modules.ts");
  runtime.provideModules(PROVIDED_MODULES);
  // Until a command has better to do with them, such as to say whose they are.
  reportUncaught(runtime, createLogger(output.note));
  const { run } = await command.load();
  return await run({ runtime, directory, paths, options, output }) ?? 0;
}

/**
 * The directory, which may stand by itself or be an option.
 *
 * @throws {GibbonError} OPTION_INVALID if it is both, and not the same
 */
function oneDirectory(command: Command, path: string | undefined, options: OptionValues) {
  const { pluginsDirectory } = options;
  if (!command.options.includes("pluginsDirectory")) return { directory: path, options };
  if (path !== undefined && pluginsDirectory !== undefined) {
    if (resolve(path) !== resolve(pluginsDirectory)) {
      throw new GibbonError(
        "OPTION_INVALID",
        `Two directories were given: ${path}, and ${pluginsDirectory} by --plugins-directory`,
        { remedy: "Leave one of them out. GIBBON_PLUGINS_DIRECTORY counts as the option." },
      );
    }
  }
  const directory = path ?? pluginsDirectory;
  return {
    directory,
    options: directory === undefined ? options : { ...options, pluginsDirectory: directory },
  };
}

/** Says what went wrong; a stack only where it is gibbon's own fault. */
function explain(error: unknown, output: Output): void {
  output.note(
    error instanceof GibbonError
      ? `gibbon: ${formatProblem(error)}`
      : `gibbon: this should not happen; please report it\n${stackOf(error)}`,
  );
}

/**
 * Runs a command line and ends the process: with the command's exit code, or with 1 if it failed.
 *
 * @param args without program and script
 */
export async function main(args: readonly string[]): Promise<never> {
  let code = 1;
  let output: Output | undefined;
  try {
    output = claimStdout();
    const chosen = parse(args, basename(process.execPath));
    if (typeof chosen === "string") await output.data(chosen);
    code = typeof chosen === "string" ? 0 : await run(chosen, output);
  } catch (error) {
    output ??= claimStdout();
    explain(error, output);
  }
  endProcess(code);
}

const given = process.argv.slice(2);
await (isForked(given) ? runForked(given) : main(given));
