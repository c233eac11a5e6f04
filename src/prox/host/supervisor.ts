// Keeps one plugin running: starts it, tells it its routes, and starts it again when it has ended.
import { basename } from "node:path";
import { messageOf } from "../../base/errors.ts";
import type { Logger, LogLevel } from "../../base/log.ts";
import type { Runtime } from "../../runtime/contract.ts";
import { configureMessage, type ConfigureParams, type Push } from "../lifecycle.ts";
import { HOOK_NAMES, type HookName } from "../messages.ts";
import { Caller } from "./caller.ts";
import type { ProxHostLimits } from "./limits.ts";
import { Process } from "./process.ts";
import { type BuildPlugin, resolvePlugin } from "./resolve.ts";

/** What a supervisor needs. */
export interface SupervisorOptions {
  readonly runtime: Pick<Runtime, "spawn" | "connect">;
  /** Path of the executable. */
  readonly path: string;
  /** What logs call it; the file's name if left out. */
  readonly name?: string | undefined;
  readonly log: Logger;
  readonly limits: ProxHostLimits;
  /** How long to wait before the attempt of that number to start it again, in milliseconds. */
  readonly restartDelayMs: (attempt: number) => number;
  /** The routes that it is bound to now. */
  readonly routes: () => readonly ConfigureParams[];
  /** The level at which its stderr is logged: `debug` if left out. */
  readonly stderrLevel?: LogLevel | undefined;
  /** Makes an executable of what `path` names, if that is none. */
  readonly build?: BuildPlugin | undefined;
  /** Whether the hooks of a plugin that has ended are skipped, not failed. */
  readonly failOpen: boolean;
  /** Told when there is another caller, or other hooks. */
  readonly changed: () => void;
  /** Takes pushes but `ready`. */
  readonly push: (push: Push) => void;
}

/** A plugin that is kept running. */
export class ProcessSupervisor {
  readonly name: string;
  readonly #options: SupervisorOptions;
  #process: Process | undefined;
  #caller: Caller | undefined;
  #hooks: readonly HookName[] = [];
  #isReady = false;
  #attempt = 0;
  #isStopped = false;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #tried: Promise<void> | undefined;
  #wake = () => {};

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.name = options.name ?? basename(options.path);
  }

  /**
   * Calls its hooks; undefined before it has been ready for the first time. That of a process which
   * has ended stays until the next one is ready, and fails each call. With `failOpen` it goes.
   */
  get caller(): Caller | undefined {
    return this.#caller;
  }

  /** The hooks that its caller calls. */
  get hooks(): readonly HookName[] {
    return this.#caller ? this.#hooks : [];
  }

  /** Whether its process runs, and has said what hooks it has. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Its process; undefined while there is none. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts it. Settles when that has been tried once; whether it worked is in the log. */
  start(): Promise<void> {
    this.#tried ??= new Promise((resolve) => this.#running = this.#run(resolve));
    return this.#tried;
  }

  /** Tells it its routes. */
  configure(): void {
    for (const route of this.#options.routes()) this.#process?.send(configureMessage(route));
  }

  /** Ends it, for good. Calls under way are finished. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopping.abort(new Error("the host stops"));
    this.#wake();
    this.#caller?.close();
    await this.#process?.stop();
    await this.#running;
  }

  async #run(tried: () => void): Promise<void> {
    while (!this.#isStopped) {
      const process = await this.#start();
      tried();
      if (process) await this.#follow(process);
      if (!this.#isStopped) await this.#pause();
    }
  }

  async #start(): Promise<Process | undefined> {
    const { runtime, path, build, log, limits, stderrLevel } = this.#options;
    try {
      const process = await Process.start({
        runtime,
        path: await resolvePlugin(path, build, this.#stopping.signal),
        name: this.name,
        log,
        limits,
        ...(stderrLevel ? { stderrLevel } : {}),
        push: (push) => this.#take(push),
      });
      log.info("a plugin was started", { plugin: this.name, pid: process.pid });
      return process;
    } catch (error) {
      if (!this.#isStopped) log.error(messageOf(error), { plugin: this.name });
      return undefined;
    }
  }

  /** Settles when the process has ended. */
  async #follow(process: Process): Promise<void> {
    this.#process = process;
    if (this.#isStopped) await process.stop();
    else this.configure();
    const { code, signal } = await process.exited;
    this.#process = undefined;
    const { failOpen, log } = this.#options;
    this.#isReady = false;
    this.#caller?.destroy();
    if (failOpen) this.#caller = undefined;
    this.#options.changed();
    if (this.#isStopped) return;
    const meanwhile = this.#caller ? "fail" : "are skipped";
    log.warn(`a plugin has ended; its hooks ${meanwhile} until it is back`, {
      plugin: this.name,
      code: code ?? undefined,
      signal: signal ?? undefined,
    });
  }

  async #pause(): Promise<void> {
    const delayMs = this.#options.restartDelayMs(++this.#attempt);
    this.#options.log.info("a plugin will be started again", {
      plugin: this.name,
      attempt: this.#attempt,
      delayMs,
    });
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #take(push: Push): void {
    this.#attempt = 0;
    if (this.#isStopped) return;
    if (push.method === "ready") this.#ready(push.params);
    else this.#options.push(push);
  }

  /** A plugin may say this again and again: the connections stay, if the socket does. */
  #ready({ socket, hooks }: Extract<Push, { readonly method: "ready" }>["params"]): void {
    const { runtime, log, limits } = this.#options;
    this.#hooks = HOOK_NAMES.filter((hook) => hooks.includes(hook));
    const unknown = hooks.filter((hook) => !HOOK_NAMES.includes(hook as HookName));
    if (unknown.length > 0) {
      log.warn("a plugin has hooks that there are not", { plugin: this.name, hooks: unknown });
    }
    // A new process may name the socket of the one before it: that one's caller is of no use.
    if (!this.#isReady || this.#caller?.socket !== socket) {
      this.#isReady = true;
      this.#caller?.close();
      this.#caller = new Caller({ runtime, socket, plugin: this.name, limits });
      log.info("a plugin is ready", { plugin: this.name, hooks: this.#hooks.join(" ") });
    }
    this.#options.changed();
  }
}
