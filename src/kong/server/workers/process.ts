// One worker process, as the supervisor sees it.
import { GibbonError, messageOf } from "../../../base/errors.ts";
import type { Logger } from "../../../base/log.ts";
import type { ChildProcess, HeldSocket, Runtime } from "../../../runtime/contract.ts";
import { atMost } from "../../../base/waiting.ts";
import { Unsupported } from "../../../runtime/unsupported.ts";
import { Channel } from "./channel.ts";
import type { DeadWorker, Importing } from "./dead_worker.ts";
import {
  type LoadedPlugin,
  type ToSupervisor,
  type ToWorker,
  type Welcome,
  WORKER_COMMAND,
} from "./messages.ts";
import { type Recorded, RunningRecord } from "./running/record.ts";
import { Watchdog } from "./watchdog.ts";

/** How long a worker may take until it takes connections, in milliseconds. */
const START_MS = 60_000;

/** How long a module may block a worker that starts at least, in milliseconds: compilers take their time. */
const IMPORT_MS = 5000;

/** How long events may take in a worker that is replaced because it is spoilt, in milliseconds. */
const SPOILT_GRACE_MS = 1000;

/** What a worker process is started with. */
export interface WorkerParts {
  readonly runtime: Pick<Runtime, "spawn" | "ownCommand">;
  /** The socket that the workers share. */
  readonly socket: HeldSocket;
  /** How long a worker may be blocked, in milliseconds. */
  readonly limitMs: number;
  readonly log: Logger;
  readonly socketPath: string;
  /** Answers what a worker asks. */
  answer(worker: WorkerProcess, question: ToSupervisor): unknown;
}

let processes = 0;

/** Deno's permissions, a container's walls, or descriptors that have run out. */
function cannotStart(program: string, error: unknown): GibbonError {
  const why = `no worker process can be started: ${messageOf(error)}`;
  return new GibbonError("OPTION_INVALID", `${program}: ${why}`, {
    remedy: "Let gibbon start itself, or serve from one process with --workers 0.",
    cause: new Unsupported(why),
  });
}

/** A worker process, from its start to its end. */
export class WorkerProcess {
  readonly slot: number;
  /** A number that no other process of this server has had. */
  readonly serial = processes++;
  /** Settles when the process is gone, with how it ended. */
  readonly ended: ChildProcess["exited"];
  readonly #child: ChildProcess;
  readonly #channel: Channel<ToSupervisor, ToWorker>;
  readonly #parts: WorkerParts;
  #watchdog: Watchdog | undefined;
  #served: { readonly from: number; until?: number } | undefined;
  #ready = false;
  #events = 0;
  #recorded: Recorded | undefined;
  #importing: Importing | undefined;
  #spoiltBy: string | undefined;
  #spoilt: string | undefined;
  #killedFor: DeadWorker["killedFor"];
  readonly #record: RunningRecord | undefined;

  /** Starts a process. Rejects if that cannot be done. */
  static async start(slot: number, parts: WorkerParts): Promise<WorkerProcess> {
    const { runtime, socket } = parts;
    const [program, ...before] = runtime.ownCommand;
    const events = { stdout: (_bytes: Uint8Array) => {}, stderr: () => {} };
    const child = await runtime.spawn(program, [...before, WORKER_COMMAND], {
      stdout: (bytes) => events.stdout(bytes),
      stderr: () => {},
    }, { ownStderr: true, ...socket.forChild }).catch((error) => {
      throw cannotStart(program, error);
    });
    // It says nothing before it is spoken to.
    const worker = new WorkerProcess(slot, parts, child);
    events.stdout = (bytes) => worker.#received(bytes);
    return worker;
  }

