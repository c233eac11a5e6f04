// A hub plugin from its first connection to its last.
import type { Duplex } from "node:stream";
import { GibbonError } from "../../base/errors.ts";
import { createLogger, type Logger } from "../../base/log.ts";
import { pause } from "../../base/waiting.ts";
import { detectRuntime } from "../../runtime/detect.ts";
import type { TlsClientOptions } from "../../runtime/contract.ts";
import { type HubRuntime, type HubTarget, parseAddress } from "../address.ts";
import { setTimer } from "../timer.ts";
import { addSender, type DefinedHubPlugin, sendAsync } from "./define.ts";
import { HUB_PLUGIN_LIMITS, type HubPluginLimits } from "./limits.ts";
import { checkHubPlugin, definitionOf, type HubPlugin } from "./plugin.ts";
import { HubSession, type SessionEnd } from "./session.ts";

/** How a plugin is run. */
export interface HubPluginOptions {
  /**
   * The hub's address: `HOST:PORT`, or a Unix socket's path with a slash in it. Or a stream that leads
   * to the hub already; it is closed in the end.
   */
  readonly hub: string | Duplex;
  /** Makes the connection TLS. */
  readonly secure?: TlsClientOptions;
  /**
   * Connects again, after pauses that grow, when the hub cannot be reached, is gone or has stopped, or
   * has another plugin of this name. A plugin that gibbon's hub has unplugged leaves all the same; a
   * hub in Go says the same when it stops and when it unplugs one.
   */
  readonly reconnect?: boolean;
  /** Ends the plugin as the hub's Shutdown does. */
  readonly stop?: AbortSignal;
  /** Takes what people should know of; nothing is logged without it. */
  readonly log?: Logger;
  readonly limits?: Partial<HubPluginLimits>;
  /** The runtime that runs this unless said otherwise. */
  readonly runtime?: HubRuntime;
}

/**
 * Connects a plugin to a hub and answers its calls until the hub tells it to leave, or `stop` is
 * aborted. Calls that are under way then are finished.
 *
 * @param plugin what defineHubPlugin gave
 * @throws {GibbonError} PLUGIN_INVALID, OPTION_INVALID. Without `reconnect` also SOCKET_FAILED if
 *   the hub cannot be reached or is gone, PLUGIN_DUPLICATE if it refuses the plugin
 *
 * @example
 * ```ts
 * import { defineHubPlugin, method, runHubPlugin, Socket } from "gibbon/brpc";
 *
 * const hub = new Socket();
 * const address = await hub.serve("127.0.0.1:0");
 * const methods = { greet: method({}, (name) => `Hello, ${name}!`) };
 * const running = runHubPlugin(defineHubPlugin({ name: "greeter", version: "1.0.0", methods }), {
 *   hub: address,
 * });
 * await hub.waitFor("greeter", 5000);
 * console.assert(await hub.call("greeter", "greet", "Ann") === "Hello, Ann!");
 * await hub.shutdown();
 * await running;
 * ```
 */
export async function runHubPlugin(
  plugin: DefinedHubPlugin,
  options: HubPluginOptions,
): Promise<void> {
  const definition = definitionOf(plugin);
  if (!definition) {
    throw new GibbonError("PLUGIN_INVALID", "That is no plugin for a hub", {
      remedy: "Make it with defineHubPlugin({ ... }).",
    });
  }
  await runLoadedHubPlugin(checkHubPlugin(definition), options);
}

/** The same with a plugin that was checked. */
export async function runLoadedHubPlugin(
  plugin: HubPlugin,
  options: HubPluginOptions,
): Promise<void> {
  const run = new Run(plugin, options, options.runtime ?? await detectRuntime());
  await run.untilStopped();
}

class Run {
  readonly #plugin: HubPlugin;
  readonly #options: HubPluginOptions;
  readonly #address: HubTarget;
  readonly #log: Logger;
  readonly #limits: HubPluginLimits;
  readonly #runtime: HubRuntime;
  /** Ends what waits between two connections. */
  readonly #stopping = new AbortController();
  #session: HubSession | undefined;

