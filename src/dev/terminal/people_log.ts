// The log of gibbon dev as people read it: what went wrong first, then the source, then the rest.
import type { LogFields, Logger, LogLevel } from "../../base/log.ts";
import { formatValue, harmless, LOG_LEVELS } from "../../base/log.ts";
import { printable } from "../../base/printable.ts";
import { findPlace, frameAt, type StackLine } from "../code_frame.ts";
import type { CodeFrame } from "../inspector/view.ts";
import { type Colour, type Paint, painter } from "./paint.ts";

/** Lines of a source that are shown before and after the one that it is about. */
const AROUND = 2;

/** Lines of a stack outside of the plugin that are shown. */
const OTHER_LINES = 6;

/** How the log is written. */
export interface PeopleLogOptions {
  /** Takes one or more lines, without the last one's end. */
  readonly write: (text: string) => void;
  /** The least urgent level that is still written. */
  readonly level: LogLevel;
  readonly hasColours: boolean;
  /** The module of a plugin: what lies beside it is the author's own. */
  readonly fileOf?: (plugin: string) => string | undefined;
}

const LEVEL_COLOURS: Readonly<Record<LogLevel, Colour>> = {
  error: "red",
  warn: "yellow",
  info: "cyan",
  debug: "dim",
};

/** What stands in the text, or says a developer nothing: the others are told as `name=value`. */
const TOLD: ReadonlySet<string> = new Set([
  "plugin",
  "phase",
  "code",
  "remedy",
  "stack",
  "level",
  "instance",
  "scope",
]);

/** A logger for people. */
export function createPeopleLog(options: PeopleLogOptions): Logger {
  const last = LOG_LEVELS.indexOf(options.level);
  const paint = painter(options.hasColours);
  const at = (level: LogLevel) => {
    if (LOG_LEVELS.indexOf(level) > last) return () => {};
    return (message: string, fields: LogFields = {}) =>
      options.write(entryText(level, message, fields, paint, options.fileOf));
  };
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}

/** An entry: one line, and below it what else there is to say. */
function entryText(
  level: LogLevel,
  message: string,
  fields: LogFields,
  paint: Paint,
  fileOf: PeopleLogOptions["fileOf"] = () => undefined,
): string {
  const { plugin, phase, code, remedy, stack } = fields;
  const word = typeof fields.level === "string" ? fields.level : level;
  const who = [plugin, phase].filter((part) => part !== undefined).map((part) =>
    harmless(printable(part))
  );
  const frame = typeof fields.file === "string" ? frameAt(fields.file) : undefined;
  const others = Object.entries(fields).filter(([name, value]) =>
    value !== undefined && !TOLD.has(name) && !(frame && name === "file")
  ).map(([name, value]) => paint(`${harmless(name)}=${formatValue(value)}`, "dim"));
  // Kong's own log names the plugin in the text, too.
  const prefix = `[${String(plugin)}] `;
  const [first = "", ...more] = linesOf(
    message.startsWith(prefix) ? message.slice(prefix.length) : message,
  );
  const name = who.length === 0 ? "" : `${paint(who.join(" in "), "bold")}: `;
  const head = [`${paint(`[${word}]`, LEVEL_COLOURS[level])} ${name}${first}`, ...others].join(" ");
  const lines = [head, ...more.map((line) => `  ${line}`)];
  if (frame) lines.push(...frameLines(frame, paint));
  if (typeof stack === "string") {
    const file = typeof plugin === "string" ? fileOf(plugin) : undefined;
    lines.push(...stackLines(stack, message, file, paint));
  }
  if (remedy !== undefined) {
    const tail = code === undefined ? "" : paint(` (${harmless(printable(code))})`, "dim");
    lines.push(`  ${paint("→", "green")} ${harmless(printable(remedy))}${tail}`);
  }
  return lines.join("\n");
}

const linesOf = (text: string) => text.split(/\r?\n/).map(harmless);

/** What was thrown, the lines of the plugin's source, its part of the stack, then the rest. */
function stackLines(
  stack: string,
  message: string,
  file: string | undefined,
  paint: Paint,
): string[] {
  const { stack: all, frame } = findPlace(stack, file ?? "/");
  const frames = all.findIndex(({ isOwn }) => isOwn) < 0 ? all.slice(0, OTHER_LINES) : own(all);
  const thrown = linesOf(stack.split(/\n\s*at /)[0]!).filter((line) => !message.includes(line));
  return [
    ...thrown.map((line) => `  ${paint(line, "bold")}`),
    ...frame && file !== undefined ? frameLines(frame, paint) : [],
    ...frames.map(({ text, isOwn }) => {
      const line = `    ${harmless(text)}`;
      return isOwn && file !== undefined ? line : paint(line, "dim");
    }),
  ];
}

/** The plugin's own lines, then some of the others. */
function own(lines: readonly StackLine[]): StackLine[] {
  const others = lines.filter(({ isOwn }) => !isOwn);
  return [...lines.filter(({ isOwn }) => isOwn), ...others.slice(0, OTHER_LINES)];
}

/** The lines of a source, with a mark below the place. */
function frameLines({ file, line, column, from, lines }: CodeFrame, paint: Paint): string[] {
  const width = String(line + AROUND).length;
  const text = lines.flatMap((source, index) => {
    const number = from + index;
    if (Math.abs(number - line) > AROUND) return [];
    const isPlace = number === line;
    const gutter = `${isPlace ? ">" : " "} ${String(number).padStart(width)} | `;
    const shown = `    ${gutter}${harmless(source)}`;
    if (!isPlace) return [paint(shown, "dim")];
    const mark = " ".repeat(Math.max(0, column - 1));
    return [shown, `      ${" ".repeat(width)} | ${mark}${paint("^", "red")}`];
  });
  return [`    ${harmless(`${file}:${line}:${column}`)}`, ...text];
}
