// Why a module could not be imported, and where: read from what the runtimes throw.
import { dirname, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { printable } from "../../../base/printable.ts";
import { sourceOf } from "../../../base/source_maps.ts";
import { findImportedName, findSpecifiers, positionAt, readText } from "./text.ts";

/** A place in a file; lines and columns count from 1. */
export interface Position {
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** Why a module could not be imported. `cause` is what was thrown. */
export class ModuleFailure extends Error {
  override readonly name = "ModuleFailure";
  /** The module itself if nothing better is known. */
  readonly position: Position;

  constructor(message: string, position: Position, cause: unknown) {
    super(message, { cause });
    this.position = position;
  }
}

const FILE_URL = /file:\/\/\/[^\s()"']*/g;

/** What the readers below look at: the parts of an error, without the marks of versions. */
interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly value: unknown;
}

/** What a reader found out: a position, and the message if it can be said better. */
export interface FaultPlace extends Position {
  readonly message?: string | undefined;
}

/**
 * @param thrown what an import threw: anything
 * @param files the module that was to be imported, and what it imports
 * @param findSyntaxError looks for an error in the text of a module, where the runtime says only
 *   that there is one
 */
export function explainFailure(
  thrown: unknown,
  files: ReadonlySet<string>,
  findSyntaxError: () => FaultPlace | undefined = () => undefined,
): ModuleFailure {
  const parts = take(thrown);
  for (const read of [readBunPosition, readSucrase, readMissing, readDeno, readNodeArrow]) {
    const found = read(parts);
    if (found) return toFailure(parts, found);
  }
  const syntaxError = parts.name === "SyntaxError" ? findSyntaxError() : undefined;
  return toFailure(parts, syntaxError ?? readStack(parts, files));
}

/**
 * Where a name is imported that the other module does not export: Bun does not say.
 *
 * @param files the module and what it imports
 */
export function findMissingExport(
  thrown: unknown,
  files: Iterable<string>,
): FaultPlace | undefined {
  const { message } = take(thrown);
  const [, name] = /^Export named '([\w$]+)' not found in module/.exec(message) ?? [];
  if (name === undefined) return undefined;
  for (const file of files) {
    const text = readText(file);
    const index = findImportedName(text, name);
    if (index >= 0) return { file, ...positionAt(text, index), message: `SyntaxError: ${message}` };
  }
  return undefined;
}

function toFailure(parts: Thrown, { file, line, column, message }: FaultPlace): ModuleFailure {
  const isPlain = parts.name === "Error" || parts.name === "" || message !== undefined;
  const text = message ?? parts.message;
  return new ModuleFailure(
    isPlain ? text : `${parts.name}: ${text}`,
    { file, line, column },
    parts.value,
  );
}

function take(value: unknown): Thrown {
  const { name, message, stack } = (value ?? {}) as Partial<Record<keyof Thrown, unknown>>;
  const text = (part: unknown) => {
    if (typeof part !== "string") return "";
    // Deno colours its messages where it prints them to a terminal.
    const plain = stripVTControlCharacters(part);
    return plain.replace(/\?gibbon=\d+/g, "").replace(FILE_URL, toPath);
  };
  return {
    name: value instanceof Error ? text(name) : "",
    message: typeof message === "string" ? text(message) : text(printable(value)),
    stack: text(stack),
    value,
  };
}

function toPath(url: string): string {
  try {
    return decodeURIComponent(url.slice("file://".length));
  } catch {
    return url;
  }
}

/** Bun's messages of its parser have a position; several come together in one error. */
function readBunPosition({ value }: Thrown): FaultPlace | undefined {
  const { errors } = Object(value) as { errors?: unknown };
  const first: unknown = Array.isArray(errors) ? errors[0] : value;
  const { position, message } = Object(first) as { position?: unknown; message?: unknown };
  const { file, line, column } = Object(position) as Partial<Position>;
  if (typeof file !== "string" || file === "") return undefined;
  return { file, line, column, message: `SyntaxError: ${message}` };
}

/** sucrase has it in the message, which Deno puts into a message of its own. */
function readSucrase({ message }: Thrown): FaultPlace | undefined {
  const [, file, text, line, column] =
    /Error transforming (.+?): ([^]*) \((\d+):(\d+)\)/.exec(message) ?? [];
  if (file === undefined) return undefined;
  return at(file, line, column, `SyntaxError: ${text}`);
}

/** A module or package that is not there: all say who wanted it, none says in which line. */
function readMissing({ message }: Thrown): FaultPlace | undefined {
  const [, wanted, importer] =
    /^Cannot find (?:module|package) '(.+?)'(?: imported from |\nRequire stack:\n- )(.+)/.exec(
      message,
    ) ??
      /^Loading unprepared module: (.+?), imported from: (.+)/.exec(message) ??
      /^Module not found "(.+?)".\s+at (.+?):\d+:\d+$/.exec(message) ?? [];
  if (wanted === undefined || importer === undefined) return undefined;
  const found = findSpecifier(importer, wanted);
  const specifier = found?.specifier ?? wanted;
  const kind = /^[./]/.test(specifier) ? "module" : "package";
  return { file: importer, ...found, message: `Cannot find ${kind} ${JSON.stringify(specifier)}` };
}

/** Where a file imports something, by the specifier itself or by the path that became of it. */
function findSpecifier(
  importer: string,
  wanted: string,
): { specifier: string; line: number; column: number } | undefined {
  const text = readText(importer);
  const found = findSpecifiers(text).find((specifier) =>
    specifier.text === wanted || resolve(dirname(importer), specifier.text) === wanted
  );
  return found && { specifier: found.text, ...positionAt(text, found.index) };
}

/** Deno ends messages of its own with a position. */
function readDeno({ message }: Thrown): FaultPlace | undefined {
  const [, text, file, line, column] =
    /^(?:TypeError: |SyntaxError: )?([^]*?)\s+at (\/[^\n]+?):(\d+):(\d+)$/.exec(message) ?? [];
  if (file === undefined) return undefined;
  const [summary] = (text as string).split("\n");
  return at(file, line, column, `SyntaxError: ${summary}`);
}

/** Node begins the stack with the file, the line's text, and a mark under it. */
function readNodeArrow({ stack, name, message }: Thrown): FaultPlace | undefined {
  const [, file, line, indent] = /^(\/[^\n]+):(\d+)\n[^\n]*\n( *)\^/.exec(stack) ?? [];
  if (file === undefined) return undefined;
  return at(file, line, String((indent as string).length + 1), `${name}: ${message}`);
}

/** The first place of a stack that is in one of the files; else the first of the files. */
function readStack({ stack }: Thrown, files: ReadonlySet<string>): FaultPlace {
  for (const [, file, line, column] of stack.matchAll(/[ (](\/[^()\n]+):(\d+):(\d+)\)?$/gm)) {
    if (!files.has(file as string)) continue;
    return sourceOf({ file: file as string, line: Number(line), column: Number(column) });
  }
  const [file = ""] = files;
  return { file };
}

function at(
  file: string,
  line: string | undefined,
  column: string | undefined,
  message?: string,
): FaultPlace {
  return { file, line: Number(line), column: Number(column), message };
}
