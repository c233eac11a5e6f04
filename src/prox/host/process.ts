// One plugin process: lines to its stdin, lines from its stdout and stderr, and its end.
import { basename, resolve } from "node:path";
import { GibbonError, messageOf } from "../../base/errors.ts";
import type { Logger, LogLevel } from "../../base/log.ts";
import { LogBudget } from "../../base/log_budget.ts";
import type { ChildProcess, Runtime } from "../../runtime/contract.ts";
import { jsonLine, type Line, LineReader } from "../../wire/json_lines.ts";
import { LINE_BYTES, type Push, readFailure, readPush } from "../lifecycle.ts";
import type { ProxHostLimits } from "./limits.ts";

/** What a process needs. */
export interface ProcessOptions {
  readonly runtime: Pick<Runtime, "spawn">;
  /** Path of the executable. */
  readonly path: string;
  /** What logs call it; the file's name if left out. */
  readonly name?: string;
  readonly log: Logger;
  readonly limits: ProxHostLimits;
  /** The level at which its stderr is logged: `debug` if left out, as in prox. */
  readonly stderrLevel?: LogLevel;
  /** Takes each push; log entries are in the log already. */
  readonly push: (push: Push) => void;
}

/** A process that runs. */
export class Process {
  readonly name: string;
  readonly #options: ProcessOptions;
  readonly #budget: LogBudget;
  #child: ChildProcess | undefined;
  #stopping: Promise<void> | undefined;

  private constructor(options: ProcessOptions) {
    this.#options = options;
    this.name = options.name ?? basename(options.path);
    const allowance = { lines: options.limits.logLines, stretchMs: 1000 };
    this.#budget = new LogBudget(allowance, (leftOut) => {
      options.log.warn("lines of a plugin were left out", { plugin: this.name, lines: leftOut });
    });
  }

  /**
   * Starts a plugin, without arguments.
   *
   * @throws {GibbonError} PLUGIN_BROKEN if it cannot be started
   */
  static async start(options: ProcessOptions): Promise<Process> {
    const started = new Process(options);
    const { runtime, path } = options;
    try {
      started.#child = await runtime.spawn(resolve(path), [], started.#events());
    } catch (error) {
      throw new GibbonError("PLUGIN_BROKEN", `Cannot start ${path}: ${messageOf(error)}`, {
        plugin: started.name,
        file: path,
        remedy: "It must be there, have the run bit, and begin with #! if it is a script.",
        cause: error,
      });
    }
    void started.exited.then(() => started.#budget.settle());
    return started;
  }

  get pid(): number {
    return this.#running.pid;
  }

  /** How it ended. */
  get exited(): ChildProcess["exited"] {
    return this.#running.exited;
  }

  /** Sends a message. A plugin that does not read is killed. */
  send(message: unknown): void {
    this.#running.write(jsonLine(message));
    const { unsentBytes } = this.#options.limits;
    if (this.#running.unsentBytes <= unsentBytes) return;
    this.#options.log.error("a plugin does not read its stdin: it is killed", {
      plugin: this.name,
      unsent: this.#running.unsentBytes,
    });
    this.#running.kill("SIGKILL");
  }

  /** Closes stdin, and kills the process if it does not end within the grace time. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { graceMs } = this.#options.limits;
    this.#running.endInput();
    const timer = setTimeout(() => {
      this.#options.log.warn("a plugin did not end in time: it is killed", {
        plugin: this.name,
        graceMs,
      });
      this.#running.kill("SIGKILL");
    }, graceMs);
    await this.#running.exited;
    clearTimeout(timer);
  }

  get #running(): ChildProcess {
    if (this.#child) return this.#child;
    throw new GibbonError("PLUGIN_BROKEN", "The process has not been started");
  }

  #events() {
    const stdout = new LineReader({ maxBytes: LINE_BYTES });
    const stderr = new LineReader({ maxBytes: LINE_BYTES });
    return {
      stdout: (bytes: Uint8Array) => {
        stdout.push(bytes);
        for (let line = stdout.next(); line; line = stdout.next()) this.#fromStdout(line);
      },
      stderr: (bytes: Uint8Array) => {
        stderr.push(bytes);
        for (let line = stderr.next(); line; line = stderr.next()) this.#fromStderr(line);
      },
    };
  }

  #fromStdout({ text, isCut }: Line): void {
    if (text === "") return;
    try {
      if (isCut) throw new GibbonError("LIMIT", `A line of more than ${LINE_BYTES} bytes`);
      const push = readPush(text);
      if (push?.method === "log") this.#log(push.params);
      if (push) return this.#options.push(push);
      const failure = readFailure(text);
      if (failure !== undefined) throw new GibbonError("PROTOCOL", `configure failed: ${failure}`);
    } catch (error) {
      this.#entry("warn", `a plugin's message was skipped: ${messageOf(error)}`);
    }
  }

  #fromStderr({ text, isCut }: Line): void {
    const { stderrLevel = "debug" } = this.#options;
    if (text.trim() !== "") this.#entry(stderrLevel, isCut ? `${text}...` : text);
  }

  #log({ level, message, args }: Extract<Push, { readonly method: "log" }>["params"]): void {
    const fields: Record<string, unknown> = {};
    for (let index = 0; index + 1 < args.length; index += 2) {
      fields[String(args[index])] = args[index + 1];
    }
    this.#entry(level, message, fields);
  }

  #entry(level: keyof Logger, message: string, fields: Record<string, unknown> = {}): void {
    if (this.#budget.allows()) {
      this.#options.log[level](message, { ...fields, plugin: this.name });
    }
  }
}
