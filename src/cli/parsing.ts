// Commands as cac knows them: what it is told of one, and what it says of a command line.
import type { CAC } from "cac";
import { GibbonError, messageOf } from "../base/errors.ts";
import { type Option, type OptionName, OPTIONS } from "./option_table.ts";

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

/** Help's sections, with the bounds in one of their own behind the other options. */
export function limitsApart(sections: HelpSections): HelpSections {
  return sections.flatMap((section) => {
    if (section.title !== "Options") return [section];
    const lines = section.body.split("\n").map((line) => line.trimEnd());
    const [limits, others] = [
      lines.filter(isLimitLine),
      lines.filter((line) => !isLimitLine(line)),
    ];
    const first = { ...section, body: others.join("\n") };
    if (limits.length === 0) return [first];
    return [first, { title: "Limits, past which there is an error", body: limits.join("\n") }];
  });
}

type HelpSections = { title?: string; body: string }[];

const LIMIT_FLAGS = Object.values<Option>(OPTIONS).flatMap(({ flag, isLimit }) =>
  isLimit ? [flag] : []
);

function isLimitLine(line: string): boolean {
  return LIMIT_FLAGS.some((flag) => line.startsWith(`  ${flag} `));
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
