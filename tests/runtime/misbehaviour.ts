// A process that is guarded, and does what the test asks for in the place of a plugin.
import { EventEmitter } from "node:events";
import process from "node:process";
import { detectRuntime } from "../../src/runtime/detect.ts";
import { restoreListeners } from "../../src/runtime/shared/listener_guard.ts";

const runtime = await detectRuntime();
const say = (line: string) => console.error(line);
runtime.onUncaught((kind, error) => say(`${kind}: ${String(error)}`));
process.on("SIGTERM", () => say("own SIGTERM"));
runtime.guardProcess();

const fail = (): never => {
  throw new Error("of a listener");
};
let loops = 0;

/** What plugins may do, by name. */
const DEEDS: Readonly<Record<string, () => unknown>> = {
  nothing: () => {},
  throwingListener: () => process.on("uncaughtException", fail),
  throwingOnce: () => process.once("uncaughtException", fail),
  throwingFirst: () => process.prependListener("uncaughtException", fail),
  throwingMonitor: () => process.on("uncaughtExceptionMonitor", fail),
  throwingOnRejection: () => process.on("unhandledRejection", fail),
  rejectingListener: () =>
    process.on("unhandledRejection", async () => {
      await undefined;
      // Each of these would lead to the next one, for ever.
      if (loops++ < 3) fail();
    }),
  throwingOnSignal: () => process.on("SIGTERM", fail),
  removeAll: () => process.removeAllListeners(),
  removeAllOfEach: () => {
    for (const event of process.eventNames()) process.removeAllListeners(event);
  },
  removeEach: () => {
    for (const event of process.eventNames()) {
      for (const listener of process.rawListeners(event)) {
        process.removeListener(event, listener as () => void);
        process.off(event, listener as () => void);
      }
    }
  },
  removeByPrototype: () => {
    for (const event of process.eventNames()) {
      EventEmitter.prototype.removeAllListeners.call(process, event);
    }
    restoreListeners();
  },
  capture: () => process.setUncaughtExceptionCaptureCallback(() => {}),
  throwingEmit: () => process.emit = fail,
  pageListeners: () => {
    for (const event of ["error", "unhandledrejection"]) {
      globalThis.addEventListener?.(event, fail);
      Object.assign(globalThis, { [`on${event}`]: fail });
    }
  },
  ownListener: () => {
    const removed = () => say("removed");
    process.on("uncaughtException", (error) => say(`theirs: ${error.message}`));
    process.once("unhandledRejection", () => say("theirs, once"));
    process.on("uncaughtException", removed);
    process.off("uncaughtException", removed);
    process.once("uncaughtException", removed);
    process.removeListener("uncaughtException", removed);
    say(`listeners: ${process.listeners("uncaughtException").includes(removed)}`);
  },
};

try {
  DEEDS[process.argv[2] ?? ""]!();
} catch (error) {
  say(`refused: ${(error as { code?: string }).code}`);
}
setTimeout(() => {
  throw new Error("one");
}, 1);
setTimeout(() => void Promise.reject(new Error("two")), 20);
setTimeout(() => {
  throw new Error("three");
}, 40);
setTimeout(() => {
  process.on("exit", () => say("exit"));
  say("ready");
  process.stdin.once("data", () => runtime.exit(7));
}, 60);
