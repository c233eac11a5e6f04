// The supervisor: holds the socket, keeps the worker processes, and passes on what is between them.
import { resolve } from "node:path";
import process from "node:process";
import { GibbonError } from "../../../base/errors.ts";
import { clockId } from "../../engine/ids.ts";
import type { Logger } from "../../../base/log.ts";
import { openHeldSocket, type TakeOver } from "../../../runtime/socket/open.ts";
import { DirectoryWatch } from "../../../modules/watch.ts";
import type { HeldSocket, Runtime } from "../../../runtime/contract.ts";
import { Handover } from "../handover/handover.ts";
import { OwnLineage } from "../handover/own_lineage.ts";
import { PlaceWatch, type Usage } from "../handover/place_watch.ts";
import type { ServerOptions } from "../options.ts";
import { Crew } from "./crew.ts";
import { Deaths } from "./deaths.ts";
import { PeerGone } from "./failure.ts";
import { InstanceBook } from "./instance_book.ts";
import type { Succession, ToSupervisor, Welcome } from "./messages.ts";
import type { WorkerProcess } from "./process.ts";
import { SupervisorReport } from "./supervisor_report.ts";
import { Unloadable } from "./unloadable.ts";
import { beatMs } from "./watchdog.ts";

/** How often idle instances are looked for, in milliseconds. */
const SWEEP_MS = 30_000;

/** A server of several processes. */
export class Supervisor {
  /** Settles with the reason when the server is to stop by itself: another one has its socket. */
  readonly leaves: Promise<string>;
  readonly #leave: (reason: string) => void;
  readonly #runtime: Runtime;
  readonly #options: ServerOptions;
  readonly #log: Logger;
  readonly #serverPid = clockId(Date.now());
  readonly #book: InstanceBook;
  readonly #deaths: Deaths;
  readonly #unloadable: Unloadable;
  readonly #lineage = OwnLineage.ofThisProcess();
  readonly #handover: Handover;
  #place: PlaceWatch | undefined;
  #retiring = false;
  /** Files of the plugins, by their names. */
  #files: ReadonlyMap<string, string> = new Map();
  #directory: string | undefined;
  #crew: Crew | undefined;
  #socket: HeldSocket | undefined;
  #sweeper: ReturnType<typeof setInterval> | undefined;
  #watcher: DirectoryWatch | undefined;
  #stopping = false;
  /** What operators can ask. */
  readonly report: SupervisorReport;

