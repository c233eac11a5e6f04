// Plugins of prox on the gateway's one route: asked before Kong's plugins, and again behind them.
import type { Server } from "node:http";
import { messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { atMost } from "../../base/waiting.ts";
import { Exchange, type RequestParts } from "../../kong/emulator/exchange.ts";
import type { EmulatedNode } from "../../kong/emulator/node.ts";
import type { Binding } from "../../prox/host/binding.ts";
import { Manager } from "../../prox/host/manager.ts";
import type { Runtime } from "../../runtime/contract.ts";
import type { DevConfig } from "../config.ts";
import type { Throttle } from "../throttle.ts";
import { ProxConnections } from "./connections.ts";
import { type DomainMatch, domainMatcher } from "./domain.ts";
import { afterVerdict, type AskedRequest, type Entered, stopped } from "./entered.ts";
import { goRefusal, hostOf, modify, requestInfo, responseInfo } from "./messages.ts";
import { PushedBalancer } from "./pushed_balancer.ts";
import { Speeds } from "./speeds.ts";
import { tellUnreadable } from "./unreadable.ts";

/** What prox calls the gateway's route. */
export const ROUTE_ID = "dev:0";

/** Header bytes of a request that prox reads: what Go's server does, unless it is told otherwise. */
export const PROX_HEAD_BYTES = (1 << 20) + 4096;

/** How long a request waits for plugins that are being started, in milliseconds. */
const PATIENCE_MS = 5000;

/** A plugin to run. */
export interface ProxPluginFile {
  /** What logs call it. */
  readonly name: string;
  /** Path of the executable. */
  readonly path: string;
}

/** What the plugins need. */
export interface ProxPluginsOptions {
  readonly runtime: Pick<Runtime, "spawn" | "connect">;
  readonly log: Logger;
  readonly plugins: readonly ProxPluginFile[];
  readonly config: NonNullable<DevConfig["prox"]>;
  /** How long to wait for plugins that are not ready, in milliseconds: 5000. */
  readonly patienceMs?: number;
  /** See `ManagerOptions.restartDelayMs`. */
  readonly restartDelayMs?: (attempt: number) => number;
}

/** The plugins, and their processes. */
export class ProxPlugins {
  readonly connections: ProxConnections;
  readonly #options: ProxPluginsOptions;
  readonly #manager: Manager;
  readonly #balancer: PushedBalancer;
  readonly #speeds = new Speeds();
  readonly #match: (host: string) => DomainMatch | undefined;
  readonly #domain: string | undefined;
  #plugins: readonly ProxPluginFile[];
  #changed = Promise.withResolvers<void>();

  constructor(options: ProxPluginsOptions) {
    this.#options = options;
    this.#plugins = options.plugins;
    const { runtime, log, restartDelayMs } = options;
    const { domain, balancer: { type, fallback = false } = {} } = options.config;
    this.#balancer = new PushedBalancer(type);
    this.#balancer.setFallback(fallback);
    this.#domain = domain;
    this.#match = domainMatcher(this.#domain);
    this.#manager = new Manager({
      runtime,
      log,
      // Whoever tries a plugin wants to see what it prints.
      stderrLevel: "info",
      groupSpeed: (key, limit) => this.#speeds.setGroup(key, limit),
      changed: () => {
        this.#changed.resolve();
        this.#changed = Promise.withResolvers();
      },
      ...(restartDelayMs ? { restartDelayMs } : {}),
    });
    const route = { routeId: ROUTE_ID, domain: this.#domain ?? "" };
    this.connections = new ProxConnections(this.#manager, route, log, () => this.ready());
  }

  /** Starts the processes, and waits until they are ready; one that is not is in the log. */
  async start(server: Server): Promise<void> {
    this.connections.attach(server);
    tellUnreadable(server, this.#options.log);
    this.#manager.configure(this.#bindings(), this.#routes());
    await this.#manager.start();
    await this.ready();
  }

  /** Runs other plugins from now on. Requests that come meanwhile wait for them. */
  async reload(plugins: readonly ProxPluginFile[]): Promise<void> {
    this.#plugins = plugins;
    await this.#manager.reconfigure(this.#bindings(), this.#routes());
  }

  /** Ends the processes. */
  stop(): Promise<void> {
    return this.#manager.stop();
  }

  /** The process of a plugin, by its name; undefined while there is none. */
  pidOf(name: string): number | undefined {
    const plugin = this.#plugins.find((plugin) => plugin.name === name);
    return plugin && this.#manager.pidOf(plugin.path);
  }

  /** Settles with whether all plugins are ready, after a while if need be. */
  async ready(): Promise<boolean> {
    const end = performance.now() + (this.#options.patienceMs ?? PATIENCE_MS);
    while (this.#missing().length > 0) {
      const left = end - performance.now();
      if (left <= 0) return false;
      await atMost(left, this.#changed.promise);
    }
    return true;
  }

  /**
   * Asks the plugins about a request. prox lets requests pass while a plugin is not ready; here they
   * wait for it, and then fail, so that nothing passes unnoticed.
   */
  async enter(parts: RequestParts, node: EmulatedNode, gone: AbortSignal): Promise<Entered> {
    if (!await this.ready()) return this.#stopped({ parts, node });
    const refused = this.#unrouted(parts, node);
    if (refused) return refused;
    const info = requestInfo(parts, this.#facts(this.#match(hostOf(parts))!));
    const entered = await this.#ask({ parts, node, info }, gone);
    if (!entered.info) this.#balancer.done(info.target ?? "");
    return entered;
  }

  async #ask(asked: AskedRequest, gone: AbortSignal): Promise<Entered> {
    const { log, config: { fallback } } = this.#options;
    try {
      const verdict = await this.#manager.onRequest(ROUTE_ID, asked.info, gone);
      const hasTargets = this.#balancer.hasBeenPushed;
      return afterVerdict(asked, verdict, { fallback, hasTargets, log });
    } catch (error) {
      return stopped(asked, messageOf(error), log);
    }
  }

  /** A request is over: balancers that count connections have one less. */
  over({ info }: Entered): void {
    if (info?.target) this.#balancer.done(info.target);
  }

  /** Answers what prox has no route for; undefined if it has one. */
  #unrouted(parts: RequestParts, node: EmulatedNode): Entered | undefined {
    const status = goRefusal(parts);
    const host = hostOf(parts);
    if (status === undefined && this.#match(host)) return undefined;
    const exchange = new Exchange(node, parts);
    if (status === 400) exchange.fail(400);
    else if (status === 404) exchange.fail(404, "No route: it asks for a whole URL");
    else exchange.fail(404, `No route: ${host} is not ${this.#domain}`);
    return { exchange, way: "answered", note: "prox has no route for it" };
  }

  /** Answers a request on a connection that the plugins could not be asked about. */
  unasked(parts: RequestParts, node: EmulatedNode): Entered {
    return { ...this.#stopped({ parts, node }), way: "refused" };
  }

  /** Has the plugins change a response whose head is about to go out. */
  async leave({ exchange, info, way }: Entered): Promise<void> {
    if (!info || !this.#manager.hasHook(ROUTE_ID, "on_response")) return;
    const isFixed = way === "on" && !info.target;
    try {
      const response = responseInfo(exchange, isFixed);
      modify(exchange, await this.#manager.onResponse(ROUTE_ID, info, response));
    } catch (error) {
      // As in prox, which passes the response on.
      this.#options.log.error("a response was not changed: a plugin of prox failed", {
        error: messageOf(error),
      });
    }
  }

  /** What a response is slowed by. */
  throttles({ speedLimit }: Entered): Throttle[] {
    return this.#speeds.of(this.#manager.getSpeedLimit(ROUTE_ID), speedLimit);
  }

  #stopped(request: { readonly parts: RequestParts; readonly node: EmulatedNode }): Entered {
    const names = this.#missing().join(", ");
    const reason = names === "" ? "it was not ready for the connection" : `${names} is not ready`;
    return stopped(request, reason, this.#options.log);
  }

  #facts({ key, ...match }: DomainMatch) {
    return {
      routeId: ROUTE_ID,
      ...match,
      vars: this.#options.config.vars ?? {},
      target: this.#balancer.nextKeyed(key) ?? "",
    };
  }

  #missing(): string[] {
    return this.#plugins.filter(({ path }) => !this.#manager.isReady(path)).map(({ name }) => name);
  }

  #bindings(): Binding[] {
    const match = this.#domain === undefined ? {} : { match: { domain: this.#domain } };
    return this.#plugins.map(({ name, path }) => ({
      name,
      routeId: ROUTE_ID,
      plugin: path,
      ...match,
      balancer: this.#balancer,
    }));
  }

  #routes() {
    return new Map([[ROUTE_ID, { action: "proxy", balancer: this.#balancer }]]);
  }
}
