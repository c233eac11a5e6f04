// Errors that nobody waits for: in promises, timers and emitters. The request has nothing to do with them.
import { fails, type Mode, type More, passes, QUICK } from "./mode.ts";

const REVOKED = "(() => { const p = Proxy.revocable({}, {}); p.revoke(); return p.proxy; })()";
const GETTER = `Object.defineProperty(new Error("no"), "stack", { get() { throw 1; } })`;

/** Of a top level the whole process suffers, or nobody. */
const ALONE: More = { alone: true };

/** Left behind. */
export const FLOATING: readonly Mode[] = [
  passes("floats-an-error", "handler", "Promise.reject(new Error('no'));", QUICK),
  passes("floats-a-bigint", "handler", "Promise.reject(1n);"),
  passes("floats-a-stack-that-throws", "handler", `Promise.reject(${GETTER});`, QUICK),
  passes("floats-a-revoked-proxy", "handler", `Promise.reject(${REVOKED});`, QUICK),
  passes("floats-a-thousand", "handler", "for (let i = 0; i < 1000; i++) Promise.reject(i);"),
  passes("floats-at-its-top-level", "load", "Promise.reject(new Error('no'));", {
    ...ALONE,
    ...QUICK,
  }),
  passes("floats-a-proxy-at-its-top-level", "load", `Promise.reject(${REVOKED});`, ALONE),
  passes("floats-in-init", "init", "Promise.reject(new Error('no'));", QUICK),
  passes("floats-in-a-timer", "timer", "Promise.reject(new Error('no'));"),
  passes("floats-afterwards", "afterwards", "Promise.reject(new Error('no'));"),
  passes("throws-in-a-timer", "timer", "throw new Error('no');", QUICK),
  passes("throws-a-proxy-in-a-timer", "timer", `throw ${REVOKED};`),
  passes("throws-a-getter-in-a-timer", "timer", `throw ${GETTER};`),
  passes("throws-afterwards", "afterwards", "throw new Error('no');"),
  passes("throws-in-a-tick", "handler", "process.nextTick(() => { throw new Error('no'); });"),
  passes("throws-in-a-microtask", "handler", "queueMicrotask(() => { throw new Error('no'); });"),
  passes("throws-in-an-immediate", "handler", "setImmediate(() => { throw new Error('no'); });"),
  passes(
    "throws-in-a-timer-at-its-top-level",
    "load",
    "setTimeout(() => { throw new Error('no'); }, 1);",
    ALONE,
  ),
  fails(
    "emits-an-error",
    "handler",
    "new (require('node:events'))().emit('error', new Error('no'));",
  ),
  passes(
    "leaves-an-error-of-a-socket",
    "handler",
    "require('node:net').connect('/nowhere/at/all');",
  ),
  passes(
    "leaves-an-error-of-a-file",
    "handler",
    "require('node:fs').createReadStream('/nowhere/at/all');",
  ),
  passes(
    "leaves-an-error-of-a-child",
    "handler",
    "require('node:child_process').spawn('/nowhere/at/all');",
  ),
];
