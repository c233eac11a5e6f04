// Code that never lets anybody else run, and code that does nothing else but lets others run.
import { ends, fails, type Mode, passes, QUICK, SILENT } from "./mode.ts";

const LOOP = "for (;;);";

/** Loops. */
export const LOOPS: readonly Mode[] = [
  ends("loops", "handler", LOOP, QUICK),
  ends("loops-after-a-call", "awaited", LOOP),
  ends("loops-in-a-timer", "timer", LOOP),
  ends("loops-afterwards", "afterwards", LOOP, { answers: ["ok", "failed"] }),
  ends("loops-in-init", "init", LOOP),
  ends("loops-in-microtasks", "handler", "(function f() { Promise.resolve().then(f); })();"),
  ends("loops-in-ticks", "handler", "(function f() { process.nextTick(f); })();"),
  ends("loops-in-awaiting", "awaited", "for (;;) await undefined;"),
  ends(
    "loops-in-a-regular-expression",
    "handler",
    `
    const text = "a".repeat(40);
    let count = 0;
    while (!/^(a|a)*(a|a)*(a|a)*(a|a)*b$/.test(text + count)) count++;
  `,
  ),
  ends(
    "loops-in-an-iterator",
    "handler",
    "Array.from({ *[Symbol.iterator]() { for (;;) yield; } });",
    {
      process: "may-go",
    },
  ),
  ends(
    "loops-in-a-message",
    "handler",
    `throw Object.defineProperty(new Error("no"), "message", { get() { ${LOOP} } });`,
    // Not every runtime looks at it.
    { process: "may-go" },
  ),
  ends("loops-in-a-then", "handler", `return { then() { ${LOOP} } };`),
  ends(
    "waits-for-memory",
    "handler",
    "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
    {
      process: "may-go",
    },
  ),
  ends("waits-for-a-child", "handler", "require('node:child_process').execSync('sleep 15');"),
  passes("loops-in-immediates", "handler", "(function f() { setImmediate(f); })();", {
    ...SILENT,
    alone: true,
  }),
  passes("loops-in-timers", "handler", "(function f() { setTimeout(f); })();", {
    ...SILENT,
    alone: true,
  }),
  fails("recurses", "handler", "const f = () => f() + 1; f();", QUICK),
  fails(
    "recurses-and-catches",
    "handler",
    "const f = () => { try { f(); } finally { return; } }; f(); throw 1;",
  ),
];
