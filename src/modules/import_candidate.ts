// Imports what may be a plugin; why that fails is told with the place in its file.
import { realpath } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { GibbonError, messageOf } from "../base/errors.ts";
import { ModuleFailure, type Position } from "../runtime/shared/modules/failure.ts";
import type { ModuleNamespace, Runtime } from "../runtime/contract.ts";
import type { Candidate } from "./find.ts";
import { importInTime } from "./import_in_time.ts";

/** Who is told what is being imported, and may refuse it. */
export interface ImportWatch {
  /**
   * Files that may end the process: imported before all others, each by itself, in this order, with
   * some time for what they do late.
   */
  readonly first?: readonly string[] | undefined;
  /**
   * A module is about to be imported.
   *
   * @returns why it is not to be
   */
  begins(file: string): Promise<string | undefined>;
  /** It is imported, or cannot be. */
  ended(file: string): void;
}

/** How a directory is loaded. */
export interface LoadOptions {
  /**
   * Number of the loading, greater each time: everything is read afresh then. What was loaded
   * before goes on as it was, so that instances can end on the code that they began with.
   */
  readonly version?: number;
  /** How long a module may take, in milliseconds; 10,000 if left out. */
  readonly moduleMs?: number;
  /** Largest file of a plugin, in bytes; 10 MiB if left out. */
  readonly fileBytes?: number;
  readonly watch?: ImportWatch | undefined;
  /** The one entry of the directory that counts; all of them if it is left out. */
  readonly only?: string | undefined;
}

/** Kong up to 3.4 waits 20 s for a server's socket. */
const MODULE_MS = 10_000;

/**
 * Imports a module and reads what it exports.
 *
 * @param read makes something of the exports; what it throws is the module's fault, as getters may
 * @returns what `read` gives, or PLUGIN_BROKEN
 */
export async function importCandidate<T>(
  runtime: Runtime,
  candidate: Candidate,
  { version = 0, moduleMs = MODULE_MS, fileBytes }: LoadOptions,
  read: (namespace: ModuleNamespace) => T,
): Promise<T | GibbonError> {
  const { file } = candidate;
  try {
    return read(await importInTime(runtime, file, version, moduleMs, fileBytes));
  } catch (error) {
    return await brokenModule(candidate, error);
  }
}

/** A module that is not to be imported, as one that cannot be. */
export function refuseCandidate(candidate: Candidate, refusal: string): Promise<GibbonError> {
  return brokenModule(candidate, new Error(refusal));
}

/**
 * Says why a module cannot be imported, with the place in its file where that is known.
 *
 * @param advice what to do about it, where nothing better is known
 */
export async function brokenModule(
  { name, file }: Pick<Candidate, "name" | "file">,
  error: unknown,
  advice: string = "Correct the module; gibbon check tells whether it can be loaded.",
): Promise<GibbonError> {
  const position = error instanceof ModuleFailure ? await asNamed(error.position, file) : file;
  return new GibbonError("PLUGIN_BROKEN", `${name} cannot be loaded: ${messageOf(error)}`, {
    plugin: name,
    file: position,
    remedy: remedyFor(messageOf(error), file) ?? advice,
    cause: error instanceof ModuleFailure ? error.cause : error,
  });
}

/** What is missing may be a package, or a compiler. */
function remedyFor(message: string, file: string): string | undefined {
  if (message.includes(" needs a compiler, and there is none")) {
    return `Run npm install --prefix ${dirname(file)} typescript@6, so that it lies beside the ` +
      "plugin, use gibbon's executable, or write it without.";
  }
  const [, wanted] = /Cannot find package ["']((?:@[\w.-]+\/)?[\w.-]+)/.exec(message) ?? [];
  return wanted === undefined
    ? undefined
    : `Run npm install --prefix ${dirname(file)} ${wanted}, so that it lies beside the plugin.`;
}

/** A position by the names that the directory has, where symlinks lead to the file. */
async function asNamed({ file, line, column }: Position, module: string): Promise<string> {
  const real = await realpath(module);
  const inside = relative(dirname(real), file);
  const beside = inside.startsWith("..") ? file : join(dirname(module), inside);
  const named = file === real ? module : beside;
  return [named, line, column].filter((part) => part !== undefined).join(":");
}
