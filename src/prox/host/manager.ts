// The host of plugins: runs them, calls their hooks on routes, and takes what they push.
import { createLogger, type Logger, type LogLevel } from "../../base/log.ts";
import { detectRuntime } from "../../runtime/detect.ts";
import type { Runtime } from "../../runtime/contract.ts";
import type { HookData, HookResult } from "../encode.ts";
import type { Push } from "../lifecycle.ts";
import { mergeAllowing, mergeModifications } from "../merge.ts";
import type {
  AuthorizeResult,
  ConnInfo,
  ConnResult,
  DisconnectInfo,
  HookName,
  RequestInfo,
  ResponseModResult,
  UpstreamResponseInfo,
} from "../messages.ts";
import type { Binding, RouteInfo } from "./binding.ts";
import { Deadline } from "./deadline.ts";
import { Disconnects } from "./disconnects.ts";
import { indexHooks, type RouteHooks } from "./hook_index.ts";
import { PROX_HOST_LIMITS, type ProxHostLimits, restartDelayMs } from "./limits.ts";
import { applySpeed, applyTargets, speedEntry } from "./pushes.ts";
import type { BuildPlugin } from "./resolve.ts";
import { RouteSpeeds, type SpeedEntry } from "./route_speeds.ts";
import { ProcessSupervisor } from "./supervisor.ts";

/** What a manager needs. */
export interface ManagerOptions {
  /** The runtime that runs this unless said otherwise. */
  readonly runtime?: Pick<Runtime, "spawn" | "connect">;
  /** Takes what people should know of; nothing is logged without it. */
  readonly log?: Logger;
  readonly limits?: Partial<ProxHostLimits>;
  /**
   * How long to wait before a plugin is started again, in milliseconds, by the number of the
   * attempt since it last said something; 1 s, 2 s, 4 s, ... 30 s if left out.
   */
  readonly restartDelayMs?: (attempt: number) => number;
  /**
   * What becomes of calls while a plugin that has been ready is gone. Left out or false: they fail,
   * as in prox, until it is ready again. True: they go on without it, and what it guards is open.
   */
  readonly failOpen?: boolean;
  /** The level at which what plugins write to stderr is logged: `debug` if left out, as in prox. */
  readonly stderrLevel?: LogLevel;
  /**
   * Makes an executable of a plugin that is given as a directory or as a file that cannot be started,
   * as `prox build` does for Go. Asked before each start.
   */
  readonly build?: BuildPlugin;
  /** Told of a limit that a plugin pushed for the connections with a group key. */
  readonly groupSpeed?: (groupKey: string, limit: SpeedEntry) => void;
  /** Told when a plugin has become ready, has other hooks, or is gone. */
  readonly changed?: () => void;
}

/**
 * Runs plugins: one process for each executable, however many routes it is bound to.
 *
 * @example
 * ```ts
 * import { Manager, RoundRobinBalancer } from "gibbon/prox/host";
 *
 * const manager = new Manager();
 * const balancer = new RoundRobinBalancer();
 * manager.configure([{ routeId: "api:0", plugin: "./plugins/auth.ts", balancer }]);
 * await manager.start();
 * const verdict = await manager.onRequest("api:0", {
 *   routeId: "api:0",
 *   domain: "example.com",
 *   method: "GET",
 *   path: "/",
 *   remoteAddr: "192.0.2.7:50000",
 *   headers: {},
 * });
 * console.log(verdict.allow, balancer.next());
 * await manager.stop();
 * ```
 */
export class Manager {
  readonly #options: ManagerOptions;
  readonly #log: Logger;
  #runtime: ManagerOptions["runtime"];
  readonly #limits: ProxHostLimits;
  readonly #plugins = new Map<string, ProcessSupervisor>();
  readonly #disconnects: Disconnects;
  readonly #speeds: RouteSpeeds;
  #bindings: readonly Binding[] = [];
  #routes: ReadonlyMap<string, RouteInfo> = new Map();
  #index: ReadonlyMap<string, RouteHooks> = new Map();
  /** How often it was stopped: a start that came before must not go on behind that. */
  #stops = 0;
  /** Supervisors that are on their way out. */
  readonly #leaving = new Set<Promise<void>>();

