// What the numbers were measured on; without it they mean nothing.
import os from "node:os";
import { RUNTIME_VERSIONS } from "../runtimes.ts";

/** Processor, memory, system and runtimes. */
export function describeMachine(): Record<string, unknown> {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim(),
    cores: cpus.length,
    memoryGB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    // What others did meanwhile: the numbers of a shared machine are worth less.
    load: os.loadavg().map((load) => load.toFixed(1)).join(" "),
    ...RUNTIME_VERSIONS,
  };
}

/** The same for people. */
export function machineLine(): string {
  return Object.entries(describeMachine()).map(([name, value]) => `${name}: ${value}`).join(", ");
}
