// From what cac parsed to checked values of the options that a command has.
import * as v from "valibot";
import { GibbonError } from "../core/errors.ts";
import { OPTION_VALUES, type OptionName, OPTIONS, type OptionValues } from "./option_table.ts";

/**
 * Checks the values of a command's options.
 *
 * @param parsed as cac gives them
 * @param names the options that the command has
 * @throws {GibbonError} OPTION_INVALID, naming the option
 */
export function readOptions(
  parsed: Readonly<Record<string, unknown>>,
  names: readonly OptionName[],
): OptionValues {
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const given = parsed[name];
    if (given === undefined) continue;
    const result = v.safeParse(OPTION_VALUES[name], lastOf(given), { abortEarly: true });
    if (!result.success) {
      const flag = OPTIONS[name].flag.split(" ")[0];
      throw new GibbonError("OPTION_INVALID", `${flag}: ${result.issues[0].message}`, {
        remedy: OPTIONS[name].help,
      });
    }
    values[name] = result.output;
  }
  return values;
}

/** An option that is given twice has the last value. */
function lastOf(given: unknown): unknown {
  return Array.isArray(given) ? given.at(-1) : given;
}
