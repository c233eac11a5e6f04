// Where in a plugin's source an error comes from, with the lines around it.
import { dirname, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { attempt } from "../base/printable.ts";
import { readRegularText } from "../base/regular_file.ts";
import type { CodeFrame } from "./inspector/view.ts";

/** Lines before and after the one that it is about. */
const AROUND = 4;
/** Longest line that is shown, in UTF-16 units. */
const LINE_LENGTH = 300;
/** Largest source that is looked at, in bytes. */
const SOURCE_BYTES = 2 * 1024 * 1024;
/** How many lines of a stack are kept. */
const STACK_LINES = 40;

/** A place in a stack: a path or a file URL, perhaps with a query, then line and column. */
const PLACE = /(file:\/\/\/[^\s()?#]+|\/[^\s()?#]+?)(?:[?#][^\s():]*)?:(\d+):(\d+)/;

/** A line of a stack. */
export interface StackLine {
  readonly text: string;
  /** Whether it is in a file of the plugin's own: beside its module, and not in a package. */
  readonly isOwn: boolean;
}

/** A stack, and the source of its first line in a plugin's own file. */
export interface FoundPlace {
  readonly stack: readonly StackLine[];
  readonly frame: CodeFrame | undefined;
}

/** @param file the plugin's module, as an absolute path */
export function findPlace(stack: string, file: string): FoundPlace {
  const directory = dirname(file);
  const texts = stack.split("\n").filter((line) => /^\s*at /.test(line)).slice(0, STACK_LINES);
  const lines = texts.map((line) => {
    const place = placeIn(line);
    return { text: line.trim(), place, isOwn: place !== undefined && isOwn(place.file, directory) };
  });
  const first = lines.find((line) => line.isOwn)?.place;
  return {
    stack: lines.map(({ text, isOwn }) => ({ text, isOwn })),
    frame: first && codeFrame(first),
  };
}

/** The source at a place such as `/plugins/one.ts:3:20`; undefined for any other text. */
export function frameAt(place: string): CodeFrame | undefined {
  const [, file, line, column] = /^(\/.+):(\d+):(\d+)$/.exec(place) ?? [];
  if (file === undefined) return undefined;
  return codeFrame({ file, line: Number(line), column: Number(column) });
}

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

function placeIn(line: string): Place | undefined {
  const [, where, row, column] = PLACE.exec(line) ?? [];
  if (where === undefined) return undefined;
  const file = where.startsWith("file:") ? attempt(() => fileURLToPath(where)) : where;
  return file === undefined ? undefined : { file, line: Number(row), column: Number(column) };
}

function isOwn(file: string, directory: string): boolean {
  const isBeside = directory === sep || file.startsWith(directory + sep);
  return isBeside && !file.split(sep).includes("node_modules");
}

/** Undefined where the source has no such line, or cannot be read. */
function codeFrame({ file, line, column }: Place): CodeFrame | undefined {
  const text = attempt(() => readRegularText(file, SOURCE_BYTES));
  const all = text?.split(/\r?\n/);
  if (!all || line < 1 || line > all.length) return undefined;
  const from = Math.max(1, line - AROUND);
  const lines = all.slice(from - 1, line + AROUND).map((one) => one.slice(0, LINE_LENGTH));
  return { file, line, column, from, lines };
}
