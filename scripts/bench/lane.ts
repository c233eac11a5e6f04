// What the load's two protocols have in common.
import { connect, type Socket } from "node:net";

/** Told each event's begin and end, on the clock of `performance.now()`; gives false to stop. */
export type Finished = (begunAt: number, endedAt: number) => boolean;

/** One connection that is kept busy with events, one after the other. */
export interface Lane {
  /** Calls that it has answered: round trips. */
  readonly trips: number;
  /** Runs events until it is told to stop; rejects at the first answer that is wrong. */
  run(finished: Finished): Promise<void>;
}

/** Opens a connection. */
export function openSocket(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket));
    socket.once("error", reject);
  });
}
