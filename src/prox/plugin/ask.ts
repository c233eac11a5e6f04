// Asks a process' plugins one after the other. What is not async is answered at once: a promise for
// each step of each call would take longer than most handlers.
import type { GibbonError } from "../../base/errors.ts";
import { blameOthers, forbidPatches, patchedBy } from "../../runtime/shared/builtins/damage.ts";
import type { HookName } from "../messages.ts";
import type { ProxPlugin } from "./plugin.ts";
import type { CallScope } from "./scope.ts";

/** Now, or later. */
export type Soon<T> = T | Promise<T>;

/** What plugins are asked, and what is made of their answers. */
export interface Question<T> {
  readonly hook: HookName;
  readonly routeId: string;
  readonly scope: CallScope;
  readonly call: (plugin: ProxPlugin) => unknown;
  /** Checks what a handler gave. */
  readonly check: (given: unknown) => T;
  /** The answer where a handler failed. */
  readonly failed: () => T;
  /** The answer where a handler failed and does not matter, and where nobody was asked. */
  readonly skipped: () => T;
  /** Whether nobody else is asked after this answer; it stands as it is then. */
  readonly isLast: (answer: T) => boolean;
  readonly merge: (earlier: T, later: T) => T;
}

/** What asking needs to know beside the question. */
export interface Asking {
  /** How long a handler may take, in milliseconds, unless its plugin says otherwise. */
  readonly callMs: number;
  /** What a route's handlers wait for; undefined for nothing. */
  readonly until: (routeId: string) => Promise<void> | undefined;
  /** Why no handler is to be called now. */
  readonly refusal: () => GibbonError | undefined;
  /** Takes what a handler threw. */
  readonly report: (plugin: ProxPlugin, hook: HookName, routeId: string, error: unknown) => void;
}

/** Asks plugins in their order. Neither throws nor rejects. */
export function askAll<T>(
  plugins: readonly ProxPlugin[],
  question: Question<T>,
  asking: Asking,
  from = 0,
  answered?: T,
): Soon<T> {
  let merged = answered;
  for (let at = from; at < plugins.length; at++) {
    const answer = askOne(plugins[at] as ProxPlugin, question, asking);
    if (answer instanceof Promise) {
      return answer.then((answer) =>
        question.isLast(answer)
          ? answer
          : askAll(plugins, question, asking, at + 1, add(merged, answer, question))
      );
    }
    if (question.isLast(answer)) return answer;
    merged = add(merged, answer, question);
  }
  return merged ?? question.skipped();
}

function add<T>(merged: T | undefined, answer: T, { merge }: Question<T>): T {
  return merged === undefined ? answer : merge(merged, answer);
}

/** Asks one; what it throws becomes what its onError says. */
function askOne<T>(plugin: ProxPlugin, question: Question<T>, asking: Asking): Soon<T> {
  const { hook, routeId, scope, call } = question;
  const fail = (error: unknown) => {
    asking.report(plugin, hook, routeId, patchedBy(plugin.name) ?? error);
    return plugin.onError === "continue" ? question.skipped() : question.failed();
  };
  try {
    const refusal = asking.refusal();
    if (refusal) throw refusal;
    blameOthers();
    const given = asking.until(routeId)?.then(() => call(plugin)) ?? call(plugin);
    // Its `then` may be code of the plugin's, too.
    const isLater = isThenable(given);
    forbidPatches(plugin.name);
    if (!isLater) return question.check(given);
    return scope.within(plugin.deadline ?? asking.callMs, given).then((given) => {
      forbidPatches(plugin.name);
      return question.check(given);
    }).catch(fail);
  } catch (error) {
    return fail(error);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === "function";
}
