// Ends this process when the one that started it is gone, whatever this one is doing.
import process from "node:process";
import { Worker } from "node:worker_threads";
import type { Libc } from "./libc.ts";

/** PR_SET_PDEATHSIG of Linux: which signal a process gets when its parent dies. */
const SET_PARENT_DEATH_SIGNAL = 1;
const SIGKILL = 9;

/** How often a thread looks for the parent, in milliseconds. */
const LOOK_MS = 500;

/**
 * Implements `Runtime.endWithParent`: by the kernel where it can, else by a thread, which takes 10
 * to 20 MB.
 *
 * @param open opens the C library, where the runtime has a way to it
 */
export function parentGuard(open?: () => Libc): () => void {
  return () => {
    if (open?.().prctl?.(SET_PARENT_DEATH_SIGNAL, SIGKILL, 0, 0, 0) !== 0) watchByThread();
  };
}

/** A thread runs on while the loop of its process is blocked. */
function watchByThread(): void {
  const code = `
    const process = require("node:process");
    setInterval(() => {
      if (process.ppid !== ${process.ppid}) process.kill(process.pid, "SIGKILL");
    }, ${LOOK_MS});
  `;
  new Worker(code, { eval: true }).unref();
}
