// Runs the handlers of a process' plugins: one after the other on a call, calls side by side.
import { GibbonError, messageOf, stackOf } from "../../../core/errors.ts";
import type { Logger } from "../../../core/log.ts";
import type { HookCall } from "../decode.ts";
import type { HookResult } from "../encode.ts";
import type { ConfigureParams } from "../lifecycle.ts";
import { mergeAllowing, mergeModifications } from "../merge.ts";
import {
  type AuthorizeResult,
  type ConnResult,
  HOOK_NAMES,
  type HookName,
  type ResponseModResult,
} from "../messages.ts";
import { checkConnVerdict, checkModification, checkVerdict } from "./check.ts";
import type { ProxPluginLimits } from "./limits.ts";
import { HANDLERS, type ProxPlugin } from "./plugin.ts";
import type { Prox } from "./prox.ts";
import { viewConnection, viewRequest, viewResponse } from "./request.ts";
import { CallScope } from "./scope.ts";
import { acceptConn, allow, deny, rejectConn } from "./verdicts.ts";

/** What the handlers work with. */
export interface HooksOptions {
  readonly plugins: readonly ProxPlugin[];
  readonly prox: Prox;
  /** Takes what handlers threw. */
  readonly log: Logger;
  readonly limits: ProxPluginLimits;
}

type DataOf<H extends HookName> = Extract<HookCall, { readonly hook: H }>["data"];

/** The answer to a request whose plugin failed. */
const failedRequest = () => deny(500, "Internal Server Error\n");

/** The handlers of a process. */
export class Hooks {
  readonly #options: HooksOptions;
  /** The plugins that have a handler for each hook. */
  readonly #having: Readonly<Record<HookName, readonly ProxPlugin[]>>;
  /** The routes whose `onConfigure` is under way, or failed. */
  readonly #unconfigured = new Map<string, Promise<void>>();
  #underWay = 0;
  #idle: (() => void)[] = [];

