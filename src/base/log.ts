// Log entries for people and for Kong's error log: one line each, on stderr, never on stdout.

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

/** Plain words stay as they are; everything else is quoted, so that an entry is always one line. */
function formatValue(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? String(value);
  return /^[\w./:@+-]+$/.test(text) ? text : JSON.stringify(text);
}

/** One entry as a line without its line end: `[warn] message key=value`. */
export function formatEntry(level: LogLevel, message: string, fields: LogFields = {}): string {
  const flat = message.replace(/\s*\r?\n\s*/g, " | ");
  let line = `[${level}] ${flat}`;
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) line += ` ${key}=${formatValue(value)}`;
  }
  return line;
}

/**
 * A logger that writes entries up to a level through `write`, one call a line.
 *
 * @param write takes one line, without its line end
 * @param level the least urgent level that is still written
 */
export function createLogger(write: (line: string) => void, level: LogLevel = "info"): Logger {
  const last = LOG_LEVELS.indexOf(level);
  const at = (entryLevel: LogLevel) => {
    if (LOG_LEVELS.indexOf(entryLevel) > last) return () => {};
    return (message: string, fields?: LogFields) => write(formatEntry(entryLevel, message, fields));
  };
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}
