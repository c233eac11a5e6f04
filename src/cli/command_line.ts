// A command line as it was typed: which command it names, with which options and directory.
import { resolve } from "node:path";
import { GibbonError } from "../base/errors.ts";
import { translateDropIn } from "../kong/config/dropin.ts";
import { type Command, COMMANDS, WORKER } from "./commands.ts";
import { helpOf, overview } from "./help.ts";
import type { OptionValues } from "./option_table.ts";
import { parseCommand } from "./parsing.ts";
import { readOptions } from "./read_options.ts";
import { commandName, unknownCommand } from "./usage_errors.ts";

/** A command with what was given to it. */
export interface CommandLine {
  readonly command: Command;
  /** The plugins directory, where the command takes one; its first path otherwise. */
  readonly directory: string | undefined;
  readonly paths: readonly string[];
  readonly options: OptionValues;
  /** All words, as they were parsed: what Kong's other servers were started with is translated. */
  readonly args: readonly string[];
}

/** Where a command line comes from. */
export interface Typed {
  /** Name of the program's file, which may be that of a server of Kong's. */
  readonly program: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads a command line.
 *
 * @param args without program and script
 * @returns a text if it only asked for help
 * @throws {GibbonError} OPTION_INVALID, as it was typed and with what to type instead
 */
export function readCommandLine(args: readonly string[], typed: Typed): CommandLine | string {
  if (args[0] === WORKER.usage) {
    return { command: WORKER, directory: undefined, paths: [], options: {}, args };
  }
  if (args[0] === "-V") return readCommandLine(["version"], typed);
  const translated = translateDropIn(args, typed.program);
  if (translated[0] === "--version") return readCommandLine(["version"], typed);
  const help = helpFor(translated);
  if (help !== undefined) return help;
  const command = commandOf(translated[0]!);
  const parsed = parseCommand(command, translated.slice(1));
  if (!parsed) return helpOf(command);
  const { paths } = parsed;
  const given = readOptions(parsed.parsed, command.options, translated, typed.env);
  return { command, paths, args: translated, ...oneDirectory(command, paths[0], given) };
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
