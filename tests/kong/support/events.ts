// An event of a plugin that is nothing but its handler, and a gateway that takes its turns.
import type { Event } from "../../../src/kong/engine/event.ts";
import type { Turn } from "../../../src/kong/engine/turn.ts";
import { Events } from "../../../src/kong/engine/events.ts";
import { countingIds } from "../../../src/kong/engine/ids.ts";
import { Instance } from "../../../src/kong/engine/instance.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../src/kong/engine/limits.ts";
import { createLogger } from "../../../src/base/log.ts";
import type { Phase } from "../../../src/kong/engine/phases.ts";
import type { OnError } from "../../../src/base/on_error.ts";
import type { Handler, Plugin } from "../../../src/kong/engine/plugin.ts";

/** A plugin with one handler. */
export function pluginOf(
  handler: unknown,
  parts: { phase?: Phase; onError?: OnError; deadline?: number; name?: string } = {},
): Plugin {
  return {
    name: parts.name ?? "under-test",
    version: "1.0.0",
    priority: 0,
    handlers: new Map([[parts.phase ?? "access", handler as Handler]]),
    schema: [],
    file: "/nowhere/under-test.ts",
    modifiedAt: 0,
    loadedAt: 0,
    dialect: "native",
    onError: parts.onError ?? "fail",
    deadline: parts.deadline,
    configure: (raw) => raw,
    start: () => undefined,
    stop: () => undefined,
  };
}

interface EventOptions {
  phase?: Phase;
  onError?: OnError;
  deadline?: number;
  gatewayPatienceMs?: number;
  limits?: Partial<Limits>;
  onTurn?: (turn: Turn) => void;
}

/** Begins an event whose handler gets the event itself as its gateway. */
export function startEvent(handler: (gateway: Event) => unknown, options: EventOptions = {}) {
  const entries: string[] = [];
  const log = createLogger((line) => entries.push(line), "debug");
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const events = new Events({
    limits,
    log,
    ids: countingIds(1),
    gatewayFor: (event) => event,
    failureCall: { method: "stop", args: [500] },
    gatewayPatienceMs: options.gatewayPatienceMs ?? 60_000,
  });
  const plugin = pluginOf(handler, options);
  const parts = { id: 1, plugin, raw: {}, config: {}, state: undefined, scope: undefined };
  const instance = new Instance({ ...parts, nowMs: Date.now(), log });
  const first = Promise.withResolvers<Turn>();
  const taker = {
    gone: false,
    take: (turn: Turn) => {
      options.onTurn?.(turn);
      first.resolve(turn);
    },
  };
  const event = events.begin(instance, options.phase ?? "access", taker);
  const next = (give: (taker: { gone: boolean; take(turn: Turn): void }) => void) => {
    const { promise, resolve } = Promise.withResolvers<Turn>();
    give({ gone: false, take: resolve });
    return promise;
  };
  return {
    event,
    events,
    entries,
    taker,
    /** The first turn. */
    turn: () => first.promise,
    /** Answers the call that is out; gives the next turn. */
    answer: (event: Event, value: unknown) => next((taker) => event.step(value, taker)),
    /** Answers the call that is out with an error; gives the next turn. */
    refuse: (event: Event, text: string) => next((taker) => event.stepError(text, taker)),
  };
}

/** What the handler of an event got to call the gateway with. */
export function gatewayOf(event: Event): Event {
  return event;
}
