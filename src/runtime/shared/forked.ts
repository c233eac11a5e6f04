// What fork() of a plugin starts: in the executable that is gibbon, which then runs the module.
import { isAbsolute } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { statSync } from "node:fs";

/** Whether this process was forked to run a module: it has a channel, and a path for a command. */
export function isForked([module]: readonly string[]): boolean {
  if (process.send === undefined || module === undefined) return false;
  return isAbsolute(module) && statSync(module, { throwIfNoEntry: false })?.isFile() === true;
}

/** Runs the module as Node would: it is the script, and lives as long as it has something to do. */
export async function runForked([module, ...args]: readonly string[]): Promise<void> {
  const script = module!;
  process.argv.splice(1, process.argv.length, script, ...args);
  await import(pathToFileURL(script).href);
}
