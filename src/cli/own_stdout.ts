// A descriptor of its own for what a command prints: plugins and their programs write to stdout too.
import { spawn } from "node:child_process";
import process from "node:process";
import type { Runtime } from "../runtime/contract.ts";
import type { Output } from "./output.ts";

/** Tells a child which descriptor stdout is. */
const VARIABLE = "GIBBON_STDOUT";

/** The number by which a child gets it: the first that a program has no use for. */
const CHILDS = 3;

/**
 * Runs a command in a child whose stdout is stderr, from its first moment, and whose data goes to a
 * descriptor that nobody else looks for. To move stdout within a process is not enough: Bun and Deno
 * have copies of it, which their own streams and their children get.
 *
 * @param args the command line
 * @returns the child's exit code; undefined in the child, where the command is to run
 */
export async function ownStdout(
  runtime: Pick<Runtime, "descriptors" | "ownCommand" | "endWithParent">,
  args: readonly string[],
  output: Output,
): Promise<number | undefined> {
  const { [VARIABLE]: given } = process.env;
  delete process.env[VARIABLE];
  if (given === undefined) return await runChild(runtime, args);
  runtime.endWithParent();
  output.useDescriptor(CHILDS, runtime.descriptors?.write);
  return undefined;
}

function runChild(
  { ownCommand: [command, ...first], descriptors }: Pick<Runtime, "descriptors" | "ownCommand">,
  args: readonly string[],
): Promise<number> {
  const child = spawn(command, [...first, ...args], {
    stdio: ["inherit", 2, "inherit", descriptors?.copy(1) ?? 1],
    env: { ...process.env, [VARIABLE]: String(CHILDS) },
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}
