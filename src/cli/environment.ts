// Options by environment variables: GIBBON_PLUGINS_DIRECTORY stands for --plugins-directory.
import { GibbonError } from "../base/errors.ts";
import { attempt } from "../base/printable.ts";
import { findSimilar } from "../modules/similar.ts";
import { type Option, type OptionName, OPTIONS } from "./option_table.ts";
import { optionVariable, writtenAs } from "./usage_errors.ts";

/** Variables that gibbon's own processes hand to one another. */
const INTERNAL: readonly string[] = [
  "GIBBON_DEV_STATE",
  "GIBBON_MUTANT",
  "GIBBON_STDOUT",
  "GIBBON_TEST_RUNNER",
  "GIBBON_TIMES",
];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The value of an option by its variable, as cac would give it.
 *
 * @returns undefined where there is none, or an empty one
 * @throws {GibbonError} OPTION_INVALID for a switch that is neither on nor off
 */
export function fromEnvironment(name: OptionName, env: Environment): unknown {
  const option: Option = OPTIONS[name];
  const variable = optionVariable(option);
  // Deno lets a program read the variables that it is allowed to: what it must not see is not there.
  const text = attempt(() => env[variable]);
  if (text === undefined || text === "") return undefined;
  if (writtenAs(option.flag).takesValue) return option.many ? text.split(",") : text;
  if (/^(?:1|true|yes|on)$/i.test(text)) return true;
  if (/^(?:0|false|no|off)$/i.test(text)) return false;
  throw new GibbonError("OPTION_INVALID", `${variable}: must be true or false, not ${text}`, {
    remedy: option.help,
  });
}

/** What to say of variables that look like options and are none. */
export function unknownVariables(env: Environment): string[] {
  const known = Object.values<Option>(OPTIONS).map(optionVariable);
  const unknown = (attempt(() => Object.keys(env)) ?? []).filter((name) =>
    name.startsWith("GIBBON_") && !known.includes(name) && !INTERNAL.includes(name)
  );
  return unknown.map((name) => {
    const similar = findSimilar(name, known);
    return `warning: the variable ${name} is no option of gibbon's` +
      (similar ? `; did you mean ${similar}?` : "");
  });
}
