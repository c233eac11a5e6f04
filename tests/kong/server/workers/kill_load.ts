// A load on a server of several workers, one of which is killed again and again; of every event that
// fails it is known which worker had it in its hands.
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { type Lane, MsgpackLane, ProtobufLane } from "./lanes.ts";
import { lives } from "./support.ts";
import { SOON } from "../../../../src/kong/server/workers/blame.ts";
import { type Failure, judge, type Kill, type Verdict, VERDICTS } from "./verdict.ts";

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
  /** Milliseconds from each kill until a successor ran an event. */
  readonly successorMs: readonly number[];
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
  /** Time between two kills, in milliseconds; more if the successor takes longer. */
  readonly pauseMs: number;
}

/** How often it is looked what has become of workers, in milliseconds. */
const LOOK_MS = 5;

/** Runs the load until so many workers were killed and replaced. */
export async function runKillLoad(options: KillLoadOptions): Promise<KillReport> {
  const load = new KillLoad(options);
  return await load.run();
}

class KillLoad {
  readonly #options: KillLoadOptions;
  readonly #killed = new Map<number, Kill>();
  readonly #successorMs: number[] = [];
  /** How many events workers ran, in the order of their coming. */
  readonly #seen = new Map<number, number>();
  readonly #failures: Failure[] = [];
  #events = 0;
  #isOver = false;

  constructor(options: KillLoadOptions) {
    this.#options = options;
  }

  async run(): Promise<KillReport> {
    const { lanes } = this.#options;
    const began = performance.now();
    const running = Promise.all(Array.from({ length: lanes }, () => this.#keepBusy()));
    try {
      await Promise.race([running, this.#killAll()]);
    } finally {
      this.#isOver = true;
    }
    const seconds = (performance.now() - began) / 1000;
    await running;
    return this.#report(seconds);
  }

  async #killAll(): Promise<void> {
    const { kills, pauseMs } = this.#options;
    await this.#untilFull();
    while (!this.#isOver && this.#killed.size < kills) {
      await Promise.all([sleep(pauseMs), this.#killOldest()]);
    }
  }

  async #keepBusy(): Promise<void> {
    const { socket, instance, protocol } = this.#options;
    const lane: Lane = protocol === "ProtoBuf:1"
      ? new ProtobufLane(socket, instance)
      : new MsgpackLane(socket, instance);
    while (!this.#isOver) {
      const failure = await lane.event((pid) => {
        this.#seen.set(pid, (this.#seen.get(pid) ?? 0) + 1);
      });
      if (failure) this.#failures.push(failure);
      else this.#events++;
    }
    lane.leave();
  }

  /** Kills the worker that has served longest, and waits for its end and its successor. */
  async #killOldest(): Promise<void> {
    const pid = this.#living()[0] as number;
    // One that dies sooner is taken for the victim of what it ran.
    while (!this.#isOver && this.#seen.get(pid)! < SOON) await sleep(LOOK_MS);
    const killedAt = performance.now();
    this.#killed.set(pid, { killedAt, goneAt: Infinity });
    process.kill(pid, "SIGKILL");
    const replaced = this.#untilFull().then(() => {
      this.#successorMs.push(performance.now() - killedAt);
    });
    await Promise.all([this.#untilGone(pid, killedAt), replaced]);
  }

  async #untilGone(pid: number, killedAt: number): Promise<void> {
    while (lives(pid)) await sleep(LOOK_MS);
    // Its connections broke before: once more around the event loop, and that is known here too.
    await sleep(LOOK_MS);
    this.#killed.set(pid, { killedAt, goneAt: performance.now() });
  }

  /** Waits until every worker runs events, also the successors of the dead. */
  async #untilFull(): Promise<void> {
    while (!this.#isOver && this.#living().length < this.#options.workers) await sleep(LOOK_MS);
  }

  #living(): number[] {
    return [...this.#seen.keys()].filter((pid) => !this.#killed.has(pid));
  }

  #report(seconds: number): KillReport {
    const verdicts = this.#failures.map((failure) => judge(failure, this.#killed));
    const count = (verdict: Verdict) => verdicts.filter((one) => one === verdict).length;
    return {
      seconds,
      kills: this.#killed.size,
      events: this.#events,
      failures: Object.fromEntries(
        VERDICTS.map((verdict) => [verdict, count(verdict)]),
      ) as Record<Verdict, number>,
      errors: this.#failures
        .filter((_, index) => verdicts[index] === "unexplained")
        .map((failure) => {
          const facts = { failure, kills: [...this.#killed] };
          return `${failure.error} (${JSON.stringify(facts)})`;
        }),
      workers: this.#seen.size,
      successorMs: this.#successorMs,
    };
  }
}
