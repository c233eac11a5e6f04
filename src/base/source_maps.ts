// Places in compiled modules, told as places in their sources, where a source map says which those are.
import { Buffer } from "node:buffer";
import { statSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { attempt } from "./printable.ts";
import { readRegularText } from "./regular_file.ts";

/** A place in a file; line and column count from 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Largest module, and largest map beside one, that is looked at, in bytes. */
const MAX_BYTES = 32 * 1024 * 1024;
/** How many modules' maps are kept; past that all are read again. */
const MAX_KEPT = 64;

/** What is kept of a module: its map, or that it has none, as of a state of its file. */
interface Kept {
  readonly state: string;
  readonly map: SourceMap | undefined;
}

const keptByFile = new Map<string, Kept>();

/** Longer lines are no frames: a message may have anything in it, and clients have their say in some. */
const LONGEST_FRAME = 2000;

/**
 * A stack in which frames of compiled modules name their sources. Frames of packages and of modules
 * without a map stay as they are. Never throws.
 */
export function inSources(stack: string): string {
  return stack.split("\n").map(frameInSource).join("\n");
}

/** A line of a stack: `at name (place:line:column)` or `at place:line:column`. */
function frameInSource(frame: string): string {
  if (frame.length > LONGEST_FRAME) return frame;
  const [, beginning = ""] = /^(\s*at (?:async )?)/.exec(frame) ?? [];
  const [ending = "", line, column, closing = ""] = /:(\d{1,9}):(\d{1,9})(\)?)$/.exec(frame) ?? [];
  if (beginning === "" || ending === "") return frame;
  const named = closing === "" ? -1 : frame.lastIndexOf(" (");
  const before = named < 0 ? beginning : frame.slice(0, named + " (".length);
  const where = frame.slice(before.length, frame.length - ending.length).replace(/[?#].*$/, "");
  const file = where.startsWith("file:") ? attempt(() => fileURLToPath(where)) : where;
  if (file === undefined || !file.startsWith("/")) return frame;
  const place = { file, line: Number(line), column: Number(column) };
  const source = sourceOf(place);
  if (source === place) return frame;
  return `${before}${source.file}:${source.line}:${source.column}${closing}`;
}

/**
 * The place in the source of a compiled module. The source need not be there: its path is the one
 * that the map gives, from the module's folder on.
 *
 * @returns the place itself where there is no map, or nothing in it about the place. Never throws
 */
export function sourceOf(place: SourcePlace): SourcePlace {
  const { file, line, column } = place;
  if (!/\.[cm]?js$/.test(file) || file.includes("/node_modules/")) return place;
  const found = attempt(() => mapOf(file)?.findEntry(line - 1, column - 1));
  if (!found || !("originalSource" in found) || typeof found.originalSource !== "string") {
    return place;
  }
  const { originalSource, originalLine, originalColumn } = found;
  const path = originalSource.startsWith("file:")
    ? attempt(() => fileURLToPath(originalSource)) ?? originalSource
    : resolve(dirname(file), originalSource);
  return { file: path, line: originalLine + 1, column: originalColumn + 1 };
}

function mapOf(file: string): SourceMap | undefined {
  const { mtimeMs, size } = statSync(file);
  const state = `${mtimeMs} ${size}`;
  const kept = keptByFile.get(file);
  if (kept?.state === state) return kept.map;
  if (keptByFile.size >= MAX_KEPT) keptByFile.clear();
  const map = attempt(() => readMap(file));
  keptByFile.set(file, { state, map });
  return map;
}

/** The map that a module's last comment has in it, or names. */
function readMap(file: string): SourceMap | undefined {
  const text = readRegularText(file, MAX_BYTES);
  const at = text.lastIndexOf("\n//# sourceMappingURL=");
  if (at < 0) return undefined;
  const url = text.slice(text.indexOf("=", at) + 1).trim();
  const [, data] = /^data:application\/json[^,]*;base64,(.+)$/.exec(url) ?? [];
  const json = data === undefined
    ? readRegularText(resolve(dirname(file), decodeURIComponent(url)), MAX_BYTES)
    : Buffer.from(data, "base64").toString("utf8");
  return new SourceMap(JSON.parse(json));
}
