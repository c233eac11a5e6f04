// What values of options may be: texts, numbers, sizes.
import * as v from "valibot";
import { LOG_LEVELS, type LogLevel, type LogLevels } from "../base/log.ts";

export const KIB = 1024;
export const MIB = 1024 * KIB;

const UNITS: Readonly<Record<string, number>> = { kib: KIB, mib: MIB, gib: 1024 * MIB };

/** A text; cac reads what looks like a number as one. */
export const text = v.pipe(
  v.union([v.string(), v.number()]),
  v.transform(String),
  v.nonEmpty("needs a value"),
);

/** A number, whole or not. */
export function amount(min: number, max: number) {
  return v.pipe(text, v.transform(Number), v.number("is not a number"), ...between(min, max));
}

/** A whole number. */
export function count(min: number, max: number) {
  const whole = v.regex<string, string>(/^-?\d+$/, "must be a whole number");
  return v.pipe(text, whole, v.transform(Number), ...between(min, max));
}

/** A number of bytes, with a unit or without. */
export function size(min: number, max: number) {
  return v.pipe(
    text,
    v.regex(/^\d+(?:[kmg]ib)?$/i, "must be a size, such as 65536, 512KiB or 16MiB"),
    v.transform((written) => {
      const [, digits, unit = ""] = /^(\d+)(.*)$/.exec(written)!;
      return Number(digits) * (UNITS[unit.toLowerCase()] ?? 1);
    }),
    v.minValue(min, `must be ${min} bytes or more`),
    v.maxValue(max, `must be ${max} bytes or less`),
  );
}

const LEVEL_NAMES = LOG_LEVELS.join("|");
const LEVELS = new RegExp(
  `^(?:${LEVEL_NAMES}|[^=,]+=(?:${LEVEL_NAMES}))(?:,[^=,]+=(?:${LEVEL_NAMES}))*$`,
);

/** A level of the log; behind it, or alone, those of plugins. */
export const logLevels = v.pipe(
  text,
  v.regex(
    LEVELS,
    "must be error, warn, info or debug; behind it plugins may have their own, as in " +
      "info,my-plugin=debug",
  ),
  v.transform((written): LogLevel | LogLevels => {
    const parts = written.split(",").map((part) => part.split("="));
    const level = parts[0]!.length === 1 ? parts[0]![0] as LogLevel : "info";
    const plugins = parts.filter(({ length }) => length === 2);
    if (plugins.length === 0) return level;
    return { level, plugins: Object.fromEntries(plugins) as Record<string, LogLevel> };
  }),
);

function between(min: number, max: number) {
  return [
    v.minValue<number, number, string>(min, `must be ${min} or more`),
    v.maxValue<number, number, string>(max, `must be ${max} or less`),
  ] as const;
}
