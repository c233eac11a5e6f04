// What belongs to all of the process: folder, rights, environment, titles, stacks; children and threads.
import { type Mode, type More, passes } from "./mode.ts";

const STATE: More = { alone: true, silent: true };
const MAY_GO: More = { ...STATE, process: "may-go", answers: ["ok", "failed"] };

const child = (program: string, args: string, options: string) =>
  `require("node:child_process").spawn("${program}", ${args}, ${options}).on("error", () => {});`;

const thread = (code: string) =>
  `new (require("node:worker_threads").Worker)(${JSON.stringify(code)}, { eval: true })`;

/** State of the process. */
export const STATES: readonly Mode[] = [
  passes("changes-the-folder", "handler", "process.chdir('/');", { ...STATE, quick: true }),
  passes("changes-the-umask", "handler", "process.umask(0o777);", STATE),
  passes("changes-the-user", "handler", "process.setuid?.(65534);", {
    ...STATE,
    answers: ["ok", "failed"],
  }),
  passes(
    "empties-the-environment",
    "handler",
    "for (const name in process.env) delete process.env[name];",
    STATE,
  ),
  passes("replaces-the-environment", "handler", "process.env = null;", {
    ...STATE,
    answers: ["ok", "failed"],
  }),
  passes("changes-the-title", "handler", "process.title = 'x'.repeat(10_000);", STATE),
  passes("empties-the-arguments", "handler", "process.argv = []; process.execPath = '';", STATE),
  passes("changes-the-pid", "handler", "Object.defineProperty(process, 'pid', { value: 1 });", {
    ...STATE,
    answers: ["ok", "failed"],
  }),
  passes("replaces-next-tick", "handler", "process.nextTick = () => { throw new Error('no'); };", {
    ...MAY_GO,
    silent: false,
  }),
  passes("replaces-process", "handler", "globalThis.process = undefined;", STATE),
  passes(
    "limits-stacks-to-0",
    "handler",
    "Error.stackTraceLimit = 0; Promise.reject(new Error('no'));",
    {
      alone: true,
    },
  ),
  passes(
    "limits-stacks-for-good",
    "handler",
    "Object.defineProperty(Error, 'stackTraceLimit', { value: 'x', writable: false });",
    {
      ...STATE,
      answers: ["ok", "failed"],
    },
  ),
  passes(
    "prepares-stacks-by-throwing",
    "handler",
    `
    Error.prepareStackTrace = () => { throw new Error("no"); }; Promise.reject(new Error("no"));`,
    {
      alone: true,
      quick: true,
    },
  ),
  passes(
    "prepares-stacks-of-numbers",
    "handler",
    `
    Error.prepareStackTrace = () => 1n; Promise.reject(new Error("no"));`,
    { alone: true },
  ),
];

/** Children and threads. */
export const CHILDREN: readonly Mode[] = [
  passes(
    "has-a-child-that-stays",
    "handler",
    child("sleep", `["30"]`, `{ stdio: "ignore" }`),
    STATE,
  ),
  passes(
    "has-a-child-that-reads-stdin",
    "handler",
    child("cat", "[]", `{ stdio: ["inherit", "ignore", "ignore"] }`),
    {
      ...MAY_GO,
    },
  ),
  passes(
    "has-a-child-that-has-all",
    "handler",
    `
    const fds = Array.from({ length: 32 }, (_, fd) => fd).filter((fd) => {
      try { require("node:fs").fstatSync(fd); return true; } catch { return false; }
    });
    ${
      child(
        "sleep",
        `["30"]`,
        `{ stdio: ["ignore", "ignore", "ignore", ...fds.filter((fd) => fd > 2)] }`,
      )
    }`,
    {
      ...MAY_GO,
    },
  ),
  passes(
    "has-a-child-that-writes",
    "handler",
    child("yes", "[]", `{ stdio: ["ignore", "inherit", "ignore"] }`),
    {
      ...MAY_GO,
    },
  ),
  passes(
    "has-100-children",
    "handler",
    `
    for (let i = 0; i < 100; i++) ${child("true", "[]", `{ stdio: "ignore" }`)}`,
    STATE,
  ),
  passes("has-a-thread-that-throws", "handler", `${thread("throw new Error('no')")};`, {
    alone: true,
  }),
  passes("has-a-thread-that-spins", "handler", `${thread("for (;;);")};`, STATE),
  passes(
    "has-20-threads",
    "handler",
    `
    for (let i = 0; i < 20; i++) ${thread("setInterval(() => {}, 1000)")};`,
    STATE,
  ),
  passes(
    "has-a-thread-that-closes-descriptors",
    "handler",
    `${
      thread(
        "for (let fd = 3; fd < 100; fd++) try { require('node:fs').closeSync(fd); } catch {}",
      )
    }.on("error", () => {});`,
    MAY_GO,
  ),
];
