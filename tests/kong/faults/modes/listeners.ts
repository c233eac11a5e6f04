// Listeners of the process: those of plugins that throw, and those of gibbon that plugins take away.
import { fails, type Mode, passes } from "./mode.ts";
import type { More } from "./mode.ts";

const MORE: More = { alone: true };
const QUICK_MORE: More = { alone: true, quick: true };
const SILENT_MORE: More = { alone: true, silent: true };

/** An error that nobody catches, to see who is told. */
const LATER = "setTimeout(() => { throw new Error('no'); }, 1);";

/** Listeners. */
export const LISTENERS: readonly Mode[] = [
  passes(
    "listens-for-exceptions-and-throws",
    "handler",
    `process.on("uncaughtException", () => { throw new Error("no"); }); ${LATER}`,
    QUICK_MORE,
  ),
  passes(
    "listens-for-rejections-and-throws",
    "handler",
    `process.on("unhandledRejection", () => { throw new Error("no"); }); Promise.reject(1);`,
    QUICK_MORE,
  ),
  passes(
    "listens-first-and-throws",
    "handler",
    `process.prependListener("uncaughtException", () => { throw 1n; }); ${LATER}`,
    MORE,
  ),
  passes(
    "listens-and-rejects",
    "handler",
    `process.on("unhandledRejection", async () => { throw new Error("no"); }); Promise.reject(1);`,
    MORE,
  ),
  passes(
    "listens-for-exceptions-and-exits",
    "handler",
    `process.on("uncaughtException", () => process.exit(1)); ${LATER}`,
    MORE,
  ),
  passes("removes-all-listeners", "handler", `process.removeAllListeners(); ${LATER}`, QUICK_MORE),
  passes(
    "removes-listeners-of-exceptions",
    "handler",
    `process.removeAllListeners("uncaughtException");
     process.removeAllListeners("unhandledRejection"); Promise.reject(1); ${LATER}`,
    QUICK_MORE,
  ),
  passes(
    "removes-each-listener",
    "handler",
    `for (const event of process.eventNames()) {
       for (const one of process.rawListeners(event)) process.off(event, one);
     } ${LATER}`,
    MORE,
  ),
  passes("empties-the-table-of-listeners", "handler", `process._events = {}; ${LATER}`, MORE),
  passes(
    "removes-listeners-of-signals",
    "handler",
    "process.removeAllListeners('SIGTERM');",
    SILENT_MORE,
  ),
  passes(
    "listens-for-signals",
    "handler",
    "process.on('SIGTERM', () => process.exit(0));",
    SILENT_MORE,
  ),
  passes(
    "listens-for-exit-and-throws",
    "handler",
    "process.on('exit', () => { throw 1; });",
    SILENT_MORE,
  ),
  passes(
    "listens-a-thousand-times",
    "handler",
    "for (let i = 0; i < 1000; i++) process.on('uncaughtException', () => {});",
    SILENT_MORE,
  ),
  passes(
    "replaces-emit",
    "handler",
    `process.emit = () => { throw new Error("no"); }; ${LATER}`,
    QUICK_MORE,
  ),
  passes(
    "replaces-on",
    "handler",
    `process.on = process.once = () => { throw 1; }; ${LATER}`,
    MORE,
  ),
  fails(
    "captures-exceptions",
    "handler",
    "process.setUncaughtExceptionCaptureCallback(() => {});",
    QUICK_MORE,
  ),
  fails(
    "captures-exceptions-by-nothing",
    "handler",
    "process.setUncaughtExceptionCaptureCallback(null);",
    MORE,
  ),
  passes(
    "cuts-the-prototype-of-process",
    "handler",
    `Object.setPrototypeOf(process, { on() { throw 1; }, emit() { throw 1; } }); ${LATER}`,
    { ...MORE, answers: ["ok", "failed"] },
  ),
  passes(
    "listens-on-the-page",
    "handler",
    `globalThis.addEventListener?.("unhandledrejection", () => { throw 1; }); Promise.reject(new Error("no"));`,
    MORE,
  ),
];
