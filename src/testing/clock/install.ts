// Puts functions in the place of the global ones that tell the time and wait: they ask the clock of
// whoever calls, and are the machine's for everybody else. Imported before gibbon takes note of what
// the built-in objects are, so that it does not undo this.
import module from "node:module";
import timers from "node:timers";
import timersPromises from "node:timers/promises";
import { promisify } from "node:util";
import { clockHere } from "./clock.ts";
import { clockTimer } from "./clock_timer.ts";
import { machine } from "./machine.ts";

type Callback = (...args: unknown[]) => void;

/** A function that starts timers: on the clock of the caller, or else the machine's own. */
function starting(
  own: (callback: Callback, ms?: number, ...args: unknown[]) => unknown,
  repeats: boolean,
) {
  return function (callback: Callback, delay?: number, ...args: unknown[]): unknown {
    const clock = clockHere();
    // What is no function is for the runtime to complain of.
    if (!clock || typeof callback !== "function") return own(callback, delay, ...args);
    return clock.start(() => callback(...args), delay, repeats);
  };
}

/** A function that ends timers of both kinds. */
function ending(own: (timer: never) => void) {
  return function (timer: unknown): void {
    const known = clockTimer(timer);
    if (known) known.clear();
    else own(timer as never);
  };
}

const { setTimeout: wait } = timersPromises;

/** `setTimeout` of node:timers/promises. */
function sleep<Value>(
  ms?: number,
  value?: Value,
  options: { readonly signal?: AbortSignal; readonly ref?: boolean } = {},
): Promise<Value> {
  const clock = clockHere();
  if (!clock) return wait(ms, value, options) as Promise<Value>;
  const { signal, ref } = options;
  return new Promise((resolve, reject) => {
    const abort = () => {
      timer.clear();
      const error = new Error("The operation was aborted", { cause: signal?.reason });
      reject(Object.assign(error, { name: "AbortError", code: "ABORT_ERR" }));
    };
    const timer = clock.start(
      () => {
        signal?.removeEventListener("abort", abort);
        resolve(value as Value);
      },
      ms,
      false,
    );
    if (ref === false) timer.unref();
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}

/** Built-in objects that this changes, as gibbon names them. */
export const REPLACED: readonly string[] = [
  ...["setTimeout", "setInterval", "clearTimeout", "clearInterval", "Date"],
  ...["Date.now", "Date.prototype.constructor", "performance.now"],
];

/** Puts them in place. */
export function install(): void {
  const own = {
    setTimeout: starting(machine.setTimeout as never, false),
    setInterval: starting(machine.setInterval as never, true),
    clearTimeout: ending(machine.clearTimeout as never),
    clearInterval: ending(machine.clearInterval as never),
  };
  // What `promisify(setTimeout)` gives.
  Object.defineProperty(own.setTimeout, promisify.custom, { value: sleep });
  Object.assign(globalThis, own, { Date: clockDate() });
  performance.now = () => clockHere()?.elapsed() ?? machine.elapsed();
  // In Node, modules that have imported its functions get these from now on; Deno and Bun let them be.
  Object.assign(timers, own);
  Object.assign(timersPromises, { setTimeout: sleep });
  module.syncBuiltinESMExports();
}

/** `Date`, which tells the time of the clock. It is the one `Date` that there is from now on. */
function clockDate(): DateConstructor {
  const { Date: MachineDate } = machine;
  const clocked = new Proxy(MachineDate, {
    construct: (target, args, newTarget) => {
      const clock = args.length === 0 ? clockHere() : undefined;
      return Reflect.construct(target, clock ? [clock.now()] : args, newTarget);
    },
    apply: (target) => new target(clockHere()?.now() ?? machine.now()).toString(),
  });
  MachineDate.now = () => clockHere()?.now() ?? machine.now();
  Object.defineProperty(MachineDate.prototype, "constructor", {
    value: clocked,
    writable: true,
    configurable: true,
  });
  return clocked;
}

install();
