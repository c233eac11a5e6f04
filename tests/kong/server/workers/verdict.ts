// What an event that failed had to do with workers that were killed.

/** An event that failed. Times are those of `performance.now()`. */
export interface Failure {
  /** The worker that ran it; undefined if it did not come to say so. */
  readonly ranIn: number | undefined;
  /** The connection that its last request was on. */
  readonly wire: {
    /** Whether it broke; otherwise the server answered with an error. */
    readonly broke: boolean;
    /** The worker at its other end; undefined if that had not said so yet. */
    readonly pid: number | undefined;
    readonly connectedAt: number;
  };
  readonly failedAt: number;
  readonly error: string;
}

/** A worker's end. */
export interface Kill {
  readonly killedAt: number;
  /** When the process was gone. */
  readonly goneAt: number;
}

/** On a busy machine a broken connection is noticed here this much later at most, in milliseconds. */
const NOTICED_MS = 1000;

/** All that can become of an event that failed. */
export const VERDICTS = ["ran", "handed", "passed", "first", "unexplained"] as const;

/** What a failed event had to do with a worker that was killed. */
export type Verdict =
  /** The worker had said that it runs it. */
  | "ran"
  /** It was on the worker's connection, and no worker had said that it runs it. */
  | "handed"
  /** Another worker ran it, and a step of it was on this one's connection; MsgPack:1 only. */
  | "passed"
  /** Its connection broke while the worker died, and had not been used before: nobody knows whose it was. */
  | "first"
  /** None of that: the event should have lived. */
  | "unexplained";

/** @param kills the workers that were killed, by process id */
export function judge(
  { ranIn, wire, failedAt }: Failure,
  kills: ReadonlyMap<number, Kill>,
): Verdict {
  const wasKilled = (pid: number | undefined) => {
    const kill = pid === undefined ? undefined : kills.get(pid);
    return kill !== undefined && kill.killedAt <= failedAt;
  };
  if (wasKilled(ranIn)) return "ran";
  if (!wire.broke) return "unexplained";
  if (wasKilled(wire.pid)) return ranIn === undefined ? "handed" : "passed";
  if (wire.pid !== undefined) return "unexplained";
  const { connectedAt } = wire;
  const dying = [...kills.values()].some(({ killedAt, goneAt }) =>
    killedAt <= failedAt && failedAt <= goneAt + NOTICED_MS && connectedAt <= goneAt
  );
  return dying ? "first" : "unexplained";
}
