// The worker processes of a server: keeps every place filled.
import { GibbonError, messageOf } from "../../../base/errors.ts";
import { atMost, pause } from "../../../base/waiting.ts";
import type { DeadWorker } from "./dead_worker.ts";
import { PeerGone } from "./failure.ts";
import type { LoadedPlugin, ToWorker, Welcome } from "./messages.ts";
import { type WorkerParts, WorkerProcess } from "./process.ts";
import { RestartPolicy } from "./restart.ts";

/** How long workers get to close their instances at the end, in milliseconds. */
const CLOSING_MS = 5000;

/** How long a worker may take to say that its grace time is over, in milliseconds. */
const ANSWER_MS = 500;

/** What a crew works with. */
export interface CrewParts extends WorkerParts {
  /** How many workers there are. */
  readonly size: number;
  /** What a new worker is told. */
  welcome(worker: WorkerProcess): Welcome;
  /** A worker died; gives whether it is known what of. */
  died(dead: DeadWorker): boolean;
  /** A worker died before it served; gives whether another one may live. */
  diedStarting(dead: DeadWorker): boolean;
}

/** All workers. */
export class Crew {
  readonly #parts: CrewParts;
  readonly #places: (WorkerProcess | undefined)[];
  readonly #stopping = new AbortController();

  constructor(parts: CrewParts) {
    this.#parts = parts;
    this.#places = Array.from({ length: parts.size }, () => undefined);
  }

  /** How often a dead worker was replaced. */
  restarts = 0;

  /** The workers that take connections. */
  get ready(): WorkerProcess[] {
    return this.#present().filter(({ ready }) => ready);
  }

  /** The worker in a place that takes connections. */
  at(slot: number): WorkerProcess | undefined {
    const worker = this.#places[slot];
    return worker?.ready ? worker : undefined;
  }

  /**
   * Starts all workers.
   *
   * @returns their plugins
   * @throws {GibbonError} if one of them cannot start; then none is left
   */
  async start(): Promise<readonly LoadedPlugin[]> {
    const slots = [...this.#places.keys()];
    const starts = await Promise.allSettled(slots.map((slot) => this.#fill(slot)));
    const failed = starts.find((start) => start.status === "rejected");
    if (failed) {
      await this.stop(0);
      throw failed.reason;
    }
    for (const slot of slots) void this.#keep(slot);
    return starts[0]?.status === "fulfilled" ? starts[0].value : [];
  }

  /** Asks all workers; see `AskAll`. */
  readonly askAll = async (question: ToWorker): Promise<unknown[]> => {
    const workers = this.#present();
    for (const worker of workers) if (!worker.ready) worker.tell(question);
    const answers = await Promise.allSettled(
      workers.filter(({ ready }) => ready).map((worker) => worker.ask(question)),
    );
    for (const answer of answers) {
      if (answer.status === "rejected" && !(answer.reason instanceof PeerGone)) throw answer.reason;
    }
    return answers.flatMap((answer) => answer.status === "fulfilled" ? [answer.value] : []);
  };

  /**
   * Ends all workers, once the events of all of them are over: a step of one may come in at another.
   *
   * @param graceMs how long that may take
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    // A worker answers when its events are over or cut off; one that a plugin blocks does not answer.
    if (graceMs > 0) {
      await atMost(graceMs + ANSWER_MS, this.askAll({ kind: "drain", graceMs })).catch(() => {});
    }
    const workers = this.#present();
    for (const worker of workers) {
      if (worker.ready) worker.tell({ kind: "stop" });
      else worker.kill();
    }
    const late = setTimeout(() => workers.forEach((worker) => worker.kill()), CLOSING_MS);
    await Promise.all(workers.map(({ ended }) => ended));
    clearTimeout(late);
  }

  /** Says something to all workers to which no answer matters. */
  tellAll(question: ToWorker): void {
    for (const worker of this.#present()) worker.tell(question);
  }

  #present(): WorkerProcess[] {
    return this.#places.filter((worker) => worker !== undefined);
  }

  /** Puts a worker into a place; gives its plugins once it serves. */
  async #fill(slot: number): Promise<readonly LoadedPlugin[]> {
    for (;;) {
      const plugins = await this.#tryToFill(slot);
      if (plugins) return plugins;
    }
  }

  /** @returns nothing if it died, and another one may live */
  async #tryToFill(slot: number): Promise<readonly LoadedPlugin[] | undefined> {
    const worker = await WorkerProcess.start(slot, this.#parts);
    this.#places[slot] = worker;
    try {
      return await worker.introduce(this.#parts.welcome(worker));
    } catch (error) {
      worker.kill();
      const dead = await worker.dead();
      if (!(error instanceof PeerGone)) throw error;
      if (this.#parts.diedStarting(dead) && !this.#stopping.signal.aborted) return undefined;
      const { code, signal, importing } = dead;
      const how = signal ?? `exit code ${code}`;
      const message = `A worker process ended (${how}) while it loaded the plugins`;
      throw new GibbonError("PLUGIN_BROKEN", message, {
        ...(importing && { file: importing.files[0] }),
        remedy: "A plugin ends it. Find out which: run gibbon check with one plugin at a time.",
        cause: error,
      });
    }
  }

  /** Fills a place again whenever its worker dies. */
  async #keep(slot: number): Promise<void> {
    const policy = new RestartPolicy();
    while (!this.#stopping.signal.aborted) {
      const worker = this.#places[slot];
      // What is known to kill is kept from killing again: the next one need not wait.
      const isKnown = worker ? await this.#outlive(worker) : false;
      if (this.#stopping.signal.aborted) return;
      await this.#pause(slot, isKnown ? 0 : policy.died(worker?.servedMs ?? 0));
      if (this.#stopping.signal.aborted) return;
      await this.#fill(slot).then(
        () => {
          this.restarts++;
          this.#parts.log.info("a worker process was replaced", this.#name(slot));
        },
        (error) =>
          this.#parts.log.error("a worker process could not start", {
            worker: slot,
            error: messageOf(error),
          }),
      );
    }
  }

  /** Waits for a worker's end, and clears up after it; gives whether it is known what it died of. */
  async #outlive(worker: WorkerProcess): Promise<boolean> {
    const dead = await worker.dead();
    this.#places[worker.slot] = undefined;
    if (this.#stopping.signal.aborted) return false;
    const isKnown = this.#parts.died(dead);
    const { serial } = worker;
    for (const other of this.#present()) other.tell({ kind: "left", from: serial, ticket: null });
    return isKnown;
  }

  /** Lets time pass, less if the server stops. */
  async #pause(slot: number, ms: number): Promise<void> {
    if (ms === 0) return;
    this.#parts.log.error("worker processes keep dying: the next one has to wait", {
      worker: slot,
      seconds: ms / 1000,
      remedy: "Look in the log for what ends them; gibbon check loads the plugins alone.",
    });
    await pause(ms, this.#stopping.signal);
  }

  #name(slot: number): { worker: number; pid: number | undefined } {
    return { worker: slot, pid: this.#places[slot]?.pid };
  }
}
