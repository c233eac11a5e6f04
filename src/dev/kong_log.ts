// Lines of Kong's error log among those of gibbon.
import type { Logger } from "../base/log.ts";
import type { KongLogEntry } from "../kong/emulator/node.ts";

/** Writes a line. Kong has eight levels, gibbon four. */
export function writeEntry(log: Logger, { level, message, plugin }: KongLogEntry): void {
  const fields = { plugin };
  if (level === "debug") log.debug(message, fields);
  else if (level === "info" || level === "notice") log.info(message, fields);
  else if (level === "warn") log.warn(message, fields);
  else log.error(message, fields);
}