  constructor(runtime: Runtime, options: ServerOptions, log: Logger) {
    this.#runtime = runtime;
    this.#options = options;
    this.#log = log;
    this.#directory = options.pluginsDirectory;
    const { promise, resolve: leave } = Promise.withResolvers<string>();
    this.leaves = promise;
    this.#leave = leave;
    this.#handover = new Handover({
      runtime,
      path: options.socket.path,
      lineage: this.#lineage,
      log,
      prepared: async () => void await this.#crew?.askAll({ kind: "succeed", ...this.#succession }),
    });
    this.#book = new InstanceBook(
      options.limits,
      (question) => this.#crew!.askAll(question),
    );
    this.#unloadable = new Unloadable(log, options.workers);
    this.#deaths = new Deaths({
      log,
      identify: (instance) => this.#book.identify(instance),
      forget: (instance) => this.#book.forget(instance),
      fileOf: (plugin) => this.#files.get(plugin),
      tell: (state) => this.#crew?.tellAll({ kind: "quarantine", state }),
    });
    this.report = new SupervisorReport({
      workers: options.workers,
      runtime: runtime.name,
      path: options.socket.path,
      crew: () => this.#crew,
      socket: () => this.#socket,
      stopped: () => this.#deaths.state.stopped,
      isStopping: () => this.#stopping,
    });
  }

  /** Told when another server has taken over. */
  onReplaced: () => void = () => {};

  /**
   * Starts the workers, and lets the socket appear when all of them take connections. A gibbon that
   * has the socket is replaced, where that is allowed. Settles early if it is stopped meanwhile.
   *
   * @throws {GibbonError} if the socket or a worker cannot be had
   */
  async start(): Promise<void> {
    const { path, file } = this.#options.socket;
    const ready = async (socket: HeldSocket) => {
      if (this.#stopping) throw new PeerGone("it was stopped before it had started");
      this.#crew = this.#createCrew(socket);
      const plugins = await this.#crew.start();
      this.#files = new Map(plugins.map(({ name, file }) => [name, file]));
      await this.#watch();
    };
    await this.#handover.refuseEarly();
    try {
      const open = (takeOver: TakeOver) =>
        openHeldSocket(this.#runtime, path, ready, file, takeOver);
      this.#socket = await this.#handover.place(open);
    } catch (error) {
      await this.#crew?.stop(0);
      if (this.#stopping) return;
      throw error;
    }
    if (this.#stopping) {
      await this.#socket.close();
      return await this.#handover.close();
    }
    this.#place = this.#watchPlace(this.#socket);
    void this.#place.leaves.then(this.#leave);
    this.#sweeper = setInterval(() => void this.#book.sweep(), SWEEP_MS);
    this.#log.info("serving plugins", {
      socket: path,
      plugins: [...this.#files.keys()].join(", ") || "none",
      pid: process.pid,
      workers: this.#options.workers,
    });
  }

  /** Takes no more events, lets those under way finish within the grace time, and ends. */
  async stop(reason: string): Promise<void> {
    this.#stopping = true;
    this.#log.info("stopping", { reason, workers: this.#options.workers });
    clearInterval(this.#sweeper);
    this.#watcher?.close();
    const { graceMs } = this.#options;
    await this.#crew?.stop(await this.#place?.servedOut(graceMs) ?? graceMs);
    await this.#socket?.close();
    await this.#handover.close();
    this.#log.info("stopped");
  }

  /** What workers have to know of the servers that had the socket before. */
  get #succession(): Succession {
    return {
      older: this.#handover.older,
      takeovers: this.#lineage.takeovers,
      retiring: this.#retiring,
    };
  }

  #watchPlace(socket: HeldSocket): PlaceWatch {
    return new PlaceWatch({
      runtime: this.#runtime,
      path: this.#options.socket.path,
      socket,
      lineage: this.#lineage,
      log: this.#log,
      usage: () => this.#usage(),
      replaced: () => {
        this.#retiring = true;
        this.onReplaced();
        this.#crew?.tellAll({ kind: "retire" });
      },
    });
  }

  async #replaced(): Promise<boolean> {
    return this.#socket !== undefined &&
      !await this.#socket.isAt(resolve(this.#options.socket.path));
  }

  async #usage(): Promise<Usage> {
    const all = await this.#crew!.askAll({ kind: "usage" }) as Usage[];
    const sum = (of: keyof Usage) => all.reduce((sum, usage) => sum + usage[of], 0);
    return { connections: sum("connections"), events: sum("events"), begun: sum("begun") };
  }

  #createCrew(socket: HeldSocket): Crew {
    return new Crew({
      runtime: this.#runtime,
      socket,
      socketPath: this.#options.socket.path,
      limitMs: this.#options.workerTimeoutMs,
      log: this.#log,
      size: this.#options.workers,
      welcome: (worker) => this.#welcome(worker, socket),
      died: (dead) => {
        this.report.died(dead);
        return this.#deaths.died(dead, this.#unloadable.died(dead));
      },
      diedStarting: (dead) => {
        this.report.died(dead);
        return this.#unloadable.died(dead);
      },
      answer: (worker, question) => this.#answer(worker, question),
    });
  }

  #welcome({ slot, record }: WorkerProcess, { childDescriptor }: HeldSocket): Welcome {
    return {
      slot,
      record,
      quarantine: this.#deaths.state,
      imports: this.#unloadable.orders,
      workers: this.#options.workers,
      socket: childDescriptor,
      options: this.#options,
      directory: this.#directory ?? null,
      serverPid: this.#serverPid,
      processId: process.pid,
      beatMs: beatMs(this.#options.workerTimeoutMs),
      instances: this.#book.seeds,
      starter: this.#lineage.starter ?? null,
      succession: this.#succession,
    };
  }

  #answer(worker: WorkerProcess, question: ToSupervisor): unknown {
    switch (question.kind) {
      case "start":
        return this.#book.start(question.name, question.config);
      case "close":
        return this.#book.close(question.id);
      case "load":
        return this.#load(question.directory);
      case "request":
        return this.#forward(worker, question);
      case "replaced":
        return this.#replaced();
      case "spoilt":
        if (question.plugin !== null) this.#deaths.spoilt(question.plugin);
        return void worker.replace(question.plugin, question.what);
      case "refused":
        return this.#deaths.refused(question.suspect);
      case "left": {
        const { slot, ticket } = question;
        return this.#crew?.at(slot)?.tell({ kind: "left", from: worker.serial, ticket });
      }
    }
  }

  /** One watcher for all: they load again together. */
  async #watch(): Promise<void> {
    if (!this.#options.watch) return;
    this.#watcher = new DirectoryWatch(async () => {
      await this.#crew?.askAll({ kind: "reload" });
    });
    if (this.#directory !== undefined) await this.#watcher.turnTo(this.#directory);
  }

  async #load(directory: string): Promise<void> {
    await this.#crew!.askAll({ kind: "load", directory });
    this.#directory = directory;
    await this.#watcher?.turnTo(directory);
  }

  async #forward(
    { serial: from }: WorkerProcess,
    { slot, ticket, bytes }: Extract<ToSupervisor, { kind: "request" }>,
  ): Promise<unknown> {
    try {
      const owner = this.#crew?.at(slot);
      if (!owner) throw new PeerGone("there is no worker");
      return await owner.ask({ kind: "request", from, ticket, bytes });
    } catch (error) {
      if (!(error instanceof PeerGone)) throw error;
      throw new GibbonError("NO_EVENT", "The worker process that ran the event is gone", {
        remedy: "Look for the entry that says how it ended.",
      });
    }
  }
}
