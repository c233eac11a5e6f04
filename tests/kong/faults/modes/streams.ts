// The process's streams and descriptors: ended, destroyed, closed, written to, used up.
import { type Mode, type More, passes } from "./mode.ts";

const SILENT_MORE: More = { alone: true, silent: true };
/** The process may not outlive it, and whether it does depends on the runtime. */
const DEADLY: More = { alone: true, silent: true, process: "may-go", answers: ["ok", "failed"] };
const QUICK_DEADLY: More = { ...DEADLY, quick: true };

/** Streams and descriptors. */
export const STREAMS: readonly Mode[] = [
  passes("destroys-stdin", "handler", "process.stdin.destroy();", QUICK_DEADLY),
  passes("pauses-stdin", "handler", "process.stdin.pause();", DEADLY),
  passes(
    "reads-stdin",
    "handler",
    "process.stdin.on('data', () => {}); process.stdin.read();",
    DEADLY,
  ),
  passes(
    "puts-rubbish-into-stdin",
    "handler",
    "process.stdin.unshift(Buffer.from('rubbish'));",
    DEADLY,
  ),
  passes(
    "removes-listeners-of-stdin",
    "handler",
    "process.stdin.removeAllListeners();",
    QUICK_DEADLY,
  ),
  passes("emits-the-end-of-stdin", "handler", "process.stdin.emit('end');", DEADLY),
  passes("destroys-stdout", "handler", "process.stdout.destroy();", QUICK_DEADLY),
  passes("ends-stdout", "handler", "process.stdout.end();", DEADLY),
  passes(
    "emits-an-error-of-stdout",
    "handler",
    "process.stdout.emit('error', new Error('no'));",
    DEADLY,
  ),
  passes(
    "replaces-the-write-of-stdout",
    "handler",
    "process.stdout.write = () => { throw 1; };",
    DEADLY,
  ),
  passes("writes-to-stdout", "handler", "process.stdout.write('rubbish\\n');", SILENT_MORE),
  passes(
    "writes-to-descriptor-1",
    "handler",
    "require('node:fs').writeSync(1, 'rubbish rubbish\\n');",
    DEADLY,
  ),
  passes("destroys-stderr", "handler", "process.stderr.destroy();", QUICK_DEADLY),
  passes("ends-stderr", "handler", "process.stderr.end();", DEADLY),
  passes(
    "replaces-the-write-of-stderr",
    "handler",
    "process.stderr.write = () => { throw 1; };",
    DEADLY,
  ),
  ...[0, 1, 2].map((fd) =>
    passes(`closes-descriptor-${fd}`, "handler", `require("node:fs").closeSync(${fd});`, DEADLY)
  ),
  passes(
    "closes-all-descriptors",
    "handler",
    `for (let fd = 3; fd < 100; fd++) try { require("node:fs").closeSync(fd); } catch {}`,
    DEADLY,
  ),
  passes(
    "opens-20000-descriptors",
    "handler",
    `for (let i = 0; i < 20_000; i++) require("node:fs").openSync("/dev/null");`,
    { ...DEADLY, answers: ["ok", "failed"] },
  ),
];
