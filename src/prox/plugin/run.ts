// A prox plugin process from its first line to its last.
import { GibbonError, messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { atMost } from "../../base/waiting.ts";
import type { Runtime } from "../../runtime/contract.ts";
import { type Line, LineReader } from "../../wire/json_lines.ts";
import { LINE_BYTES, readConfigure } from "../lifecycle.ts";
import { HookEndpoint } from "./endpoint.ts";
import { Hooks } from "./hooks.ts";
import { PROX_PLUGIN_LIMITS, type ProxPluginLimits } from "./limits.ts";
import type { ProxCounts } from "./metrics.ts";
import type { ProxPlugin } from "./plugin.ts";
import { createProx } from "./prox.ts";
import { PushQueue, type WriteLine } from "./push_queue.ts";

/** What a process is made of. */
export interface ProxPluginOptions {
  readonly runtime: Pick<Runtime, "listen" | "connect">;
  /** At least one; on each call they run in this order. */
  readonly plugins: readonly ProxPlugin[];
  /** The process' stdin. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Writes to the process' stdout, which must be nobody else's. */
  readonly output: WriteLine;
  /** What concerns the process and not a call; it goes to stderr. */
  readonly log: Logger;
  /** Ends the process as the end of `input` does. */
  readonly stop?: AbortSignal;
  readonly limits?: Partial<ProxPluginLimits>;
  /** Counts calls. */
  readonly counts?: ProxCounts | undefined;
}

/**
 * Runs plugins for a host until it closes stdin, or `stop` is aborted. Calls that are under way
 * then are finished, within the grace time.
 *
 * @throws {GibbonError} SOCKET_FAILED if there is no place for the socket
 */
export async function runProxPlugin(options: ProxPluginOptions): Promise<void> {
  const { runtime, plugins, log } = options;
  const limits = { ...PROX_PLUGIN_LIMITS, ...options.limits };
  const pushes = new PushQueue(options.output);
  const prox = createProx(pushes);
  // A handler's failure is the host's business: at stderr, hosts look only when they debug.
  const hooks = new Hooks({
    ...{ plugins, prox, log: prox.log, limits },
    counts: options.counts,
  });
  const endpoint = hooks.names.length > 0
    ? await HookEndpoint.open({ runtime, hooks, log, limits })
    : undefined;
  try {
    const session = new PluginRun(hooks, pushes, endpoint, log);
    await Promise.race([session.read(options.input), aborted(options.stop)]);
    await drain(hooks, pushes, log, limits.graceMs);
  } finally {
    await endpoint?.close();
  }
}

/** The lifecycle channel. */
class PluginRun {
  readonly #hooks: Hooks;
  readonly #pushes: PushQueue;
  readonly #endpoint: HookEndpoint | undefined;
  readonly #log: Logger;
  #isReady = false;

  constructor(
    hooks: Hooks,
    pushes: PushQueue,
    endpoint: HookEndpoint | undefined,
    log: Logger,
  ) {
    this.#hooks = hooks;
    this.#pushes = pushes;
    this.#endpoint = endpoint;
    this.#log = log;
  }

  /** Settles when the host sends no more. */
  async read(input: AsyncIterable<Uint8Array>): Promise<void> {
    const reader = new LineReader({ maxBytes: LINE_BYTES });
    try {
      for await (const chunk of input) {
        reader.push(chunk);
        for (let line = reader.next(); line; line = reader.next()) this.#take(line);
      }
    } catch (error) {
      this.#log.warn("stdin cannot be read any more", { error: messageOf(error) });
    }
  }

  #take({ text, isCut }: Line): void {
    if (text.trim() === "") return;
    try {
      if (isCut) throw new GibbonError("LIMIT", `A line of more than ${LINE_BYTES} bytes`);
      void this.#configure(readConfigure(text));
    } catch (error) {
      this.#log.warn(`the host said what makes no sense: ${messageOf(error)}`);
    }
  }

  async #configure(route: ReturnType<typeof readConfigure>): Promise<void> {
    // The handlers begin before the host can call: calls of this route wait for them.
    const configured = this.#hooks.configure(route);
    this.#tellReady();
    try {
      await configured;
      this.#pushes.send({ result: "ok" });
    } catch (error) {
      this.#pushes.send({ error: messageOf(error).slice(0, 4096) });
      this.#log.error("onConfigure failed", { route: route.routeId, error: messageOf(error) });
    }
  }

  /**
   * Once in the life of the process: a host may drop its connections each time. And at once: until
   * then, requests pass by the plugin.
   */
  #tellReady(): void {
    if (this.#isReady || !this.#endpoint) return;
    this.#isReady = true;
    const { names: hooks } = this.#hooks;
    this.#pushes.send({ method: "ready", params: { socket: this.#endpoint.path, hooks } });
  }
}

/** Finishes what is under way. */
async function drain(hooks: Hooks, pushes: PushQueue, log: Logger, graceMs: number): Promise<void> {
  await atMost(graceMs, hooks.idle().then(() => pushes.flushed()));
  if (hooks.underWay > 0) {
    log.warn("calls were cut off: their grace time is over", { calls: hooks.underWay });
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}
