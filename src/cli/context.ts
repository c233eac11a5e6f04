// What a command works with.
import type { Runtime } from "../runtime/contract.ts";
import type { OptionValues } from "./option_table.ts";
import type { Output } from "./output.ts";

/** What a command works with. */
export interface CommandContext {
  readonly runtime: Runtime;
  /** The one argument that is no option, where the command takes one. */
  readonly directory: string | undefined;
  /** All of them, where the command takes several. */
  readonly paths: readonly string[];
  readonly options: OptionValues;
  readonly output: Output;
}

/** Runs a command; gives its exit code, or nothing for 0. */
export type RunCommand = (context: CommandContext) => Promise<number | void>;