  constructor(plugin: HubPlugin, options: HubPluginOptions, runtime: HubRuntime) {
    this.#plugin = plugin;
    this.#options = options;
    this.#runtime = runtime;
    const { hub } = options;
    this.#address = typeof hub === "string" ? parseAddress(hub) : { stream: hub };
    if (typeof hub !== "string" && options.reconnect) {
      throw new GibbonError("OPTION_INVALID", "A stream cannot be connected again", {
        remedy: "Leave reconnect out, and run the plugin again with another stream.",
      });
    }
    this.#log = options.log ?? createLogger(() => {});
    this.#limits = { ...HUB_PLUGIN_LIMITS, ...options.limits };
  }

  async untilStopped(): Promise<void> {
    const { stop } = this.#options;
    const { definition } = this.#plugin;
    const onStop = () => {
      this.#stopping.abort();
      this.#session?.stop();
    };
    if (stop?.aborted) return;
    stop?.addEventListener("abort", onStop, { once: true });
    const send = sendAsync(
      (value) => this.#session?.async(value) ?? false,
      () => this.#session?.async.drained() ?? Promise.resolve(false),
    );
    const removeSender = addSender(definition, send);
    try {
      definition.useAsyncHook?.(send, this.#stopping.signal);
      await this.#connectAgainAndAgain();
    } finally {
      removeSender();
      stop?.removeEventListener("abort", onStop);
      this.#stopping.abort();
    }
  }

  /** The hub, for people. */
  get #where(): string {
    const { hub } = this.#options;
    return typeof hub === "string" ? hub : "a stream";
  }

  async #connectAgainAndAgain(): Promise<void> {
    const { reconnect = false } = this.#options;
    for (let { backoffMs } = this.#limits; !this.#stopping.signal.aborted;) {
      const began = performance.now();
      const failure = await this.#connectOnce();
      if (!failure || this.#stopping.signal.aborted) return;
      if (!reconnect) throw failure;
      // A connection that held for a while was a good one: the next pause is a short one again.
      if (performance.now() - began > backoffMs) backoffMs = this.#limits.backoffMs;
      this.#log.warn("connecting again", {
        plugin: this.#plugin.info.name,
        reason: failure.message,
      });
      await pause(backoffMs * (0.5 + Math.random() / 2), this.#stopping.signal);
      backoffMs = Math.min(2 * backoffMs, this.#limits.longestBackoffMs);
    }
  }

  /** @returns why there has to be another connection; undefined if there is none to come */
  async #connectOnce(): Promise<GibbonError | undefined> {
    const { name, version } = this.#plugin.info;
    try {
      this.#session = await this.#open();
    } catch (error) {
      if (error instanceof GibbonError && error.code === "SOCKET_FAILED") return error;
      throw error;
    }
    this.#log.info("connected to the hub", { plugin: name, version, hub: this.#where });
    if (this.#stopping.signal.aborted) this.#session.stop();
    const end = await this.#session.ended;
    this.#session = undefined;
    return this.#failureOf(end, name);
  }

  async #open(): Promise<HubSession> {
    const { connectMs } = this.#limits;
    const giveUp = new AbortController();
    const late = () => giveUp.abort(new Error(`nobody answers within ${connectMs} ms`));
    const timer = setTimer(late, connectMs);
    try {
      return await HubSession.open(
        { runtime: this.#runtime, plugin: this.#plugin, log: this.#log, limits: this.#limits },
        this.#address,
        {
          secure: this.#options.secure,
          signal: AbortSignal.any([giveUp.signal, this.#stopping.signal]),
        },
      );
    } finally {
      clearTimeout(timer);
    }
  }

  #failureOf(end: SessionEnd, plugin: string): GibbonError | undefined {
    switch (end.kind) {
      case "stopped":
        return void this.#log.info("the plugin has stopped", { plugin });
      case "dismissed":
        if (this.#options.reconnect) return new GibbonError("DRAINING", "The hub has stopped");
        return void this.#log.info("the hub has stopped, and the plugin with it", { plugin });
      case "refused":
        return new GibbonError("PLUGIN_DUPLICATE", `The hub refuses ${plugin}: ${end.reason}`, {
          plugin,
          remedy:
            "Give the plugin another name, or let the hub rename plugins (gibbon hub --rename).",
        });
      case "lost":
        return new GibbonError("SOCKET_FAILED", `The connection to the hub broke: ${end.reason}`, {
          plugin,
          remedy: "See the hub's log, or connect again by itself: --reconnect.",
        });
    }
  }
}
