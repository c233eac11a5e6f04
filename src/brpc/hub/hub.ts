// The hub: plugins connect to it, and it calls their methods.
import { Buffer } from "node:buffer";
import process from "node:process";
import type { Duplex } from "node:stream";
import { GibbonError } from "../../base/errors.ts";
import { createLogger } from "../../base/log.ts";
import type { SocketFileOptions } from "../../base/socket_file.ts";
import { detectRuntime } from "../../runtime/detect.ts";
import type { TlsServerOptions } from "../../runtime/contract.ts";
import { type AsyncData, ERR_SHUTDOWN, type PluginInfo } from "../messages.ts";
import { checkPayload, readPayload, writePayload } from "../payload.ts";
import { AsyncValues } from "./async_values.ts";
import type { CallPatience } from "./calls.ts";
import type { HubCluster, RemoteCall } from "./cluster/cluster.ts";
import type { PluginElsewhere } from "./cluster/other_hubs.ts";
import type { JoinOptions } from "./cluster/options.ts";
import { describe } from "./cluster/plugin_elsewhere.ts";
import { Door } from "./door.ts";
import { HUB_LIMITS, type HubLimits } from "./limits.ts";
import type { BroadcastResult, CallOptions, DisconnectCallback, HubOptions } from "./options.ts";
import { readAnswer } from "./plugged.ts";
import { Roster } from "./roster.ts";

export type { BroadcastResult, CallOptions, DisconnectCallback, HubOptions };

/** What stops a hub that is to stop on signals. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * A hub. Plugins connect to it over TCP or a Unix socket, and it calls their methods.
 *
 * @example
 * ```ts
 * import { Socket } from "gibbon/brpc";
 *
 * const hub = new Socket();
 * console.log(`Plugins connect to ${await hub.serve("127.0.0.1:0")}`);
 * for (const [name, { ok }] of await hub.broadcast("ping")) console.log(name, ok);
 * await hub.shutdown();
 * ```
 */
export class Hub {
  readonly #options: HubOptions;
  readonly #limits: HubLimits;
  readonly #roster: Roster;
  readonly #door: Door;
  readonly #values: AsyncValues;
  #cluster: HubCluster | undefined;
  #isJoining = false;
  #shutdown: Promise<void> | undefined;

