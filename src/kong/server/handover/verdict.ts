// Whether a server may take a socket over from the living gibbon that has it.
import type { GibbonError } from "../../../base/errors.ts";
import { socketInUse } from "../../../runtime/socket/stale.ts";
import type { Lineage, Starter } from "../../protocol/lineage.ts";

/** For how long a change of hands counts, in milliseconds, and how many are a fight. */
export const RECENT_MS = 60_000;
export const FIGHT = 20;

/** Process 1 of a system or a container: nothing follows from when it began. */
const INIT = 1;

/** The server that has the socket. */
export interface Holder extends Lineage {
  readonly pid: number;
}

/**
 * Decides.
 *
 * @param file the socket's path
 * @param nowMs Unix milliseconds
 * @returns why not, as SOCKET_IN_USE; undefined if it may
 */
export function takeoverRefusal(
  file: string,
  own: Lineage,
  holder: Holder,
  nowMs: number,
): GibbonError | undefined {
  const { pid, takeovers } = holder;
  if (recent(takeovers, nowMs).length >= FIGHT) {
    return socketInUse(
      `${file} has changed hands ${FIGHT} times in the last minute: two programs start servers on it`,
      `Find out what starts process ${pid}, and what starts this one. Give each server a socket of ` +
        "its own, or let one of the two programs start it.",
    );
  }
  if (!own.starter || !isNewer(holder, own.starter)) return undefined;
  const { name, pid: starter } = own.starter;
  return socketInUse(
    `A gibbon has ${file} (process ${pid}) that was started by a newer ${name} than this one`,
    `While Kong reloads, do nothing: the older ${name} (process ${starter}) will leave. Otherwise ` +
      `stop process ${pid}, or give this server another socket with --socket or --sock-name.`,
  );
}

/** The changes of hands that count. */
export function recent(takeovers: readonly number[], nowMs: number): number[] {
  return takeovers.filter((at) => at > nowMs - RECENT_MS && at <= nowMs);
}

/**
 * Whether a newer Kong has the socket, so that this server is one that the older Kong starts again.
 * Programs of different names have no age in common: who starts a server by hand means it.
 */
function isNewer({ starter, orphaned }: Holder, own: Starter): boolean {
  if (!starter || orphaned || starter.pid === INIT || own.pid === INIT) return false;
  return starter.name === own.name && starter.startedAt > own.startedAt;
}
