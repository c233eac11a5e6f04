// A command, as far as the command line goes.
import type { OptionName } from "./option_table.ts";

/** What has to be known of a command so that what was given to it can be read. */
export interface Parsable {
  /** Name and argument, as cac writes them. */
  readonly usage: string;
  readonly help: string;
  readonly options: readonly OptionName[];
}
