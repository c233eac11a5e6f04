// The supervisor: holds the socket, keeps the worker processes, and passes on what is between them.
import process from "node:process";
import { GibbonError } from "../../../base/errors.ts";
import { clockId } from "../../engine/ids.ts";
import type { Logger } from "../../../base/log.ts";
import { openHeldSocket } from "../../../runtime/socket/open.ts";
import { type Watcher, watchPlugins } from "../../../modules/watch.ts";
import type { HeldSocket, Runtime } from "../../../runtime/contract.ts";
import type { ServerOptions } from "../options.ts";
import { Crew } from "./crew.ts";
import { Deaths } from "./deaths.ts";
import { PeerGone } from "./failure.ts";
import { InstanceBook } from "./instance_book.ts";
import type { ToSupervisor, Welcome } from "./messages.ts";
import type { WorkerProcess } from "./process.ts";
import { beatMs } from "./watchdog.ts";

/** How often idle instances are looked for, in milliseconds. */
const SWEEP_MS = 30_000;

/** A server of several processes. */
export class Supervisor {
  readonly #runtime: Runtime;
  readonly #options: ServerOptions;
  readonly #log: Logger;
  readonly #serverPid = clockId(Date.now());
  readonly #book: InstanceBook;
  readonly #deaths: Deaths;
  /** Files of the plugins, by their names. */
  #files: ReadonlyMap<string, string> = new Map();
  #directory: string | undefined;
  #crew: Crew | undefined;
  #socket: HeldSocket | undefined;
  #sweeper: ReturnType<typeof setInterval> | undefined;
  #watcher: Watcher | undefined;
  #stopping = false;

  constructor(runtime: Runtime, options: ServerOptions, log: Logger) {
    this.#runtime = runtime;
    this.#options = options;
    this.#log = log;
    this.#directory = options.pluginsDirectory;
    this.#book = new InstanceBook(
      options.limits,
      (question) => this.#crew!.askAll(question),
    );
    this.#deaths = new Deaths({
      log,
      identify: (instance) => this.#book.identify(instance),
      forget: (instance) => this.#book.forget(instance),
      fileOf: (plugin) => this.#files.get(plugin),
      tell: (state) => this.#crew?.tellAll({ kind: "quarantine", state }),
    });
  }

  /**
   * Starts the workers, and lets the socket appear when all of them take connections. Settles early if
   * it is stopped meanwhile.
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
    try {
      this.#socket = await openHeldSocket(this.#runtime, path, ready, file);
    } catch (error) {
      await this.#crew?.stop(0);
      if (this.#stopping) return;
      throw error;
    }
    if (this.#stopping) return await this.#socket.close();
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
    await this.#crew?.stop(this.#options.graceMs);
    await this.#socket?.close();
    this.#log.info("stopped");
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
      died: (dead) => this.#deaths.died(dead),
      answer: (worker, question) => this.#answer(worker, question),
    });
  }

  #welcome({ slot, record }: WorkerProcess, { childDescriptor }: HeldSocket): Welcome {
    return {
      slot,
      record,
      quarantine: this.#deaths.state,
      workers: this.#options.workers,
      socket: childDescriptor,
      options: this.#options,
      directory: this.#directory ?? null,
      serverPid: this.#serverPid,
      processId: process.pid,
      beatMs: beatMs(this.#options.workerTimeoutMs),
      instances: this.#book.seeds,
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
    const { watch, pluginsDirectory } = this.#options;
    if (!watch || pluginsDirectory === undefined) return;
    this.#watcher = await watchPlugins(pluginsDirectory, async () => {
      await this.#crew?.askAll({ kind: "reload" });
    });
  }

  async #load(directory: string): Promise<void> {
    await this.#crew!.askAll({ kind: "load", directory });
    this.#directory = directory;
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
