// From what cac parsed to checked values of the options that a command has.
import * as v from "valibot";
import { GibbonError } from "../base/errors.ts";
import {
  type Option,
  OPTION_VALUES,
  type OptionName,
  OPTIONS,
  type OptionValues,
} from "./option_table.ts";
import { fromEnvironment } from "./environment.ts";
import { longName, optionVariable, writtenAs } from "./usage_errors.ts";

/**
 * Checks the values of a command's options.
 *
 * @param parsed as cac gives them
 * @param names the options that the command has
 * @param args as they were given to cac
 * @param env what stands for options that were not given
 * @throws {GibbonError} OPTION_INVALID, naming the option
 */
export function readOptions(
  parsed: Readonly<Record<string, unknown>>,
  names: readonly OptionName[],
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): OptionValues {
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const flag = longName(OPTIONS[name]);
    const { many = false }: Option = OPTIONS[name];
    const all = parsed[keyOf(flag)];
    const typed = many ? listOf(all) : lastOf(all);
    const given = typed ?? fromEnvironment(name, env);
    if (given === undefined) continue;
    const value = typeof given === "number" ? written(flag, args) ?? given : given;
    const result = v.safeParse(OPTION_VALUES[name], value, { abortEarly: true });
    if (!result.success) {
      const where = typed === undefined ? optionVariable(OPTIONS[name]) : typedAs(name, args);
      throw new GibbonError("OPTION_INVALID", `${where}: ${result.issues[0].message}`, {
        remedy: OPTIONS[name].help,
      });
    }
    values[name] = result.output;
  }
  return values;
}

/** The option by the name by which it was typed. */
function typedAs(name: OptionName, args: readonly string[]): string {
  const { names } = writtenAs(OPTIONS[name].flag);
  return names.find((one) => args.some((arg) => arg === one || arg.startsWith(`${one}=`))) ??
    longName(OPTIONS[name]);
}

/**
 * What cac calls an option: its flag in camelCase, without the `no` of those that are true unless they
 * are given. Commands may share a flag with other values.
 */
function keyOf(flag: string): string {
  return flag.slice(2).replace(/^no-/, "").replace(
    /-([a-z])/g,
    (_, letter: string) => letter.toUpperCase(),
  );
}

/** An option's text where cac made a number of it: 3.10 is not 3.1. */
function written(flag: string, args: readonly string[]): string | undefined {
  for (let at = args.length - 1; at >= 0; at--) {
    if (args[at] === flag) return args[at + 1];
    if (args[at]?.startsWith(`${flag}=`)) return args[at]?.slice(flag.length + 1);
  }
  return undefined;
}

function listOf(given: unknown): unknown {
  return given === undefined || Array.isArray(given) ? given : [given];
}

/** An option that is given twice has the last value. */
function lastOf(given: unknown): unknown {
  return Array.isArray(given) ? given.at(-1) : given;
}