  constructor(options: HubOptions = {}) {
    const { log = createLogger(() => {}), keySequencer } = options;
    this.#options = options;
    this.#limits = { ...HUB_LIMITS, ...options.limits };
    this.#values = new AsyncValues(this.#limits, log);
    this.#roster = new Roster({ limits: this.#limits, log, keySequencer, values: this.#values });
    this.#door = new Door(this.#roster, this.#limits, log);
    if (options.stopOnSignals) { for (const signal of SIGNALS) process.on(signal, this.#onSignal); }
  }

  /**
   * Listens for plugins; any number of addresses can be served. Whoever reaches an address can be a
   * plugin there, unless `secure` asks for certificates: one that is not this machine's own is
   * warned about.
   *
   * @param address `HOST:PORT` (port 0 for any that is free; without a host it is 127.0.0.1), or a
   *   Unix socket's path with a slash
   * @param secure makes it TLS; with `ca`, plugins need certificates that it has signed
   * @param file permissions of a Unix socket: for its user alone unless said otherwise
   * @returns the address as it is now, with its port
   * @throws {GibbonError} OPTION_INVALID, SOCKET_IN_USE, SOCKET_FAILED; DRAINING after `shutdown`
   */
  async serve(
    address: string,
    secure?: TlsServerOptions,
    file?: SocketFileOptions,
  ): Promise<string> {
    const runtime = this.#options.runtime ?? await detectRuntime();
    return await this.#door.open(runtime, address, secure, file);
  }

  /**
   * Takes a plugin in that comes by a stream of your own, such as a tunnel or a child process. Whether
   * it may be a plugin is for you to decide. The stream is closed when the plugin leaves.
   */
  accept(stream: Duplex): void {
    this.#door.adopt(stream);
  }

  /**
   * Joins other hubs through NATS: from now on plugins of all of them are listed, called and read here as
   * this hub's own are, and no two have one name. docs/brpc.md says what happens when hubs lose each other.
   *
   * @returns what the others call this hub
   * @throws {GibbonError} OPTION_INVALID, also where it has joined already; SOCKET_FAILED if NATS cannot be
   *   reached or refuses this hub; DRAINING after `shutdown`
   */
  async join(options: JoinOptions): Promise<string> {
    if (this.#isJoining) {
      throw new GibbonError("OPTION_INVALID", "The hub has joined others already");
    }
    this.#isJoining = true;
    try {
      const [roster, values] = [this.#roster, this.#values];
      const { log = createLogger(() => {}) } = this.#options;
      // Only those that join wait for it to be loaded.
      const { HubCluster } = await import("./cluster/cluster.ts");
      const cluster = await HubCluster.connect(
        { roster, values, limits: this.#limits, log },
        options,
      );
      if (this.#shutdown) {
        await cluster.leave();
        throw new GibbonError("DRAINING", ERR_SHUTDOWN);
      }
      this.#roster.elsewhere = this.#cluster = cluster;
      cluster.begin();
      return cluster.id;
    } catch (error) {
      this.#isJoining = false;
      throw error;
    }
  }

  /** Ids of the other hubs that this one is joined with. */
  get hubs(): string[] {
    return this.#cluster?.hubs ?? [];
  }

  /**
   * Calls a method of a plugin. Calls run side by side, in any number up to the limit.
   *
   * @param payload goes as JSON; undefined for none
   * @returns what the method gave; undefined for nothing
   * @throws {GibbonError} PLUGIN_UNKNOWN; CALL_FAILED with the method's error as its message, or if
   *   the plugin is gone; DEADLINE; DRAINING if the plugin is being stopped; LIMIT. What `signal` is
   *   aborted with. TypeError if the payload is no JSON
   */
  async call(
    plugin: string,
    method: string,
    payload?: unknown,
    options: CallOptions = {},
  ): Promise<unknown> {
    return await this.#call(plugin, method, writePayload(payload), options, readPayload);
  }

  /**
   * The same for those who pass JSON on: it goes and comes as text, so that numbers keep all their
   * digits (`call` rounds what is beyond 2^53).
   *
   * @param json empty for nothing
   * @returns what the method gave; empty for nothing
   * @throws {GibbonError} as `call`. SyntaxError if the text is no JSON
   */
  async callJson(
    plugin: string,
    method: string,
    json = "",
    options: CallOptions = {},
  ): Promise<string> {
    const payload = Buffer.from(json);
    checkPayload(payload);
    return await this.#call(plugin, method, payload, options, checkPayload);
  }

  /** Calls a method of all plugins, and gives what came of each, by its name. Never rejects. */
  async broadcast(
    method: string,
    payload?: unknown,
    options: CallOptions = {},
  ): Promise<Map<string, BroadcastResult>> {
    const call = async (name: string): Promise<[string, BroadcastResult]> => {
      try {
        return [name, { ok: true, value: await this.call(name, method, payload, options) }];
      } catch (error) {
        return [name, { ok: false, error }];
      }
    };
    return new Map(await Promise.all([...this.connected().keys()].map(call)));
  }

  /**
   * The values that plugins send without being asked, from now on, and `VERSION connected` and
   * `VERSION disconnected` for each plugin. It ends after `shutdown`. Each reader gets all of them,
   * and plugins are read no faster than their values are. Once a reader has taken nothing for
   * `asyncMs` while others wait, its oldest values are dropped, and counted in the log. Calls to a plugin
   * are answered behind the values that it sent before, so do not await one before the next value.
   *
   * @param signal ends it
   */
  async(signal?: AbortSignal): AsyncIterableIterator<AsyncData> {
    return this.#values.read(readPayload, signal);
  }

  /** The same for those who pass JSON on: each payload is its text. */
  asyncJson(signal?: AbortSignal): AsyncIterableIterator<AsyncData<string>> {
    return this.#values.read((payload) => checkPayload(payload) || "null", signal);
  }

  /** Waits for a plugin: true once it is connected, false after so many milliseconds. */
  waitFor(plugin: string, timeoutMs: number): Promise<boolean> {
    return this.#roster.waitFor(plugin, timeoutMs);
  }

  /**
   * The connected plugins by name: copies.
   *
   * @param full with their functions
   */
  connected(full = false): Map<string, PluginInfo> {
    const plugins = new Map<string, PluginInfo>();
    for (const [name, plugin] of this.#cluster?.plugins ?? []) {
      plugins.set(name, describe(plugin, full));
    }
    for (const [name, { info }] of this.#roster.all) {
      plugins.set(name, this.#roster.describe(info, full));
    }
    return plugins;
  }

  /** Calls that plugins have not answered yet. */
  get underWay(): number {
    let calls = 0;
    for (const plugin of this.#roster.all.values()) calls += plugin.calls;
    return calls + (this.#cluster?.underWay ?? 0);
  }

  /** A connected plugin with its functions: a copy. */
  pluginInfo(plugin: string): PluginInfo | undefined {
    const found = this.#roster.all.get(plugin);
    if (found) return this.#roster.describe(found.info, true);
    const remote = this.#cluster?.plugins.get(plugin);
    return remote && describe(remote, true);
  }

  /** Has something called whenever a plugin has left. @returns takes it back */
  registerCallback(callback: DisconnectCallback): () => void {
    return this.#roster.onLeave(callback);
  }

  /**
   * Tells a plugin to finish its calls and leave. Settles when it is gone. A plugin of gibbon does not
   * come back then, while one that reconnects does after `shutdown`.
   *
   * @throws {GibbonError} PLUGIN_UNKNOWN; LIMIT for too long a trace id
   */
  async unplug(plugin: string, { trace = "" }: Pick<CallOptions, "trace"> = {}): Promise<void> {
    const remote = this.#remote(plugin);
    if (remote) await this.#cluster?.unplug(remote, trace);
    else await this.#roster.get(plugin).stop(trace, true);
  }

  /**
   * Takes no more connections, and tells all plugins to finish their calls and leave. Settles when
   * they are gone: after the grace time at the latest.
   */
  shutdown({ trace = "" }: Pick<CallOptions, "trace"> = {}): Promise<void> {
    return this.#shutdown ??= this.#stopAll(trace);
  }

  #call<T>(
    plugin: string,
    method: string,
    payload: Uint8Array,
    { trace = "", timeoutMs = this.#limits.callMs, signal }: CallOptions,
    read: (answer: Uint8Array) => T,
  ): Promise<T> {
    if (!(timeoutMs > 0)) {
      throw new GibbonError("OPTION_INVALID", `timeoutMs is ${timeoutMs}; it must be above 0`);
    }
    const { counts } = this.#options;
    const patience = { timeoutMs, signal };
    const remote = this.#remote(plugin);
    const call = () =>
      remote
        ? this.#callRemote(remote, { method, payload, trace }, patience, read)
        : this.#roster.get(plugin).call(method, payload, trace, patience, read);
    return counts ? counts.watch(plugin, async () => await call()) : call();
  }

  /** A plugin that is on another hub, and not on this one. */
  #remote(plugin: string): PluginElsewhere | undefined {
    return this.#roster.all.has(plugin) ? undefined : this.#cluster?.plugins.get(plugin);
  }

  async #callRemote<T>(
    remote: PluginElsewhere,
    call: RemoteCall,
    patience: CallPatience,
    read: (answer: Uint8Array) => T,
  ): Promise<T> {
    const cluster = this.#cluster as HubCluster;
    return readAnswer(await cluster.call(remote, call, patience), remote.name, call.method, read);
  }

  readonly #onSignal = () => void this.shutdown();

  async #stopAll(trace: string): Promise<void> {
    await Promise.all([this.#door.close(), this.#roster.stop(trace)]);
    await this.#cluster?.leave();
    this.#cluster = undefined;
    this.#values.end();
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }
}
