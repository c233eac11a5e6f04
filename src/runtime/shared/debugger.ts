// Opens this process to a debugger, as all three runtimes can: Node.js's own, and what they have of it.
import inspector from "node:inspector";
import process from "node:process";

/** Implements `Runtime.openDebugger`. */
export function openDebugger(host: string, port: number, wait: boolean): string {
  inspector.open(port, host);
  const url = inspector.url();
  // Node.js only prints that it could not listen.
  if (url === undefined) throw new Error("something else listens there");
  // A debugger that is still attached would be waited for at the end.
  process.once("exit", () => inspector.close());
  // Not by `open`, which on Deno 2.9 says that it waits, and does not.
  if (wait) inspector.waitForDebugger();
  return url;
}
