// A load on a server of several workers, one of which is killed again and again; of every event that
// fails it is known which worker had it in its hands.
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { type Lane, MsgpackLane, ProtobufLane } from "./lanes.ts";

/** The plugin of the load: the first call says who runs the event, the others take their time. */
export const RELAY = `
import process from "node:process";
import { definePlugin } from "gibbon";
import * as v from "valibot";

export default definePlugin({
  name: "relay",
  version: "1.0.0",
  config: v.object({}),
  async access(kong) {
    await kong.response.setHeader("x-pid", String(process.pid));
    for (const name of ["a", "b", "c"]) await kong.request.getHeader("x-" + name);
  },
});
`;

/** An event that failed. */
export interface Failure {
  /** The worker that ran it; undefined if it did not come to say so. */
  readonly ranIn?: number | undefined;
  /** The worker at the other end of the connection that broke; undefined if it had not said it yet. */
  readonly brokeAt?: number | undefined;
  /** When that connection was made, and when it broke: `performance.now()`. */
  readonly connectedAt: number;
  readonly failedAt: number;
  readonly error: string;
}

/** What a failed event had to do with a worker that was killed. */
export type Verdict =
  /** The worker ran it. */
  | "ran"
  /** A request of it was on the worker's connection; only MsgPack:1 lets these be two workers. */
  | "passed"
  /** It was the first on its connection, which broke with the kill: nobody had said who serves it. */
  | "first"
  /** None of that: the event should have lived. */
  | "unexplained";

/** What a load saw. */
export interface KillReport {
  readonly seconds: number;
  readonly kills: number;
  /** Events that were run to their end. */
  readonly events: number;
  readonly failures: Readonly<Record<Verdict, number>>;
  /** What the unexplained ones said. */
  readonly errors: readonly string[];
  /** Workers that ran events, those included that were killed. */
  readonly workers: number;
}

/** How a load is run. */
export interface KillLoadOptions {
  readonly socket: string;
  readonly instance: number;
  readonly protocol: "ProtoBuf:1" | "MsgPack:1";
  /** Events under way at any time. */
  readonly lanes: number;
  /** Workers of the server. */
  readonly workers: number;
  readonly kills: number;
  /** Time between two kills, in milliseconds. */
  readonly pauseMs: number;
}

/** How long a connection may take to break after its worker was killed, in milliseconds. */
const BREAK_MS = 1000;

/** Runs the load until so many workers were killed and replaced. */
export async function runKillLoad(options: KillLoadOptions): Promise<KillReport> {
  const load = new KillLoad(options);
  return await load.run();
}

class KillLoad {
  readonly #options: KillLoadOptions;
  /** When each worker was killed. */
  readonly #killed = new Map<number, number>();
  /** Workers that ran events, in the order of their coming. */
  readonly #seen = new Set<number>();
  readonly #failures: Failure[] = [];
  #events = 0;
  #isOver = false;

  constructor(options: KillLoadOptions) {
    this.#options = options;
  }

  async run(): Promise<KillReport> {
    const { lanes, kills, pauseMs } = this.#options;
    const began = performance.now();
    const running = Promise.all(Array.from({ length: lanes }, () => this.#keepBusy()));
    await Promise.race([running, this.#killAll(kills, pauseMs)]);
    const seconds = (performance.now() - began) / 1000;
    this.#isOver = true;
    await running;
    return this.#report(seconds);
  }

  async #killAll(kills: number, pauseMs: number): Promise<void> {
    for (let killed = 0; killed < kills; killed++) {
      await sleep(pauseMs);
      await this.#killOldest();
    }
    await this.#untilFull();
  }

  async #keepBusy(): Promise<void> {
    const { socket, instance, protocol } = this.#options;
    const lane: Lane = protocol === "ProtoBuf:1"
      ? new ProtobufLane(socket, instance)
      : new MsgpackLane(socket, instance);
    while (!this.#isOver) {
      const failure = await lane.event((pid) => this.#seen.add(pid));
      if (failure) this.#failures.push(failure);
      else this.#events++;
    }
    lane.leave();
  }

  /** Waits until all places are filled, and kills the worker that has served longest. */
  async #killOldest(): Promise<void> {
    await this.#untilFull();
    const pid = this.#living()[0] as number;
    this.#killed.set(pid, performance.now());
    process.kill(pid, "SIGKILL");
  }

  /** Waits until every worker runs events, also the successors of the dead. */
  async #untilFull(): Promise<void> {
    while (!this.#isOver && this.#living().length < this.#options.workers) await sleep(5);
  }

  #living(): number[] {
    return [...this.#seen].filter((pid) => !this.#killed.has(pid));
  }

  #report(seconds: number): KillReport {
    const failures: Record<Verdict, number> = { ran: 0, passed: 0, first: 0, unexplained: 0 };
    const errors: string[] = [];
    for (const failure of this.#failures) {
      const verdict = this.#judge(failure);
      failures[verdict]++;
      if (verdict === "unexplained") errors.push(`${failure.error} (${JSON.stringify(failure)})`);
    }
    const { size: kills } = this.#killed;
    return { seconds, kills, events: this.#events, failures, errors, workers: this.#seen.size };
  }

  #judge({ ranIn, brokeAt, connectedAt, failedAt }: Failure): Verdict {
    const wasKilled = (pid: number | undefined) => {
      const at = pid === undefined ? undefined : this.#killed.get(pid);
      return at !== undefined && at <= failedAt;
    };
    if (wasKilled(ranIn)) return "ran";
    if (wasKilled(brokeAt)) return ranIn === undefined ? "ran" : "passed";
    const fits = (at: number) => at >= connectedAt - BREAK_MS && at <= failedAt;
    const isFirst = brokeAt === undefined && [...this.#killed.values()].some(fits);
    return isFirst ? "first" : "unexplained";
  }
}