  constructor(options: HooksOptions) {
    this.#options = options;
    const having = (hook: HookName) =>
      options.plugins.filter(({ handlers }) => handlers[HANDLERS[hook]]);
    this.#having = Object.fromEntries(
      HOOK_NAMES.map((hook) => [hook, having(hook)]),
    ) as unknown as Record<HookName, readonly ProxPlugin[]>;
  }

  /** The hooks that any of the plugins has a handler for. */
  get names(): HookName[] {
    return HOOK_NAMES.filter((hook) => this.#having[hook].length > 0);
  }

  /** Calls and configurations under way. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Settles when nothing is under way. */
  idle(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /**
   * A route was bound to the plugins. Runs their `onConfigure`, one after the other.
   *
   * @returns settles when that is done; rejects with what one of them threw
   */
  configure({ routeId, match = {} }: ConfigureParams): Promise<void> {
    const route = { id: routeId, domain: match.domain ?? "", path: match.path ?? "" };
    const before = this.#unconfigured.get(routeId)?.catch(() => {});
    const done = this.#count(async () => {
      await before;
      for (const plugin of this.#options.plugins) {
        await plugin.handlers.onConfigure?.(route, this.#options.prox);
      }
    });
    this.#unconfigured.set(routeId, done);
    const forget = () => {
      if (this.#unconfigured.get(routeId) === done) this.#unconfigured.delete(routeId);
    };
    done.then(forget, () => {});
    return done;
  }

  /** Answers a request. Never rejects. */
  request(info: DataOf<"on_request">, scope: CallScope): Promise<AuthorizeResult> {
    return this.#count(async () => {
      let merged: AuthorizeResult | undefined;
      for (const plugin of this.#having.on_request) {
        const verdict = await this.#run(plugin, "on_request", info.routeId, scope, {
          call: () => plugin.handlers.onRequest?.(viewRequest(info, scope), this.#options.prox),
          check: checkVerdict,
          failed: failedRequest,
          skipped: allow,
        });
        if (!verdict.allow) return verdict;
        merged = merged ? mergeAllowing(merged, verdict) : verdict;
      }
      return merged ?? allow();
    });
  }

  /** Changes a response. Never rejects. */
  response(pair: DataOf<"on_response">, scope: CallScope): Promise<ResponseModResult> {
    const { req, resp } = pair;
    return this.#count(async () => {
      let merged: ResponseModResult | undefined;
      for (const plugin of this.#having.on_response) {
        const view = viewRequest(req as DataOf<"on_request">, scope);
        const changes = await this.#run(plugin, "on_response", req.routeId, scope, {
          call: () => plugin.handlers.onResponse?.(view, viewResponse(resp), this.#options.prox),
          check: checkModification,
          failed: () => ({ status: 500 }),
          skipped: () => ({}),
        });
        merged = merged ? mergeModifications(merged, changes) : changes;
      }
      return merged ?? {};
    });
  }

  /** Answers a connection. Never rejects. */
  connect(info: DataOf<"on_connect">, scope: CallScope): Promise<ConnResult> {
    return this.#count(async () => {
      for (const plugin of this.#having.on_connect) {
        const verdict = await this.#run(plugin, "on_connect", info.routeId, scope, {
          call: () => plugin.handlers.onConnect?.(viewConnection(info, scope), this.#options.prox),
          check: checkConnVerdict,
          failed: rejectConn,
          skipped: acceptConn,
        });
        if (!verdict.allow) return verdict;
      }
      return acceptConn();
    });
  }

  /** Hears of a connection that is over. Never rejects. */
  disconnect(info: DataOf<"on_disconnect">): Promise<void> {
    const scope = new CallScope();
    return this.#count(async () => {
      for (const plugin of this.#having.on_disconnect) {
        await this.#run(plugin, "on_disconnect", info.routeId, scope, {
          call: () => plugin.handlers.onDisconnect?.(info, this.#options.prox),
          check: () => undefined,
          failed: () => undefined,
          skipped: () => undefined,
        });
      }
    });
  }

  /** Runs one handler; what it throws becomes what the plugin's onError says. */
  async #run<T>(
    plugin: ProxPlugin,
    hook: HookName,
    routeId: string,
    scope: CallScope,
    handler: HandlerCall<T>,
  ): Promise<T> {
    try {
      if (this.#underWay > this.#options.limits.calls) {
        throw new GibbonError("LIMIT", `${this.#options.limits.calls} calls are under way already`);
      }
      const unconfigured = this.#unconfigured.get(routeId);
      const given = unconfigured ? unconfigured.then(handler.call) : handler.call();
      const ms = plugin.deadline ?? this.#options.limits.callMs;
      return handler.check(await scope.within(ms, given));
    } catch (error) {
      this.#report(plugin, hook, routeId, error);
      return plugin.onError === "continue" ? handler.skipped() : handler.failed();
    }
  }

  #report(plugin: ProxPlugin, hook: HookName, routeId: string, error: unknown): void {
    const { name, onError } = plugin;
    this.#options.log.error(`${name} failed in ${HANDLERS[hook]}: ${messageOf(error)}`, {
      hook,
      route: routeId,
      outcome: onError === "continue" ? "went on without it" : "stopped",
      stack: stackOf(error),
    });
  }

  async #count<T>(run: () => Promise<T>): Promise<T> {
    this.#underWay++;
    try {
      return await run();
    } finally {
      if (--this.#underWay === 0) { for (const settle of this.#idle.splice(0)) settle(); }
    }
  }
}

/** How one handler is called, and what stands for its result. */
interface HandlerCall<T> {
  readonly call: () => unknown;
  /** Checks what the handler gave. */
  readonly check: (given: unknown) => T;
  /** The result where the handler failed. */
  readonly failed: () => T;
  /** The result where the handler failed and does not matter. */
  readonly skipped: () => T;
}

/** The answer to a call as it goes over the wire, by hook. */
export async function answerCall(
  hooks: Hooks,
  call: Exclude<HookCall, { readonly hook: "on_disconnect" }>,
  scope: CallScope,
): Promise<HookResult[keyof HookResult]> {
  switch (call.hook) {
    case "on_request":
      return await hooks.request(call.data, scope);
    case "on_response":
      return await hooks.response(call.data, scope);
    case "on_connect":
      return await hooks.connect(call.data, scope);
  }
}