  constructor(options: ManagerOptions = {}) {
    this.#options = options;
    this.#runtime = options.runtime;
    this.#log = options.log ?? createLogger(() => {});
    this.#limits = { ...PROX_HOST_LIMITS, ...options.limits };
    this.#disconnects = new Disconnects(this.#log, this.#limits.waitingDisconnects);
    this.#speeds = new RouteSpeeds(this.#limits.unknownSpeeds);
  }

  /**
   * Sets what `start` is to run.
   *
   * @param bindings which plugins are on which routes, in the order in which they are asked
   * @param routes all routes, by id, for pushes to routes by their action or to all
   */
  configure(
    bindings: readonly Binding[],
    routes: ReadonlyMap<string, RouteInfo> = new Map(),
  ): void {
    this.#bindings = [...bindings];
    this.#routes = new Map(routes);
    const known = new Set([...routes.keys(), ...bindings.map(({ routeId }) => routeId)]);
    this.#speeds.setKnown((routeId) => known.has(routeId));
    this.#reindex();
  }

  /**
   * Starts the plugins. Settles when each has been tried; one that cannot be started is logged, and
   * tried again and again. They are not ready yet.
   */
  async start(): Promise<void> {
    const stops = this.#stops;
    const runtime = this.#runtime ??= await detectRuntime();
    if (this.#stops !== stops) return;
    const paths = [...new Set(this.#bindings.map(({ plugin }) => plugin))];
    await Promise.all(
      paths.filter((path) => !this.#plugins.has(path)).map((path) => {
        const supervisor = this.#supervise(path, runtime);
        this.#plugins.set(path, supervisor);
        return supervisor.start();
      }),
    );
  }

  /**
   * Changes to other bindings: starts plugins that are new, ends those that are bound no longer
   * once their calls are done, and tells all others their routes. Calls under way go on.
   */
  async reconfigure(
    bindings: readonly Binding[],
    routes: ReadonlyMap<string, RouteInfo> = new Map(),
  ): Promise<void> {
    this.configure(bindings, routes);
    const bound = new Set(bindings.map(({ plugin }) => plugin));
    for (const [path, supervisor] of [...this.#plugins]) {
      if (bound.has(path)) supervisor.configure();
      else {
        this.#plugins.delete(path);
        this.#leave(supervisor);
      }
    }
    this.#reindex();
    await this.start();
  }

  /** Ends all plugins. Settles when their processes are gone. */
  async stop(): Promise<void> {
    this.#stops++;
    for (const supervisor of this.#plugins.values()) this.#leave(supervisor);
    this.#plugins.clear();
    this.#reindex();
    await this.#disconnects.stop();
    await Promise.all(this.#leaving);
  }

  /**
   * Whether any plugin on the route has the hook. One that was never ready has none; one that has
   * been ready and is gone keeps its hooks, unless `failOpen` is set. Made for each request.
   */
  hasHook(routeId: string, hook: HookName): boolean {
    const route = this.#index.get(routeId);
    return route !== undefined && Object.hasOwn(route.callers, hook) &&
      route.callers[hook].length > 0;
  }

  /** Whether a plugin has said what hooks it has, and runs. */
  isReady(plugin: string): boolean {
    return this.#plugins.get(plugin)?.isReady ?? false;
  }

  /** The process of a plugin, by its path; undefined while there is none. */
  pidOf(plugin: string): number | undefined {
    return this.#plugins.get(plugin)?.pid;
  }

  /**
   * Asks the route's plugins about a request, one after the other. The first that does not allow it
   * ends that, and its verdict is returned as it is; those of plugins that allow are merged.
   *
   * @param signal gives up
   * @throws {GibbonError} DEADLINE, SOCKET_FAILED, PROTOCOL, LIMIT: answer with 500
   */
  onRequest(
    routeId: string,
    request: RequestInfo,
    signal?: AbortSignal,
  ): Promise<AuthorizeResult> {
    return this.#ask(routeId, "on_request", request, { allow: true }, {
      isLast: (verdict) => !verdict.allow,
      merge: mergeAllowing,
    }, signal);
  }

  /**
   * Has the route's plugins change a response. All are asked, and what they want is merged.
   *
   * @param signal gives up
   * @throws {GibbonError} DEADLINE, SOCKET_FAILED, PROTOCOL, LIMIT: prox passes the response on then
   */
  onResponse(
    routeId: string,
    request: RequestInfo,
    response: UpstreamResponseInfo,
    signal?: AbortSignal,
  ): Promise<ResponseModResult> {
    return this.#ask(routeId, "on_response", { req: request, resp: response }, {}, {
      isLast: () => false,
      merge: mergeModifications,
    }, signal);
  }

  /**
   * Asks the route's plugins about a connection; the first that does not allow it ends that.
   *
   * @param signal gives up
   * @throws {GibbonError} DEADLINE, SOCKET_FAILED, PROTOCOL, LIMIT: close the connection
   */
  onConnect(routeId: string, connection: ConnInfo, signal?: AbortSignal): Promise<ConnResult> {
    return this.#ask(routeId, "on_connect", connection, { allow: true }, {
      isLast: (verdict) => !verdict.allow,
      merge: (_, later) => later,
    }, signal);
  }

  /** Tells the route's plugins that a connection is over, in the background. Never fails. */
  onDisconnect(routeId: string, info: DisconnectInfo): void {
    const callers = this.#index.get(routeId)?.callers.on_disconnect ?? [];
    if (callers.length > 0) this.#disconnects.add(info, callers);
  }

  /** The limit that plugins pushed for a route. */
  getSpeedLimit(routeId: string): SpeedEntry {
    return this.#speeds.get(routeId);
  }

  /** Asks a route's plugins, within one deadline. */
  async #ask<H extends keyof HookResult>(
    routeId: string,
    hook: H,
    data: HookData[H],
    nothing: HookResult[H],
    rule: AskRule<HookResult[H]>,
    signal?: AbortSignal,
  ): Promise<HookResult[H]> {
    const route = this.#index.get(routeId);
    const callers = route?.callers[hook] ?? [];
    if (!route || callers.length === 0) return nothing;
    const deadline = new Deadline(route.timeoutMs, signal);
    try {
      let merged = nothing;
      for (const caller of callers) {
        const result = await caller.call(hook, data, deadline);
        if (rule.isLast(result)) return result;
        merged = rule.merge(merged, result);
      }
      return merged;
    } finally {
      deadline.clear();
    }
  }

  #supervise(path: string, runtime: Pick<Runtime, "spawn" | "connect">): ProcessSupervisor {
    const supervisor: ProcessSupervisor = new ProcessSupervisor({
      runtime,
      path,
      name: this.#bindings.find(({ plugin }) => plugin === path)?.name,
      log: this.#log,
      limits: this.#limits,
      restartDelayMs: this.#options.restartDelayMs ?? restartDelayMs,
      routes: () => this.#bindings.filter(({ plugin }) => plugin === path),
      stderrLevel: this.#options.stderrLevel,
      build: this.#options.build,
      failOpen: this.#options.failOpen ?? false,
      changed: () => this.#reindex(),
      push: (push) => this.#take(push, { name: supervisor.name, path }),
    });
    return supervisor;
  }

  #take(push: Push, by: { readonly name: string; readonly path: string }): void {
    const to = { bindings: this.#bindings, routes: this.#routes };
    const { groupSpeed } = this.#options;
    const log = this.#log;
    if (push.method === "set_targets") applyTargets(push, by, to, log);
    if (push.method !== "set_speed") return;
    applySpeed(push, by, to, this.#speeds, log);
    if (push.params.group_key) groupSpeed?.(push.params.group_key, speedEntry(push));
  }

  #leave(supervisor: ProcessSupervisor): void {
    const leaving = supervisor.stop().finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  #reindex(): void {
    this.#index = indexHooks(this.#bindings, this.#plugins, this.#limits.callMs);
    this.#options.changed?.();
  }
}

/** How the answers of several plugins become one. */
interface AskRule<T> {
  /** Whether an answer stands for itself, and ends the asking. */
  readonly isLast: (answer: T) => boolean;
  readonly merge: (earlier: T, later: T) => T;
}
