// Commands as cac knows them: what it is told of one, and what it says of a command line.
import type { CAC } from "cac";
import { GibbonError, messageOf } from "../base/errors.ts";
import { type OptionName, OPTIONS } from "./option_table.ts";

/** A command, as far as the command line goes. */
export interface Parsable {
  /** Name and argument, as cac writes them. */
  readonly usage: string;
  readonly help: string;
  readonly options: readonly OptionName[];
}

/** What cac makes of options. */
export type ParsedOptions = Readonly<Record<string, unknown>>;

/** Tells cac of a command; `choose` is called with what was given to it. */
export function addCommand(
  cli: CAC,
  { usage, help, options }: Parsable,
  choose: (paths: readonly string[], parsed: ParsedOptions) => void,
): void {
  const registered = cli.command(usage, help);
  for (const name of options) registered.option(OPTIONS[name].flag, OPTIONS[name].help);
  const takesPaths = usage.includes(" ");
  registered.action((...given: unknown[]) => {
    const paths = takesPaths ? [given[0] ?? []].flat() : [];
    choose(paths as string[], given.at(-1) as ParsedOptions);
  });
}

/**
 * Parses a command line of ours.
 *
 * @throws {GibbonError} OPTION_INVALID
 */
export function parseWith(cli: CAC, args: readonly string[]): void {
  try {
    cli.parse(["", "gibbon", ...args]);
  } catch (error) {
    throw new GibbonError("OPTION_INVALID", messageOf(error), {
      remedy: "See gibbon --help, or gibbon COMMAND --help.",
    });
  }
}
