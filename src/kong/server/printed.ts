// What plugins print, as entries of the log under their names.
import type { LogForm, Logger, LogLevel } from "../../base/log.ts";
import { whoRuns } from "../engine/attribution.ts";
import type { ServerOptions } from "./options.ts";

/** Takes what was printed: one call of console, or one line. */
export type Printed = (level: LogLevel, text: string) => void;

/** Makes entries of it, with whose event it was, where it was printed in one. */
export function printing(log: Logger): Printed {
  return (level, text) => log[level](text, { ...whoRuns(), source: "console" });
}

/** How a process of a server writes its log. */
export function logForm({ logFormat }: ServerOptions, worker?: number): LogForm {
  return { format: logFormat, ...(worker !== undefined && { fields: { worker } }) };
}
