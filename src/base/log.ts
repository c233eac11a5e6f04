// Log entries for people and for Kong's error log: one line each, on stderr, never on stdout.
import { cut, printable } from "./printable.ts";

/** Levels, most urgent first. */
export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
/** How urgent an entry is. */
export type LogLevel = (typeof LOG_LEVELS)[number];
/** What an entry says besides its message; undefined values are left out. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Takes log entries. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
}

/** Everything that ends a line somewhere: for people, for terminals, for programs that read logs. */
const LINE_ENDS = /[\n\v\f\r\x85\u2028\u2029]+/;

/** What a terminal would obey, and what turns the direction of writing. */
const CONTROLS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A text that stays on its line and gives no orders to a terminal. */
export function harmless(text: string): string {
  return text.replace(CONTROLS, (character) => {
    return character === "\t" ? " " : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Several lines as one. */
function flat(message: string): string {
  const text = cut(message);
  if (!LINE_ENDS.test(text)) return harmless(text);
  const lines = text.split(LINE_ENDS).map((line) => line.trim());
  return harmless(lines.filter((line) => line !== "").join(" | "));
}

/** Plain words stay as they are; everything else is quoted, so that an entry is always one line. */
export function formatValue(value: unknown): string {
  const text = printable(value);
  return /^[\w./:@+-]+$/.test(text) ? text : harmless(JSON.stringify(text));
}

/** One entry as a line without its line end: `[warn] message key=value`. Never throws. */
export function formatEntry(level: LogLevel, message: string, fields: LogFields = {}): string {
  let line = `[${level}] ${flat(message)}`;
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) line += ` ${harmless(key)}=${formatValue(value)}`;
  }
  return line;
}

/** How entries are written: `[warn] message key=value`, or one JSON object a line. */
export type LogFormat = "text" | "json";

/** The least urgent level that is still written: for all, and for what plugins are named with. */
export interface LogLevels {
  readonly level: LogLevel;
  readonly plugins: Readonly<Record<string, LogLevel>>;
}

/** What entries look like, and what each of them says. */
export interface LogForm {
  readonly format?: LogFormat | undefined;
  /** Behind its own fields. */
  readonly fields?: LogFields;
}

/** What programs that read logs would take for the end of a line, and what turns text around. */
const UNESCAPED = /[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * One entry as a JSON object on one line: time, level, message, then the fields. Numbers and booleans
 * stay what they are, a stack is an array of its lines, all else is text. Never throws.
 */
export function formatJsonEntry(
  level: LogLevel,
  message: string,
  fields: LogFields = {},
  now: Date = new Date(),
): string {
  const entry: Record<string, unknown> = { time: now.toISOString(), level, message: cut(message) };
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined && !Object.hasOwn(entry, key)) entry[key] = jsonValue(key, value);
  }
  return JSON.stringify(entry).replace(
    UNESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function jsonValue(key: string, value: unknown): unknown {
  if (typeof value === "boolean" || Number.isFinite(value)) return value;
  const text = printable(value);
  return key === "stack" ? text.split("\n").map((line) => line.trimEnd()) : text;
}

/**
 * A logger that writes entries up to a level through `write`, one call a line.
 *
 * @param write takes one line, without its line end
 * @param level the least urgent level that is still written
 */
export function createLogger(
  write: (line: string) => void,
  level: LogLevel | LogLevels = "info",
  { format = "text", fields: more }: LogForm = {},
): Logger {
  const { level: all, plugins } = typeof level === "string" ? { level, plugins: {} } : level;
  const rank = (one: LogLevel) => LOG_LEVELS.indexOf(one);
  const ofPlugin = new Map(Object.entries(plugins).map(([name, one]) => [name, rank(one)]));
  const last = rank(all);
  const form = format === "json" ? formatJsonEntry : formatEntry;
  const most = Math.max(last, ...ofPlugin.values());
  const at = (entryLevel: LogLevel) => {
    const own = rank(entryLevel);
    if (own > most) return () => {};
    return (message: string, fields?: LogFields) => {
      const { plugin } = fields ?? {};
      if (own > (ofPlugin.get(plugin as string) ?? last)) return;
      write(form(entryLevel, message, more ? { ...fields, ...more } : fields));
    };
  };
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}