  private constructor(slot: number, parts: WorkerParts, child: ChildProcess) {
    this.slot = slot;
    this.#parts = parts;
    this.#child = child;
    this.#record = RunningRecord.create(parts.socketPath);
    this.#channel = new Channel(
      (bytes) => child.write(bytes),
      (question) => this.#answer(question),
    );
    this.ended = child.exited.then((end) => {
      this.#watchdog?.stop();
      this.#channel.close();
      if (this.#served) this.#served.until = performance.now();
      this.#ready = false;
      this.#recorded ??= this.#record?.read();
      this.#record?.close();
      return end;
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Whether it takes connections, or is about to: from now on it has to know of all instances. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Where it writes down what it runs. */
  get record(): string | null {
    return this.#record?.path ?? null;
  }

  /** What is known of its end, once it has ended. */
  async dead(): Promise<DeadWorker> {
    const { code, signal } = await this.ended;
    const { slot, pid } = this;
    const [killedFor, recorded] = [this.#killedFor, this.#recorded];
    // It may have died before it told, and the record counts to 2^31.
    const events = Math.max(this.#events, recorded?.begun ?? 0);
    return {
      ...{ slot, pid, code, signal, killedFor, events },
      running: recorded?.running,
      importing: this.#importing,
      spoiltBy: this.#spoiltBy,
      spoilt: this.#spoilt,
    };
  }

  /** How long it has taken connections, in milliseconds. */
  get servedMs(): number {
    if (!this.#served) return 0;
    return (this.#served.until ?? performance.now()) - this.#served.from;
  }

  /**
   * Makes it serve.
   *
   * @returns its plugins, once it takes connections
   * @throws {GibbonError} as it did that could not start
   * @throws {PeerGone} if it died, or took too long and was killed
   */
  async introduce(welcome: Welcome): Promise<readonly LoadedPlugin[]> {
    const late = setTimeout(() => this.#remove("it took too long to start"), START_MS);
    try {
      const plugins = await this.ask({ kind: "welcome", welcome });
      this.#ready = true;
      if (this.#killedFor !== "spoilt") this.#importing = undefined;
      await this.ask({ kind: "accept" });
      this.#served = { from: performance.now() };
      this.#watch(this.#parts.limitMs);
      return plugins as LoadedPlugin[];
    } finally {
      clearTimeout(late);
    }
  }

  /** Asks; see `Channel.ask`. */
  ask(question: ToWorker): Promise<unknown> {
    return this.#channel.ask(question);
  }

  /** Says something to which no answer matters. */
  tell(question: ToWorker): void {
    this.#channel.tell(question);
  }

  /**
   * Ends it, so that another one takes its place. What comes in meanwhile is refused.
   *
   * @param spoiltBy the plugin that is to blame; null where that is not known
   * @param what what is spoilt: it may not be able to log that itself
   */
  async replace(spoiltBy: string | null, what: string): Promise<void> {
    if (this.#killedFor !== undefined) return;
    this.#killedFor = "spoilt";
    this.#spoiltBy = spoiltBy ?? undefined;
    this.#spoilt = what;
    if (!this.#ready) return this.kill();
    // What runs now is what may have done it; it will be over when the process ends.
    this.#recorded = this.#record?.read();
    const graceMs = SPOILT_GRACE_MS;
    const drained = this.ask({ kind: "drain", graceMs }).catch(() => {});
    await atMost(2 * graceMs, drained);
    this.tell({ kind: "stop" });
    await atMost(graceMs, this.ended);
    this.kill();
  }

  /** Ends it at once. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #answer(question: ToSupervisor): unknown {
    if (question.kind === "beat") {
      this.#events = question.events;
      return this.#watchdog?.beat();
    }
    if (question.kind !== "importing") return this.#parts.answer(this, question);
    // A deed may come late: until it takes connections it can only be that of a module. What is imported once
    // the process is known to be spoilt has not done it.
    const isOver = !question.modules && this.#ready;
    if (this.#killedFor !== "spoilt" && (question.modules || isOver)) {
      this.#importing = question.modules ?? undefined;
    }
    // From its first module on: how long a process takes until then says nothing of plugins.
    if (!this.#watchdog) this.#watch(Math.max(this.#parts.limitMs, IMPORT_MS));
    this.#watchdog?.beat();
  }

  #watch(limitMs: number): void {
    this.#watchdog?.stop();
    this.#watchdog = new Watchdog(limitMs, () => this.#remove("it was blocked", "blocked"));
  }

  #received(bytes: Uint8Array): void {
    try {
      this.#channel.received(bytes);
    } catch (error) {
      this.#remove(`its stdout, where only gibbon may write, makes no sense: ${messageOf(error)}`);
    }
  }

  #remove(reason: string, killedFor: DeadWorker["killedFor"] = "other"): void {
    const { log } = this.#parts;
    this.#killedFor = killedFor;
    log.error("a worker process is killed", { worker: this.slot, pid: this.pid, reason });
    this.kill();
  }
}
