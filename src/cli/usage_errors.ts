// What is wrong with a command line, in the words in which it was typed.
import { GibbonError } from "../base/errors.ts";
import { findSimilar } from "../modules/similar.ts";
import { type Option, OPTIONS } from "./option_table.ts";
import type { Parsable } from "./parsable.ts";

/** Options that every command has. */
const HELP: readonly string[] = ["--help", "-h"];

/** How an option is written: all of its names, and whether a value follows. */
interface Written {
  readonly names: readonly string[];
  readonly takesValue: boolean;
}

/** The name of a command. */
export function commandName({ usage }: Pick<Parsable, "usage">): string {
  return usage.split(" ")[0]!;
}

/** How a command's option is written. */
export function writtenAs(flag: string): Written {
  return { names: flag.match(/(?<![\w-])--?[\w-]+/g) ?? [], takesValue: flag.includes("<") };
}

/** The error for a command that there is not. */
export function unknownCommand(word: string, commands: readonly Parsable[]): GibbonError {
  const names = commands.map(commandName);
  const similar = findSimilar(word, names);
  return new GibbonError("OPTION_INVALID", `There is no command ${word}`, {
    remedy: similar ? `Did you mean gibbon ${similar}?` : `Commands: ${names.join(", ")}.`,
  });
}

/**
 * Checks a command's options and paths, one by one, before they are parsed.
 *
 * @param args without the command
 * @throws {GibbonError} OPTION_INVALID for the first that is wrong
 */
export function checkUsage(command: Parsable, args: readonly string[]): void {
  const options = command.options.map((name) => writtenAs(OPTIONS[name].flag));
  const paths: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (arg === "--") {
      paths.push(...args.slice(at + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      paths.push(arg);
      continue;
    }
    const [typed = "", value] = splitAtEqual(arg);
    if (HELP.includes(typed)) continue;
    const option = options.find(({ names }) => names.includes(typed));
    if (option) {
      if (needsNext(command, option, typed, value, args[at + 1])) at++;
    } else {
      checkNegated(command, options, typed);
    }
  }
  checkPaths(command, paths);
}

function splitAtEqual(arg: string): [typed: string, value?: string] {
  const at = arg.indexOf("=");
  return at < 0 ? [arg] : [arg.slice(0, at), arg.slice(at + 1)];
}

/** Whether an option's value is the next argument. */
function needsNext(
  command: Parsable,
  { takesValue }: Written,
  typed: string,
  value: string | undefined,
  next: string | undefined,
): boolean {
  if (!takesValue) {
    if (value === undefined) return false;
    throw wrong(`${typed} takes no value, and ${JSON.stringify(value)} was given`, command);
  }
  if (value !== undefined) {
    if (value !== "") return false;
    throw wrong(`${typed} needs a value`, command);
  }
  if (next === undefined || next === "" || /^--?[a-z]/i.test(next)) {
    throw wrong(`${typed} needs a value`, command);
  }
  return true;
}

/** `--no-watch`, where there is `--watch`. */
function checkNegated(command: Parsable, options: readonly Written[], typed: string): void {
  const positive = typed.replace(/^--no-/, "--");
  const negated = typed !== positive &&
    options.find(({ names }) =>
      names.includes(positive) || names.includes(`--no-${positive.slice(2)}`)
    );
  if (negated && !negated.takesValue) return;
  const names = options.flatMap((option) => option.names);
  const similar = findSimilar(typed, [...names, "--help"]);
  throw new GibbonError("OPTION_INVALID", `${commandName(command)} has no option ${typed}`, {
    remedy: similar ? `Did you mean ${similar}?` : `See gibbon ${commandName(command)} --help.`,
  });
}

function checkPaths(command: Parsable, paths: readonly string[]): void {
  const [, ...places] = command.usage.split(" ");
  const [place] = places;
  if (place?.startsWith("[...")) return;
  if (paths.length > places.length) {
    const most = places.length === 0 ? "nothing but options" : `${places.join(" ")} alone`;
    throw wrong(`${commandName(command)} takes ${most}, and ${paths.at(-1)} is too much`, command);
  }
  if (place?.startsWith("<") && paths.length === 0) {
    throw wrong(`${commandName(command)} needs a ${place.slice(1, -1)}`, command);
  }
}

function wrong(message: string, command: Parsable): GibbonError {
  return new GibbonError("OPTION_INVALID", message, {
    remedy: `Write gibbon ${command.usage}; see gibbon ${commandName(command)} --help.`,
  });
}

/** The long name of an option, as it is typed: `--plugins-directory`. */
export function longName({ flag }: Option): string {
  return /--[\w-]+/.exec(flag)![0];
}

/** The environment variable of an option: GIBBON_PLUGINS_DIRECTORY. */
export function optionVariable(option: Option): string {
  return `GIBBON_${
    longName(option).slice(2).replace(/^no-/, "").toUpperCase().replaceAll("-", "_")
  }`;
}
