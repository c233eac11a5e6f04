// What ends this process, kept from plugins. gibbon's own code ends it by `endProcess`.
import { syncBuiltinESMExports } from "node:module";
import nodeProcess from "node:process";
import { GibbonError } from "../../base/errors.ts";
import { guardListeners } from "./listener_guard.ts";

/** What is guarded of `process`, and of Deno's like. Not every runtime has all of it. */
export interface Ending {
  exit(code?: number | string | null): never;
  reallyExit?(code?: number): never;
  abort?(): never;
  kill?(pid: number, signal?: string | number): unknown;
}

/** Like the process, there is one of each. */
const guarded = new Set<Ending>();
let ending = false;

/** Ends this process, guarded or not. */
export function endProcess(code: number): never {
  ending = true;
  return nodeProcess.exit(code);
}

/** Implements `Runtime.guardProcess`. Signals of others and crashes still end the process. */
export function processGuard(...targets: Ending[]): () => void {
  return () => {
    for (const target of targets) if (!guarded.has(target)) guard(target);
    guardListeners();
    syncBuiltinESMExports();
  };
}

function guard(target: Ending): void {
  guarded.add(target);
  const name = target === nodeProcess ? "process" : "Deno";
  // A module on Bun that imports one of these keeps it: each has to be right later on as well.
  for (const method of ["exit", "reallyExit", "abort"] as const) {
    const original = target[method] as ((code?: number) => never) | undefined;
    if (typeof original !== "function") continue;
    target[method] = (code?: number | string | null) => {
      if (ending) return original.call(target, code as number);
      throw refusal(`${name}.${method}(${code ?? ""})`);
    };
  }
  guardKill(target, name);
}

function guardKill(target: Ending, name: string): void {
  const kill = target.kill?.bind(target);
  if (!kill) return;
  target.kill = (pid, signal) => {
    // Signal 0 only asks whether a process is there.
    if (!ending && signal !== 0 && isOurs(pid)) throw refusal(`${name}.kill(${pid})`);
    return signal === undefined ? kill(pid) : kill(pid, signal);
  };
}

/** This process, the one that started it, or a group that they are in. */
function isOurs(pid: number): boolean {
  const ours = [nodeProcess.pid, nodeProcess.ppid];
  return pid === 0 || pid === -1 || ours.includes(Math.abs(pid));
}

function refusal(call: string): GibbonError {
  return new GibbonError(
    "FORBIDDEN",
    `${call} was called: it would end the server of all plugins`,
    {
      remedy: "Throw an error, or end the request with kong.response.exit.",
    },
  );
}
