// gibbon man: the manual page, made of the table of commands.
import { VERSION } from "../base/version.ts";
import type { RunCommand } from "./context.ts";
import type { Helped } from "./help.ts";
import { type Option, OPTIONS } from "./option_table.ts";
import { optionVariable } from "./usage_errors.ts";

/** What prints the page. */
export function manualFor(commands: readonly Helped[]): RunCommand {
  return ({ output }) => output.data(page(commands));
}

function page(commands: readonly Helped[]): string {
  return [
    `.TH GIBBON 1 "" "gibbon ${VERSION}" "User Commands"`,
    ".SH NAME",
    "gibbon \\- a plugin server for Kong Gateway, prox and brpc",
    ".SH SYNOPSIS",
    ...commands.flatMap(({ usage }) => [`.B gibbon ${escaped(usage)}`, ".br"]),
    ".SH DESCRIPTION",
    "gibbon loads TypeScript and JavaScript plugins from a directory and runs them for a gateway.",
    ".SH COMMANDS",
    ...commands.flatMap(({ usage, help, options, examples }) => [
      `.SS gibbon ${escaped(usage)}`,
      `${escaped(help)}.`,
      ...options.flatMap((name) => {
        const { flag, help }: Option = OPTIONS[name];
        return [".TP", `.B ${escaped(flag)}`, escaped(help)];
      }),
      ...examples.flatMap((example) => [".PP", `.I ${escaped(example)}`]),
    ]),
    ".SH ENVIRONMENT",
    "Each option can be given by a variable. An option that is typed counts more.",
    ...variables().flatMap(([variable, flag]) => [".TP", `.B ${variable}`, escaped(flag)]),
    ".SH EXIT STATUS",
    "0, or 1 if something is wrong: standard error says what, and what to do.",
    "",
  ].join("\n");
}

function variables(): [variable: string, flag: string][] {
  const byVariable = new Map(
    Object.values<Option>(OPTIONS).map((option) => [optionVariable(option), option.flag]),
  );
  return [...byVariable].sort(([a], [b]) => a < b ? -1 : 1);
}

/** A text that no line of roff begins with a command in, nor has a hyphen where a minus is meant. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^([.'])/, "\\&$1");
}
