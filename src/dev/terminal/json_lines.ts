// What gibbon dev says, for programs: one JSON object a line.
import type { LogFields, Logger, LogLevel } from "../../base/log.ts";
import { LOG_LEVELS } from "../../base/log.ts";
import type { Exchange } from "../../kong/emulator/exchange.ts";
import { toText } from "../../kong/emulator/lua/bytes.ts";

/** Writes an object as one line. */
export type WriteObject = (value: Readonly<Record<string, unknown>>) => void;

/** Writes objects with the time, and what they are. */
export function jsonWriter(write: (line: string) => void): WriteObject {
  return (value) => write(JSON.stringify({ time: new Date().toISOString(), ...value }, plain));
}

/** Values that JSON has no form for, as texts. */
function plain(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

/** A log of `{"type":"log", ...}`. */
export function createJsonLog(write: WriteObject, level: LogLevel): Logger {
  const last = LOG_LEVELS.indexOf(level);
  const at = (entryLevel: LogLevel) => {
    if (LOG_LEVELS.indexOf(entryLevel) > last) return () => {};
    return (message: string, { stack, ...fields }: LogFields = {}) =>
      write({
        type: "log",
        level: entryLevel,
        message,
        ...fields,
        ...typeof stack === "string" ? { stack: stack.split("\n") } : {},
      });
  };
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}

/** A request as `{"type":"request", ...}` has it. */
export function requestObject(
  { original, requestId, runs }: Exchange,
  status: number,
  milliseconds: number,
  note?: string,
): Record<string, unknown> {
  return {
    type: "request",
    id: requestId,
    method: original.method,
    target: toText(original.target),
    status,
    milliseconds: Math.round(milliseconds * 1000) / 1000,
    ...note === undefined ? {} : { note },
    plugins: runs.map(({ plugin, phase, end, failure, reason = failure }) => ({
      plugin,
      phase,
      end,
      ...reason === undefined ? {} : { reason },
    })),
  };
}
