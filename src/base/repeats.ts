// A log in which lines of one cause are counted, not repeated: the first, then now and then how many.
import process from "node:process";
import { type LogAllowance, LogBudget } from "./log_budget.ts";
import {
  createLogger,
  type LogFields,
  type LogForm,
  type Logger,
  type LogLevel,
  type LogLevels,
} from "./log.ts";
import { printable } from "./printable.ts";

/** One line of a cause at once; while it goes on, after 1 s, 2 s, 4 s, at most every five minutes. */
const ALLOWANCE: LogAllowance = { lines: 1, stretchMs: 1000, growth: 2, longestMs: 300_000 };

/** Lines that tell of what is usual may come in a row: a few of one cause are let through. */
const ALLOWANCE_INFO: LogAllowance = { ...ALLOWANCE, lines: 10 };

/** How many causes are counted one by one; all others together are one more. */
const MAX_CAUSES = 128;

/**
 * After how long a new cause may take the place of another one in what the log has room for, in
 * milliseconds. A client can make up as many causes as it likes: names of methods, of plugins.
 */
const NEW_CAUSE_MS = 500;

const OTHERS = "(others)";

/** What a cause is told by, of the fields of its lines. */
const TELLING = ["code", "plugin", "phase", "method"];

type Level = "error" | "warn" | "info";

interface Cause {
  readonly budget: LogBudget;
  latest: LogFields | undefined;
}

/** How repeated lines are counted. */
export interface RepeatsOptions {
  /** A clock in milliseconds. */
  readonly now?: () => number;
  /** How often it is looked whether a count is due, in milliseconds; only while there are any. */
  readonly sweepMs?: number;
  /** Lines of one cause that are logged before they are counted; 1 if left out. */
  readonly lines?: number;
}

/** A log that counts, see `withoutRepeats`. */
export interface CountingLogger extends Logger {
  /** Says what was left out so far. To be called when no more lines come. */
  settle(): void;
}

/**
 * Counts lines of one cause instead of repeating them: the first one is logged as it is; after a
 * second, and then in growing intervals, the latest one with `repeated=N`, how many lines were left
 * out, as long as there are any. One cause is one level, one message up to its first colon, one
 * plugin, phase, method and code, and one place in the code. A flood of causes is one cause itself.
 * Debug lines are never left out.
 */
export function withoutRepeats(log: Logger, options: RepeatsOptions = {}): CountingLogger {
  const repeats = new Repeats(log, options);
  const at = (level: Level) => (message: string, fields?: LogFields) =>
    repeats.log(level, message, fields);
  return {
    error: at("error"),
    warn: at("warn"),
    info: at("info"),
    debug: (message, fields) => log.debug(message, fields),
    settle: () => repeats.settle(),
  };
}

/**
 * The log of a process that serves: `createLogger` and `withoutRepeats`, settled when it exits.
 *
 * @param lines see `RepeatsOptions`
 */
export function serverLog(
  write: (line: string) => void,
  level?: LogLevel | LogLevels,
  lines?: number,
  form?: LogForm,
): Logger {
  const counted = lines === undefined ? {} : { lines };
  const log = withoutRepeats(createLogger(write, level, form), counted);
  process.once("exit", () => log.settle());
  return log;
}

class Repeats {
  readonly #log: Logger;
  readonly #options: RepeatsOptions;
  readonly #causes = new Map<string, Cause>();
  readonly #now: () => number;
  /** How many new causes may come at once now, and when that was so. */
  #room = MAX_CAUSES;
  #roomAt: number;
  #sweeper: ReturnType<typeof setInterval> | undefined;

  constructor(log: Logger, options: RepeatsOptions) {
    this.#log = log;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#roomAt = this.#now();
  }

  log(level: Level, message: string, fields: LogFields | undefined): void {
    const cause = this.#cause(level, message, fields);
    if (cause.budget.allows()) return this.#log[level](message, fields);
    cause.latest = fields;
  }

  settle(): void {
    for (const { budget } of this.#causes.values()) budget.settle();
    this.#causes.clear();
    this.#sweep();
  }

  #cause(level: Level, message: string, fields: LogFields | undefined): Cause {
    const key = causeKey(level, message, fields);
    const known = this.#causes.get(key);
    if (known) return known;
    if (this.#hasRoom()) return this.#newCause(key, level, message);
    return this.#causes.get(OTHERS) ?? this.#newCause(OTHERS, "warn", "other lines were left out");
  }

  /** Whether one more cause is counted by itself. */
  #hasRoom(): boolean {
    const now = this.#now();
    const room = this.#room + (now - this.#roomAt) / NEW_CAUSE_MS;
    this.#room = Math.min(room, MAX_CAUSES);
    this.#roomAt = now;
    if (this.#causes.size >= MAX_CAUSES || this.#room < 1) return false;
    this.#room--;
    return true;
  }

  #newCause(key: string, level: Level, message: string): Cause {
    const usual = level === "info" ? ALLOWANCE_INFO : ALLOWANCE;
    const allowance = { ...usual, lines: Math.max(usual.lines, this.#options.lines ?? 1) };
    const report = (repeated: number, ms: number) => {
      const seconds = Math.round(ms / 1000);
      this.#log[level](message, { ...cause.latest, repeated, seconds });
      cause.latest = undefined;
    };
    const cause: Cause = {
      budget: new LogBudget(allowance, report, this.#now),
      latest: undefined,
    };
    this.#causes.set(key, cause);
    this.#sweeper ??= this.#startSweeper();
    return cause;
  }

  #startSweeper(): ReturnType<typeof setInterval> {
    const sweeper = setInterval(() => this.#sweep(), this.#options.sweepMs ?? 500);
    (sweeper as { unref?: () => void }).unref?.();
    return sweeper;
  }

  /** Says what is due; causes that have come to rest are forgotten. */
  #sweep(): void {
    for (const [key, { budget }] of this.#causes) {
      if (budget.due && !budget.settle()) this.#causes.delete(key);
    }
    if (this.#causes.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }
}

function causeKey(level: Level, message: string, fields: LogFields = {}): string {
  const [kind] = message.split(":", 1);
  const telling = TELLING.map((name) => fields[name] === undefined ? "" : printable(fields[name]));
  return [level, kind, ...telling, placeOf(fields.stack)].join("\n");
}

/** The first place that a stack names. */
function placeOf(stack: unknown): string {
  if (typeof stack !== "string") return "";
  return /^[ \t]*at .*$/m.exec(stack)?.[0].trim() ?? "";
}
