// Commands as cac knows them: what it is told of one, and what it says of a command line.
import { cac } from "cac";
import { GibbonError, messageOf } from "../base/errors.ts";
import { OPTIONS } from "./option_table.ts";
import type { Parsable } from "./parsable.ts";
import { checkUsage, commandName } from "./usage_errors.ts";

/** What cac makes of options. */
export type ParsedOptions = Readonly<Record<string, unknown>>;

/** What was given to a command. */
export interface Parsed {
  /** What is no option. */
  readonly paths: readonly string[];
  readonly parsed: ParsedOptions;
}

/**
 * Parses what was given to a command.
 *
 * @param args without the command
 * @returns undefined if cac does not come to run it
 * @throws {GibbonError} OPTION_INVALID
 */
export function parseCommand(command: Parsable, args: readonly string[]): Parsed | undefined {
  checkUsage(command, args);
  const { usage, help, options } = command;
  const cli = cac("gibbon");
  const registered = cli.command(usage, help);
  for (const name of options) registered.option(OPTIONS[name].flag, OPTIONS[name].help);
  const takesPaths = usage.includes(" ");
  let result: Parsed | undefined;
  registered.action((...given: unknown[]) => {
    const paths = takesPaths ? [given[0] ?? []].flat() : [];
    result = { paths: paths as string[], parsed: given.at(-1) as ParsedOptions };
  });
  try {
    cli.parse(["", "gibbon", commandName(command), ...args]);
    return result;
  } catch (error) {
    throw new GibbonError("OPTION_INVALID", messageOf(error), {
      remedy: "See gibbon --help, or gibbon COMMAND --help.",
    });
  }
}
