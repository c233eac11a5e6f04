// The process that started this one: whether it is Kong, and whether it is gone.
import { readFileSync } from "node:fs";
import process from "node:process";

/** How often the parent is looked for, in milliseconds; go-pluginserver does the same. */
const INTERVAL_MS = 1000;

/** What nginx is called, by itself and with Kong: `pluginserver_XXX_start_cmd` runs under its worker. */
const NGINX: readonly string[] = ["nginx", "openresty"];

/** Whether nginx started this process. Where there is no /proc, that is not known, and it did not. */
export function isNginxChild(): boolean {
  try {
    return NGINX.includes(readFileSync(`/proc/${process.ppid}/comm`, "utf8").trimEnd());
  } catch {
    return false;
  }
}

/** Calls back once this process has been adopted by another one. */
export function watchParent(gone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, INTERVAL_MS);
}
