// Notices that the parent process is gone.
import process from "node:process";

/** How often the parent is looked for, in milliseconds; go-pluginserver does the same. */
const INTERVAL_MS = 1000;

/** Calls back once this process has been adopted by another one. */
export function watchParent(gone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, INTERVAL_MS);
}
