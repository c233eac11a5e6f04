// Finds what may be a plugin in a directory: modules, and folders that have one.
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { codeOf, GibbonError, messageOf } from "../base/errors.ts";
import { PLUGIN_FILE_BYTES, readRegularText } from "../base/regular_file.ts";
import { attempt } from "../base/printable.ts";
import { isWorkerScript } from "../runtime/shared/modules/shape.ts";
import { type Exports, findExport } from "../runtime/shared/modules/exports.ts";
import { isHiddenName, isModuleName, stemOf } from "./names.ts";

/** A module that may be a plugin. */
export interface Candidate {
  /** Name of the file without its extension, or of the folder. */
  readonly name: string;
  /** Absolute path of the module, as the directory has it: symlinks in it are not followed. */
  readonly file: string;
  /** The same with symlinks followed. */
  readonly realFile: string;
  /** When the module was changed last, in Unix seconds. */
  readonly modifiedAt: number;
}

/** A module that is no plugin, and why; nothing is wrong with it. */
export interface SkippedFile {
  readonly file: string;
  readonly reason: string;
}

/** What a directory has. */
export interface FoundFiles {
  /** In the order of their names. */
  readonly candidates: readonly Candidate[];
  readonly skipped: readonly SkippedFile[];
  readonly problems: readonly GibbonError[];
}

/** Where a folder's module may be, if its package.json does not say. */
const INDEX_FILES = ["ts", "js", "mts", "mjs", "cts", "cjs"].map((extension) =>
  `index.${extension}`
);

/** Conditions under which a package.json's `exports` are meant for a plugin server. */
const CONDITIONS = ["node", "import", "require"];

/**
 * Looks through a directory, not through its folders. Dot files, `node_modules`, tests and
 * declarations of types are passed over; symlinks are followed, and a file that goes by two names is
 * taken once, by the first.
 *
 * @param only the one entry of it that counts; all of them if it is left out
 * @throws {GibbonError} PLUGIN_DIRECTORY if there is no such directory
 */
export async function findPlugins(directory: string, only?: string): Promise<FoundFiles> {
  const counts = (name: string) => only === undefined ? !isHiddenName(name) : name === only;
  const names = (await list(directory)).filter(counts).sort();
  const entries = await Promise.all(names.map((name) => findEntry(join(directory, name))));
  const found = { candidates: [] as Candidate[], skipped: [] as SkippedFile[] };
  const fileByRealPath = new Map<string, string>();
  for (const entry of entries) {
    if (entry === undefined || entry instanceof GibbonError) continue;
    if ("reason" in entry) {
      found.skipped.push(entry);
      continue;
    }
    const real = await realpath(entry.file);
    const first = fileByRealPath.get(real);
    if (first === undefined) {
      fileByRealPath.set(real, entry.file);
      found.candidates.push({ ...entry, realFile: real });
    } else {
      const reason = `the same file as ${relative(directory, first)}`;
      found.skipped.push({ file: entry.file, reason });
    }
  }
  return { ...found, problems: entries.filter((entry) => entry instanceof GibbonError) };
}

async function list(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    const code = codeOf(error);
    const reason = code === "ENOENT"
      ? "does not exist"
      : code === "ENOTDIR"
      ? "is not a directory"
      : code === "EACCES"
      ? "may not be read"
      : `cannot be read (${messageOf(error)})`;
    throw new GibbonError("PLUGIN_DIRECTORY", `The plugins directory ${directory} ${reason}`, {
      file: directory,
      remedy: "Check the path, its permissions, and in a container whether it is mounted.",
      cause: error,
    });
  }
}

/** A candidate by its name in the directory. */
type Entry = Omit<Candidate, "realFile">;

/** What an entry of the directory is; undefined if it has nothing to do with plugins. */
async function findEntry(path: string): Promise<Entry | SkippedFile | GibbonError | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return unreadable(path);
  if (found.isDirectory()) return await findInFolder(path);
  // What is none may be found out again by who imports it, and says what it is.
  if (!isModuleName(basename(path))) return undefined;
  // In the main thread it would fail, or take messages that are not for it.
  if (found.isFile() && attempt(() => isWorkerScript(readRegularText(path, PLUGIN_FILE_BYTES)))) {
    return { file: path, reason: "the script of a worker thread: it exports nothing" };
  }
  return { name: stemOf(basename(path)), file: path, modifiedAt: found.mtimeMs / 1000 };
}

function unreadable(path: string): GibbonError {
  const [reason, remedy] = basename(path).includes("\ufffd")
    ? ["its name is not UTF-8", "Rename it."]
    : ["it leads nowhere", "Repair the symlink, or remove it."];
  return new GibbonError("PLUGIN_BROKEN", `${path} cannot be read: ${reason}`, {
    plugin: stemOf(basename(path)),
    file: path,
    remedy,
  });
}

async function findInFolder(folder: string): Promise<Entry | SkippedFile | GibbonError> {
  let main: string | undefined;
  try {
    main = readMain(folder);
  } catch (error) {
    return brokenFolder(folder, `its package.json cannot be read: ${messageOf(error)}`, error);
  }
  const paths = main === undefined ? [] : MAIN_ENDINGS.map((ending) => main + ending);
  for (const path of [...paths, ...INDEX_FILES]) {
    const file = resolve(folder, path);
    const found = await stat(file).catch(() => undefined);
    if (found && !found.isDirectory()) {
      return { name: basename(folder), file, modifiedAt: found.mtimeMs / 1000 };
    }
  }
  if (main !== undefined) {
    return brokenFolder(folder, `its package.json names ${main}, which is not there`);
  }
  return { file: folder, reason: "a folder without an index file or a package.json" };
}

/** As Node.js reads `main`: a file, a file without its extension, or a folder. */
const MAIN_ENDINGS = ["", ".js", ".ts", ".cjs", ".mjs", "/index.js", "/index.ts"];

function brokenFolder(folder: string, reason: string, cause?: unknown): GibbonError {
  return new GibbonError("PLUGIN_BROKEN", `${folder} cannot be loaded: ${reason}`, {
    plugin: basename(folder),
    file: join(folder, "package.json"),
    remedy: 'Name the module in package.json ("main"), or call it index.ts or index.js.',
    cause,
  });
}

/** What a folder's package.json gives as its module. */
function readMain(folder: string): string | undefined {
  let text: string;
  try {
    text = readRegularText(join(folder, "package.json"), PLUGIN_FILE_BYTES);
  } catch (error) {
    // Not there, or not to be read: what else is in the folder may do. Anything else is a mistake.
    if (codeOf(error) !== undefined) return undefined;
    throw error;
  }
  const { exports, main } = JSON.parse(text) as { exports?: Exports; main?: string };
  return exports === undefined ? main : findExport(exports, ".", CONDITIONS);
}
