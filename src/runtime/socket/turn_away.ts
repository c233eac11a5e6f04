// Closes a connection that nobody can serve.
import type { LogFields, Logger } from "../../base/log.ts";
import type { Connection, ConnectionEvents } from "../contract.ts";

/**
 * Closes a connection at once, and says so.
 *
 * @param why ends the line in the log
 * @returns what hears of the connection until it is closed
 */
export function turnAway(
  connection: Connection,
  log: Logger,
  why: string,
  fields: LogFields,
): ConnectionEvents {
  log.warn(`a connection was closed: ${why}`, fields);
  connection.destroy();
  return { data: () => {}, closed: () => {} };
}
