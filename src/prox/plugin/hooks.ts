// Runs the handlers of a process' plugins: one after the other on a call, calls side by side.
import { GibbonError, messageOf, stackOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
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
import { askAll, type Asking, type Question, type Soon } from "./ask.ts";
import { checkConnVerdict, checkModification, checkVerdict } from "./check.ts";
import type { ProxPluginLimits } from "./limits.ts";
import type { ProxCounts } from "./metrics.ts";
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
  /** Counts calls. */
  readonly counts?: ProxCounts | undefined;
}

type DataOf<H extends HookName> = Extract<HookCall, { readonly hook: H }>["data"];

/** The answer to a request whose plugin failed. */
const failedRequest = () => deny(500, "Internal Server Error");

/** The handlers of a process. */
export class Hooks {
  readonly #options: HooksOptions;
  /** The plugins that have a handler for each hook. */
  readonly #having: Readonly<Record<HookName, readonly ProxPlugin[]>>;
  /** The routes whose `onConfigure` is under way, or failed. */
  readonly #unconfigured = new Map<string, Promise<void>>();
  #underWay = 0;
  /** Those of them that nobody waits for: their handlers run, but the host is gone. */
  #abandoned = 0;
  #idle: (() => void)[] = [];
  readonly #asking: Asking;

  constructor(options: HooksOptions) {
    this.#options = options;
    const having = (hook: HookName) =>
      options.plugins.filter(({ handlers }) => handlers[HANDLERS[hook]]);
    this.#having = Object.fromEntries(
      HOOK_NAMES.map((hook) => [hook, having(hook)]),
    ) as unknown as Record<HookName, readonly ProxPlugin[]>;
    const { calls, callMs } = options.limits;
    this.#asking = {
      callMs,
      until: (routeId) => this.#unconfigured.get(routeId),
      refusal: () => {
        if (this.#underWay <= calls) return undefined;
        return new GibbonError("LIMIT", `${calls} calls are under way already`);
      },
      report: this.#report,
    };
  }

  /** The hooks that any of the plugins has a handler for. */
  get names(): HookName[] {
    return HOOK_NAMES.filter((hook) => this.#having[hook].length > 0);
  }

  /** Calls and configurations under way that somebody waits for. */
  get underWay(): number {
    return this.#underWay - this.#abandoned;
  }

  /** Settles when nothing is under way that somebody waits for. */
  idle(): Promise<void> {
    if (this.underWay === 0) return Promise.resolve();
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

  /** Answers a request. Neither throws nor rejects. */
  request(info: DataOf<"on_request">, scope: CallScope): Soon<AuthorizeResult> {
    return this.#ask({
      hook: "on_request",
      routeId: info.routeId,
      scope,
      call: ({ handlers }) => handlers.onRequest?.(viewRequest(info, scope), this.#options.prox),
      check: checkVerdict,
      failed: failedRequest,
      skipped: allow,
      isLast: isDenial,
      merge: mergeAllowing,
    });
  }

  /** Changes a response. Neither throws nor rejects. */
  response({ req, resp }: DataOf<"on_response">, scope: CallScope): Soon<ResponseModResult> {
    const view = viewRequest(req as DataOf<"on_request">, scope);
    return this.#ask({
      hook: "on_response",
      routeId: req.routeId,
      scope,
      call: ({ handlers }) => handlers.onResponse?.(view, viewResponse(resp), this.#options.prox),
      check: checkModification,
      failed: () => ({ status: 500 }),
      skipped: () => ({}),
      isLast: () => false,
      merge: mergeModifications,
    });
  }

  /** Answers a connection. Neither throws nor rejects. */
  connect(info: DataOf<"on_connect">, scope: CallScope): Soon<ConnResult> {
    return this.#ask({
      hook: "on_connect",
      routeId: info.routeId,
      scope,
      call: ({ handlers }) => handlers.onConnect?.(viewConnection(info, scope), this.#options.prox),
      check: checkConnVerdict,
      failed: rejectConn,
      skipped: acceptConn,
      isLast: isDenial,
      merge: (_, later) => later,
    });
  }

  /** Hears of a connection that is over. Neither throws nor rejects. */
  disconnect(info: DataOf<"on_disconnect">): Soon<void> {
    return this.#ask({
      hook: "on_disconnect",
      routeId: info.routeId,
      scope: new CallScope(),
      call: ({ handlers }) => handlers.onDisconnect?.(info, this.#options.prox),
      check: nothing,
      failed: nothing,
      skipped: nothing,
      isLast: () => false,
      merge: nothing,
    });
  }

  #ask<T>(question: Question<T>): Soon<T> {
    const { counts } = this.#options;
    if (!counts) return this.#askAll(question);
    const begun = counts.began();
    const counted = (answer: T) => {
      counts.answered(question.hook, question.isLast(answer), begun);
      return answer;
    };
    const answer = this.#askAll(question);
    return answer instanceof Promise ? answer.then(counted) : counted(answer);
  }

  #askAll<T>(question: Question<T>): Soon<T> {
    this.#underWay++;
    const answer = askAll(this.#having[question.hook], question, this.#asking);
    if (answer instanceof Promise) return this.#whileWanted(question.scope, answer);
    this.#over();
    return answer;
  }

  /** A call of a host that has gone holds up nobody, but counts against the limit of calls. */
  #whileWanted<T>(scope: CallScope, answer: Promise<T>): Promise<T> {
    let isAbandoned = false;
    scope.onEnd = () => {
      isAbandoned = true;
      this.#abandoned++;
      this.#settleIdle();
    };
    return answer.finally(() => {
      scope.onEnd = undefined;
      if (isAbandoned) this.#abandoned--;
      this.#over();
    });
  }

  readonly #over = () => {
    this.#underWay--;
    this.#settleIdle();
  };

  #settleIdle(): void {
    if (this.underWay > 0 || this.#idle.length === 0) return;
    for (const settle of this.#idle.splice(0)) settle();
  }

  readonly #report = (
    plugin: ProxPlugin,
    hook: HookName,
    routeId: string,
    error: unknown,
  ): void => {
    const { name, onError } = plugin;
    this.#options.counts?.failed(name, hook);
    this.#options.log.error(`${name} failed in ${HANDLERS[hook]}: ${messageOf(error)}`, {
      hook,
      route: routeId,
      outcome: onError === "continue" ? "went on without it" : "stopped",
      stack: stackOf(error),
    });
  };

  async #count<T>(run: () => Promise<T>): Promise<T> {
    this.#underWay++;
    return await run().finally(this.#over);
  }
}

function isDenial({ allow }: { readonly allow: boolean }): boolean {
  return !allow;
}

function nothing(): void {}

/** The answer to a call as it goes over the wire, by hook. */
export function answerCall(
  hooks: Hooks,
  call: Exclude<HookCall, { readonly hook: "on_disconnect" }>,
  scope: CallScope,
): Soon<HookResult[keyof HookResult]> {
  switch (call.hook) {
    case "on_request":
      return hooks.request(call.data, scope);
    case "on_response":
      return hooks.response(call.data, scope);
    case "on_connect":
      return hooks.connect(call.data, scope);
  }
}
