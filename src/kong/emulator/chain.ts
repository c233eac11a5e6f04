// The plugins of a node, run for an exchange phase by phase, in Kong's order.
import { GibbonError, messageOf } from "../../base/errors.ts";
import type { Phase } from "../engine/phases.ts";
import type { Exchange, HandlerRun } from "./exchange.ts";
import { perform } from "./perform.ts";
import type { PdkTable } from "./pdk/function.ts";
import type { PluginEntity } from "./plugin_entity.ts";
import { byScope, type ScopedPlugin } from "./plugin_scopes.ts";
import { kongError, routeRequest } from "./route_request.ts";
import type { HandlerEnd, Numbering, PluginRunner } from "./runner.ts";

/** A PDK call that a plugin made, for those who watch. */
export interface ObservedCall {
  readonly exchange: Exchange;
  readonly plugin: string;
  readonly phase: Phase;
  readonly method: string;
  readonly args: readonly unknown[];
  /** Its result, or what it raised: a `RequestExit` where it ended the request. */
  readonly outcome: { readonly result: unknown } | { readonly raised: unknown };
}

/** A handler's run that begins, for those who watch. */
export interface ObservedRun {
  readonly exchange: Exchange;
  readonly plugin: PluginEntity;
  readonly phase: Phase;
  /** From `performance.now()`. */
  readonly begun: number;
}

/** How a chain is set up. */
export interface PluginChainOptions {
  readonly plugins: Iterable<PluginEntity>;
  readonly runner: PluginRunner;
  /** The functions, if they are not Kong's. */
  readonly pdk?: PdkTable;
  /** Sees every PDK call. */
  readonly observe?: (call: ObservedCall) => void;
  /** Sees every run as it begins; what it gives is told the number of its command. */
  readonly observeRun?: (run: ObservedRun) => Numbering;
}

/**
 * The plugins of a node. Until there is a route, and for requests that take none, those run that are
 * for every request; then of each plugin the configuration whose scope is the narrowest. For one
 * exchange: `before`, then the service is asked if
 * nothing has ended the request, then `after`, and when the response is out, `log`.
 */
export class PluginChain {
  readonly plugins: readonly ScopedPlugin[];
  readonly #options: PluginChainOptions;

  constructor(options: PluginChainOptions) {
    this.plugins = byScope(options.plugins);
    this.#options = options;
  }

  /**
   * The phases before the service: certificate if there is TLS, all of rewrite, all of access.
   *
   * @returns whether the service is to be asked; if not, the response stands in the exchange
   */
  async before(exchange: Exchange): Promise<boolean> {
    exchange.node.requests++;
    const { tls } = exchange.original;
    const phases: Phase[] = tls && tls.isFirst !== false ? ["certificate", "rewrite"] : ["rewrite"];
    for (const phase of phases) {
      await this.#run(exchange, phase);
      if (exchange.source !== undefined) return false;
    }
    if (!routeRequest(exchange)) return false;
    await this.#access(exchange);
    if (exchange.source !== undefined) return false;
    if (exchange.service === undefined && exchange.node.router && !exchange.isRedirected) {
      kongError(exchange, 503, "no Service found with those values");
      return false;
    }
    return true;
  }

  /**
   * The phases of a connection of a stream route, whose route is known: certificate if there is TLS,
   * all of preread.
   *
   * @returns whether it goes on to the service; if not, the exchange says how it ended
   */
  async preread(exchange: Exchange): Promise<boolean> {
    exchange.node.requests++;
    if (exchange.original.tls) await this.#run(exchange, "certificate");
    if (exchange.source !== undefined) return false;
    exchange.plugins = this.plugins.flatMap((scoped) => scoped.pick(exchange) ?? []);
    await this.#run(exchange, "preread");
    return exchange.source === undefined;
  }

  /** The response phase: the service has answered, and its answer is held back. */
  async after(exchange: Exchange): Promise<void> {
    if (exchange.source === "service") await this.#run(exchange, "response");
  }

  /** The log phase: the response is out, and nothing can change it. */
  async log(exchange: Exchange): Promise<void> {
    await this.#run(exchange, "log");
  }

  /**
   * Runs access, and finds what of each plugin is for this request: when it is the plugin's turn, so
   * that those before it have said who asks. One that ends the request does not keep the rest from
   * the log phase.
   */
  async #access(exchange: Exchange): Promise<void> {
    exchange.plugins = [];
    for (const scoped of this.plugins) {
      const plugin = scoped.pick(exchange);
      if (!plugin) continue;
      exchange.plugins.push(plugin);
      if (plugin.phases.includes("response")) exchange.buffered = true;
      if (exchange.source === undefined && plugin.phases.includes("access")) {
        await this.#handle(exchange, plugin, "access");
      }
    }
  }

  /** The plugins of an exchange, as far as it has come. */
  #of(exchange: Exchange): readonly PluginEntity[] {
    return exchange.plugins ??
      this.plugins.flatMap(({ everywhere }) => everywhere ? [everywhere] : []);
  }

  async #run(exchange: Exchange, phase: Phase): Promise<void> {
    for (const plugin of this.#of(exchange)) {
      if (!plugin.phases.includes(phase)) continue;
      const end = await this.#handle(exchange, plugin, phase);
      // Whoever ends the request, or raises, is the last of its phase. Nobody can in log.
      if (phase !== "log" && (end === "exited" || end === "raised")) return;
    }
  }

  async #handle(
    exchange: Exchange,
    plugin: PluginEntity,
    phase: Phase,
  ): Promise<HandlerRun["end"]> {
    const begun = performance.now();
    const numbered = this.#options.observeRun?.({ exchange, plugin, phase, begun });
    const made = { calls: 0 };
    let end: HandlerEnd | { readonly kind: "raised"; readonly reason: string };
    try {
      end = await this.#options.runner.handle(plugin, phase, (method, args) => {
        made.calls++;
        return this.#perform(exchange, plugin, phase, method, args);
      }, numbered);
    } catch (error) {
      if (!(error instanceof GibbonError)) throw error;
      end = { kind: "raised", reason: messageOf(error) };
      const { requestId } = exchange;
      exchange.node.log({ level: "err", plugin: plugin.name, requestId, message: end.reason });
      if (phase !== "log") exchange.fail(500);
    }
    exchange.runs.push({
      plugin: plugin.name,
      phase,
      end: end.kind,
      reason: "reason" in end ? end.reason : undefined,
      milliseconds: performance.now() - begun,
      calls: made.calls,
    });
    return end.kind;
  }

  async #perform(
    exchange: Exchange,
    plugin: PluginEntity,
    phase: Phase,
    method: string,
    args: readonly unknown[],
  ): Promise<unknown> {
    const { observe, pdk } = this.#options;
    const context = { exchange, node: exchange.node, plugin, phase };
    try {
      const result = await perform(context, method, args, pdk);
      observe?.({ exchange, plugin: plugin.name, phase, method, args, outcome: { result } });
      return result;
    } catch (raised) {
      observe?.({ exchange, plugin: plugin.name, phase, method, args, outcome: { raised } });
      throw raised;
    }
  }
}
