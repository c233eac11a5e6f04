// Lines of Kong's error log among those of gibbon.
import { LOG_LEVELS, type Logger } from "../base/log.ts";
import type { KongLogEntry } from "../kong/emulator/node.ts";

/** Writes a line. Kong has eight levels, gibbon four: the field `level` has Kong's where it is another. */
export function writeEntry(log: Logger, { level, message, plugin }: KongLogEntry): void {
  const isOurs = level === "err" || (LOG_LEVELS as readonly string[]).includes(level);
  const fields = isOurs ? { plugin } : { plugin, level };
  if (level === "debug") log.debug(message, fields);
  else if (level === "info" || level === "notice") log.info(message, fields);
  else if (level === "warn") log.warn(message, fields);
  else log.error(message, fields);
}
