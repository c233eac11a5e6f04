// What handlers return: thenables of all kinds, and promises that are none.
import { ends, fails, type Mode, passes, QUICK, SILENT } from "./mode.ts";

const SILENT_QUICK = { ...SILENT, ...QUICK };

/** Returned by a handler. */
export const RETURNED: readonly Mode[] = [
  fails("returns-a-then-that-throws", "handler", "return { then() { throw 1n; } };", QUICK),
  fails(
    "returns-a-then-getter-that-throws",
    "handler",
    "return { get then() { throw 1n; } };",
    QUICK,
  ),
  fails("returns-a-then-that-is-silent", "handler", "return { then() {} };", QUICK),
  fails("returns-a-then-that-rejects", "handler", "return { then(_, no) { no(1n); } };"),
  fails(
    "returns-a-then-that-throws-later",
    "handler",
    "return { then(_, no) { setTimeout(() => no(new Error('late')), 20); } };",
  ),
  passes(
    "returns-a-then-that-says-both",
    "handler",
    "mark(); return { then(yes, no) { yes(); no(new Error('no')); yes(); throw 1; } };",
    // Which of the two counts depends on whether a call is still out.
    { ...SILENT_QUICK, answers: ["ok", "failed"] },
  ),
  passes(
    "returns-a-then-that-is-late",
    "handler",
    "mark(); return { then(yes) { setTimeout(yes, 20); } };",
    SILENT,
  ),
  passes(
    "returns-a-then-that-calls-without-end",
    "handler",
    "mark(); return { then(yes) { for (let i = 0; i < 10_000; i++) yes(); } };",
    // Whether it takes longer than its deadline depends on the machine.
    { ...SILENT, answers: ["ok", "failed"] },
  ),
  fails(
    "returns-a-proxy-that-throws",
    "handler",
    "return new Proxy({}, { get() { throw new Error('trap'); } });",
  ),
  fails(
    "returns-a-revoked-proxy",
    "handler",
    "const p = Proxy.revocable({}, {}); p.revoke(); return p.proxy;",
    QUICK,
  ),
  fails(
    "returns-a-promise-with-another-then",
    "handler",
    "return Object.assign(Promise.resolve(), { then() { throw 1; } });",
  ),
  fails(
    "returns-a-promise-of-another-species",
    "handler",
    `class Other extends Promise { static get [Symbol.species]() { throw new Error("species"); } }
     return new Other(() => {});`,
  ),
  fails("returns-a-promise-without-end", "handler", "return new Promise(() => {});", QUICK),
  passes("returns-a-symbol", "handler", "mark(); return Symbol('no');", SILENT),
  passes("returns-a-generator", "handler", "mark(); return (function* () { throw 1; })();", SILENT),
  fails("init-returns-a-then-that-throws", "init", "return { then() { throw 1n; } };", QUICK),
  fails("init-returns-a-then-getter", "init", "return { get then() { throw 1n; } };"),
  passes(
    "init-returns-a-proxy",
    "init",
    `return new Proxy({}, { get(_, key) { if (key !== "then") throw new Error("trap"); } });`,
    SILENT,
  ),
  ends(
    "awaits-thenables-without-end",
    "awaited",
    "const endless = { then(yes) { yes({ ...endless }); } }; await endless;",
  ),
];
