// Help: all commands in short, or one of them with its options, examples and variables.
import { VERSION } from "../base/version.ts";
import { type Option, OPTIONS } from "./option_table.ts";
import type { Parsable } from "./parsable.ts";
import { optionVariable } from "./usage_errors.ts";
import { wrap } from "./wrap.ts";

/** Widest line, in characters. */
const WIDTH = 96;
/** Where explanations begin at the latest. */
const INDENT = 30;

/** A command, as far as help goes. */
export interface Helped extends Parsable {
  readonly examples: readonly string[];
}

/** Help for all commands. */
export function overview(commands: readonly Helped[]): string {
  return [
    `gibbon ${VERSION}: a plugin server for Kong Gateway, prox and brpc`,
    "",
    "Commands",
    ...entries(commands.map(({ usage, help }) => [usage, help])),
    "",
    "gibbon help COMMAND explains one of them. Options of Kong's other plugin servers, without a",
    "command, are understood as well.",
    "",
  ].join("\n");
}

/** Help for one command. */
export function helpOf({ usage, help, options, examples }: Helped): string {
  const all = options.map((name): Option => OPTIONS[name]);
  const limits = all.filter(({ isLimit }) => isLimit);
  const others = all.filter(({ isLimit }) => !isLimit);
  const [first] = all;
  return [
    `gibbon ${usage}${all.length > 0 ? " [options]" : ""}`,
    "",
    ...wrap(help, WIDTH),
    ...section("Options", [...others.map(rowOf), ["-h, --help", "Show this"]]),
    ...section("Limits, past which there is an error", limits.map(rowOf)),
    "",
    "Examples",
    ...examples.map((example) => `  ${example}`),
    ...(first
      ? [
        "",
        ...wrap(
          `Each option is an environment variable too, such as ${optionVariable(first)}.`,
          WIDTH,
        ),
      ]
      : []),
    "",
  ].join("\n");
}

function rowOf({ flag, help }: Option): [string, string] {
  return [flag, help];
}

function section(title: string, rows: readonly (readonly [string, string])[]): string[] {
  return rows.length === 0 ? [] : ["", title, ...entries(rows)];
}

function entries(rows: readonly (readonly [string, string])[]): string[] {
  const indent = Math.min(INDENT, Math.max(...rows.map(([left]) => left.length + 4)));
  return rows.flatMap(([left, right]) => {
    const lines = wrap(right, WIDTH - indent).map((line) => " ".repeat(indent) + line);
    const head = `  ${left}`;
    if (head.length + 2 > indent) return [head, ...lines];
    const [first = "", ...more] = lines;
    return [head.padEnd(indent) + first.slice(indent), ...more];
  });
}
