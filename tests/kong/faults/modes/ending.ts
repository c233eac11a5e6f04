// Attempts to end the process: those that are refused, and those that nobody can refuse.
import { ends, fails, type Mode, passes, QUICK, SILENT } from "./mode.ts";

/** From outside, when other bytes are all read. */
const shell = (script: string) =>
  `require("node:child_process").spawn("/bin/sh", ["-c", ${JSON.stringify(script)}], ` +
  `{ stdio: "ignore" }); await new Promise(() => {});`;

const thread = (code: string) =>
  `new (require("node:worker_threads").Worker)(${JSON.stringify(code)}, { eval: true });`;

/** Reads memory that is nobody's, where the runtime has a way to it. */
const BAD_MEMORY = `
  if (globalThis.Deno) return new Deno.UnsafePointerView(Deno.UnsafePointer.create(8n)).getUint8();
  if (globalThis.Bun) return require("bun:ffi").read.u8(8);
  // Deeper than the system's stack: the runtime does not see its end.
  require("node:v8").setFlagsFromString("--stack-size=1000000");
  const deeper = () => deeper() + 1;
  setTimeout(deeper, 1);
  return new Promise(() => {});
`;

/** By calls of the runtime's. */
export const EXITS: readonly Mode[] = [
  fails("exits", "handler", "process.exit(3);", QUICK),
  fails("exits-after-a-call", "awaited", "process.exit();"),
  passes("exits-in-a-timer", "timer", "process.exit(0);", QUICK),
  passes("exits-afterwards", "afterwards", "process.exit(0);"),
  fails("exits-in-init", "init", "process.exit(0);", QUICK),
  fails("exits-at-its-top-level", "load", "process.exit(0);", { alone: true }),
  fails("exits-really", "handler", "(process.reallyExit ?? process.exit)(3);"),
  fails("exits-by-deno", "handler", "globalThis.Deno ? Deno.exit(3) : process.exit(3);"),
  fails("aborts", "handler", "process.abort();", QUICK),
  fails("kills-itself", "handler", "process.kill(process.pid, 'SIGKILL');", QUICK),
  fails("kills-itself-by-segv", "handler", "process.kill(process.pid, 'SIGSEGV');"),
  fails("kills-its-group", "handler", "process.kill(0, 'SIGKILL');"),
  fails("kills-its-parent", "handler", "process.kill(process.ppid, 'SIGKILL');"),
  passes("sets-an-exit-code", "handler", "process.exitCode = 7;", SILENT),
  passes("emits-exit", "handler", "process.emit('exit', 0);", { ...SILENT, alone: true }),
  passes("emits-sigterm", "handler", "process.emit('SIGTERM');", { ...SILENT, alone: true }),
  passes("emits-before-exit", "handler", "process.emit('beforeExit', 0);", {
    ...SILENT,
    alone: true,
  }),
  passes("has-a-thread-exit", "handler", thread("process.exit(3)"), SILENT),
];

/** By what nobody can refuse. */
export const ENDS: readonly Mode[] = [
  ends("has-itself-killed", "awaited", shell("sleep 0.05; kill -KILL $PPID"), QUICK),
  ends("has-itself-crash", "awaited", shell("sleep 0.05; kill -ABRT $PPID")),
  ends(
    "has-itself-end",
    "awaited",
    shell("sleep 0.05; kill -TERM $PPID; sleep 0.2; kill -9 $PPID"),
  ),
  ends("has-itself-stopped", "awaited", shell("sleep 0.05; kill -STOP $PPID")),
  ends(
    "has-a-thread-kill-it",
    "awaited",
    `
    ${thread("process.kill(process.pid, 'SIGKILL')")} await new Promise(() => {});`,
  ),
  ends(
    "has-a-thread-abort-it",
    "awaited",
    `
    ${thread("process.abort()")} await new Promise(() => {});`,
    { process: "may-go" },
  ),
  ends("reads-bad-memory", "handler", BAD_MEMORY, { process: "may-go" }),
];
