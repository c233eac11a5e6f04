// The command line as a process: runs the command, and explains what went wrong.
import { basename } from "node:path";
import process from "node:process";
import { GibbonError, stackOf } from "../base/errors.ts";
import { createLogger, formatJsonEntry } from "../base/log.ts";
import { formatProblem } from "../base/problems.ts";
import { detectRuntime } from "../runtime/detect.ts";
import { endProcess } from "../runtime/shared/end_guard.ts";
import { isForked, runForked } from "../runtime/shared/forked.ts";
import { type CommandLine, readCommandLine } from "./command_line.ts";
import { fromEnvironment, unknownVariables } from "./environment.ts";
import { reportUncaught } from "./lifecycle.ts";
import { claimStdout, type Output } from "./output.ts";
import { ownStdout } from "./own_stdout.ts";

async function run(line: CommandLine, output: Output): Promise<number> {
  const { command, directory, paths, options, args } = line;
  const runtime = await detectRuntime();
  const ended = command.ownsStdout ? await ownStdout(runtime, args, output) : undefined;
  if (ended !== undefined) return ended;
  for (const line of unknownVariables(process.env)) output.note(line);
  const { PROVIDED_MODULES } = await import("./provided_modules.ts");
  runtime.provideModules(PROVIDED_MODULES);
  // Until a command has better to do with them, such as to say whose they are.
  reportUncaught(runtime, createLogger(output.note));
  const { run } = await command.load();
  return await run({ runtime, directory, paths, options, output }) ?? 0;
}

/** Says what went wrong; a stack only where it is gibbon's own fault. */
function explain(error: unknown, output: Output, isJson: boolean): void {
  if (isJson) return output.note(jsonProblem(error));
  output.note(
    error instanceof GibbonError
      ? `gibbon: ${formatProblem(error)}`
      : `gibbon: this should not happen; please report it\n${stackOf(error)}`,
  );
}

/** The same for programs that read the log. */
function jsonProblem(error: unknown): string {
  if (!(error instanceof GibbonError)) {
    return formatJsonEntry("error", "this should not happen; please report it", {
      stack: stackOf(error),
    });
  }
  const { code, message, plugin, phase, file, remedy } = error;
  return formatJsonEntry("error", message, { plugin, phase, file, code, remedy });
}

/** Whether the log is to be JSON, also where options have not been read. */
function wantsJson(args: readonly string[]): boolean {
  const at = args.lastIndexOf("--log-format");
  const given = at < 0 ? fromEnvironment("logFormat", process.env) : args[at + 1];
  return given === "json" || args.includes("--log-format=json");
}

/**
 * Runs a command line and ends the process: with the command's exit code, or with 1 if it failed.
 *
 * @param args without program and script
 */
export async function main(args: readonly string[]): Promise<never> {
  let code = 1;
  let output: Output | undefined;
  try {
    output = claimStdout();
    const { execPath, env } = process;
    const line = readCommandLine(args, { program: basename(execPath), env });
    if (typeof line === "string") await output.data(line);
    code = typeof line === "string" ? 0 : await run(line, output);
  } catch (error) {
    output ??= claimStdout();
    explain(error, output, wantsJson(args));
  }
  endProcess(code);
}

const given = process.argv.slice(2);
await (isForked(given) ? runForked(given) : main(given));
