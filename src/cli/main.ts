// The command line: finds the command, runs it, and explains what went wrong.
import { basename } from "node:path";
import process from "node:process";
import { cac } from "cac";
import { GibbonError, stackOf } from "../base/errors.ts";
import { createLogger } from "../base/log.ts";
import { detectRuntime } from "../runtime/detect.ts";
import { endProcess } from "../runtime/shared/end_guard.ts";
import { type Command, COMMANDS, WORKER } from "./commands.ts";
import { translateDropIn } from "../kong/config/dropin.ts";
import { reportUncaught } from "./lifecycle.ts";
import { claimStdout, type Output } from "./output.ts";
import { ownStdout } from "./own_stdout.ts";
import { addCommand, limitsApart, type ParsedOptions, parseWith } from "./parsing.ts";
import { formatProblem } from "../base/problems.ts";
import { readOptions } from "./read_options.ts";

/** A command with what was given to it. */
interface Chosen {
  readonly command: Command;
  /** What was given that is no option. */
  readonly paths: readonly string[];
  readonly parsed: ParsedOptions;
  /** All of it, as cac got it. */
  readonly args: readonly string[];
}

/** cac's command line with all commands; `choose` is told which one was asked for. */
function createCli(choose: (chosen: Omit<Chosen, "args">) => void) {
  const cli = cac("gibbon");
  for (const command of COMMANDS) {
    addCommand(cli, command, (paths, parsed) => choose({ command, paths, parsed }));
  }
  cli.help(limitsApart);
  return cli;
}

/** Parses a command line; undefined if it only asked for help. */
function parse(args: readonly string[], program: string): Chosen | undefined {
  if (args[0] === WORKER.usage) return { command: WORKER, paths: [], parsed: {}, args };
  let chosen: Chosen | undefined;
  const translated = translateDropIn(args, program);
  if (translated[0] === "--version") return parse(["version"], program);
  const cli = createCli((found) => chosen = { ...found, args: translated });
  parseWith(cli, translated);
  if (chosen || cli.options.help) return chosen;
  if (translated.length === 0) return void cli.outputHelp();
  throw new GibbonError("OPTION_INVALID", `There is no command ${translated[0]}`, {
    remedy: `Commands: ${COMMANDS.map(({ usage }) => usage.split(" ")[0]).join(", ")}.`,
  });
}

async function run({ command, paths, parsed, args }: Chosen, output: Output): Promise<number> {
  const options = readOptions(parsed, command.options, args);
  const runtime = await detectRuntime();
  const ended = command.ownsStdout ? await ownStdout(runtime, args, output) : undefined;
  if (ended !== undefined) return ended;
  const { PROVIDED_MODULES } = await import("./provided_modules.ts");
  runtime.provideModules(PROVIDED_MODULES);
  // Until a command has better to do with them, such as to say whose they are.
  reportUncaught(runtime, createLogger(output.note));
  const { run } = await command.load();
  return await run({ runtime, directory: paths[0], paths, options, output }) ?? 0;
}

/** Says what went wrong; a stack only where it is gibbon's own fault. */
function explain(error: unknown, output: Output): void {
  output.note(
    error instanceof GibbonError
      ? `gibbon: ${formatProblem(error)}`
      : `gibbon: this should not happen; please report it\n${stackOf(error)}`,
  );
}

/**
 * Runs a command line and ends the process: with the command's exit code, or with 1 if it failed.
 *
 * @param args without program and script
 */
export async function main(args: readonly string[]): Promise<never> {
  let code = 1;
  // Help goes to stdout by console.log, so it is asked for before stdout is claimed.
  let output: Output | undefined;
  try {
    const chosen = parse(args, basename(process.execPath));
    output = claimStdout();
    code = chosen ? await run(chosen, output) : 0;
  } catch (error) {
    output ??= claimStdout();
    explain(error, output);
  }
  endProcess(code);
}

await main(process.argv.slice(2));
