// The listeners of the process, kept from plugins: theirs throw nothing, gibbon's stay.
import nodeProcess from "node:process";
import { GibbonError } from "../../base/errors.ts";
import { tell } from "./uncaught.ts";

type Listener = (...args: unknown[]) => unknown;
type EventName = string | symbol;

/** What is guarded of `process`. */
interface Emitter {
  emit(event: EventName, ...args: unknown[]): boolean;
  rawListeners(event: EventName): Listener[];
  eventNames(): EventName[];
  on(event: EventName, listener: Listener): unknown;
  removeListener(event: EventName, listener: Listener): unknown;
  removeAllListeners(...events: EventName[]): unknown;
  setUncaughtExceptionCaptureCallback?(callback: unknown): void;
}

const ADDING = ["on", "addListener", "once", "prependListener", "prependOnceListener"] as const;

const REMOVING = ["removeListener", "off"] as const;

/** gibbon's listeners, by event. */
const own = new Map<EventName, ReadonlySet<Listener>>();
/** What stands for a plugin's listener. */
const wrappers = new WeakMap<Listener, Listener>();
/** Adds a listener as it is. */
let add: Emitter["on"] | undefined;

/**
 * From now on a plugin's listener of the process that throws or rejects is reported, and does not end
 * the process. What listens already is gibbon's, and cannot be taken away. Again is no change.
 */
export function guardListeners(): void {
  if (add) return;
  const target = nodeProcess as unknown as Emitter;
  add = target.on.bind(target);
  for (const event of target.eventNames()) own.set(event, new Set(target.rawListeners(event)));
  guardAdding(target);
  guardRemoving(target);
  guardEmit(target);
  if (target.setUncaughtExceptionCaptureCallback) {
    target.setUncaughtExceptionCaptureCallback = () => {
      throw new GibbonError(
        "FORBIDDEN",
        "process.setUncaughtExceptionCaptureCallback was called: errors of other plugins come there",
        { remedy: 'Use process.on("uncaughtException"), which hears them too.' },
      );
    };
  }
}

/** Puts gibbon's listeners back that were removed behind the guard's back. */
export function restoreListeners(): void {
  const target = nodeProcess as unknown as Emitter;
  for (const [event, listeners] of own) {
    const there = target.rawListeners(event);
    for (const listener of listeners) if (!there.includes(listener)) add?.(event, listener);
  }
}

type Method = (event: EventName, listener: Listener) => unknown;

/** Puts something before a method. One method that calls another, as runtimes have it, gets that as it was. */
function intercept(target: Emitter, names: readonly string[], before: (own: Method) => Method) {
  const methods = target as unknown as Record<string, Method>;
  let isInside = false;
  for (const name of names) {
    const original = methods[name]!.bind(target);
    const outer = before(original);
    methods[name] = (event, listener) => {
      if (isInside) return original(event, listener);
      isInside = true;
      try {
        return outer(event, listener);
      } finally {
        isInside = false;
      }
    };
  }
}

function guardAdding(target: Emitter): void {
  intercept(
    target,
    ADDING,
    (add) => (event, given) => add(event, typeof given === "function" ? wrapperOf(given) : given),
  );
}

function wrapperOf(listener: Listener): Listener {
  let wrapper = wrappers.get(listener);
  if (wrapper) return wrapper;
  wrapper = function (this: unknown, ...args: unknown[]): void {
    try {
      const result = Reflect.apply(listener, this, args);
      // Not `result.then`: that would be the plugin's.
      Promise.resolve(result).catch((error) => tell("rejection", error));
    } catch (error) {
      tell("exception", error);
    }
  };
  wrappers.set(listener, wrapper);
  // As EventEmitter marks its own: `listeners()` gives what the plugin gave.
  return Object.assign(wrapper, { listener });
}

function guardRemoving(target: Emitter): void {
  intercept(
    target,
    REMOVING,
    (remove) => (event, listener) =>
      own.get(event)?.has(listener) ? target : remove(event, wrappers.get(listener) ?? listener),
  );
  const { removeListener } = target;
  target.removeAllListeners = (...events) => {
    for (const event of events.length > 0 ? events : target.eventNames()) {
      for (const listener of target.rawListeners(event!)) removeListener(event!, listener);
    }
    return target;
  };
}

/** Packages that hear of exits put an `emit` of their own here: what it throws ends nothing. */
function guardEmit(target: Emitter): void {
  const original = target.emit.bind(target);
  let given: Emitter["emit"] | undefined;
  const emit: Emitter["emit"] = (event, ...args) => {
    if (!given || own.has(event)) return original(event, ...args);
    try {
      return Reflect.apply(given, target, [event, ...args]) as boolean;
    } catch (error) {
      tell("exception", error);
      return original(event, ...args);
    }
  };
  Object.defineProperty(target, "emit", {
    configurable: true,
    enumerable: true,
    get: () => emit,
    set: (next: unknown) => {
      // Who puts back what was there takes his own away.
      given = typeof next === "function" && next !== emit ? next as Emitter["emit"] : undefined;
    },
  });
}
