// The text of a declarative configuration: its values, and the line that each of them stands on.
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { GibbonError, messageOf } from "../../../base/errors.ts";

/** Where a value stands in a file: names of fields and places in lists, from the outside in. */
export type EntityPath = readonly (string | number)[];

/** A path for people, as in `services[0].routes[1].paths[0]`. */
export function pathText(path: EntityPath): string {
  return path.map((part, i) => {
    if (typeof part === "number") return `[${part}]`;
    return i === 0 ? part : `.${part}`;
  }).join("");
}

/** A parsed file. */
export interface YamlText {
  /** The file's name, for messages. */
  readonly file: string;
  readonly value: unknown;
  /** The line, from 1 on, of what a path leads to, or of the last part of it that is there. */
  lineOf(path: EntityPath): number;
}

/** Aliases may make at most so many times the text of what they stand for. */
const MOST_ALIASES = 100;

/**
 * Parses a file. Words such as `yes` and `on` are booleans, as in Kong.
 *
 * @throws {GibbonError} OPTION_INVALID, with the line of what is no YAML
 */
export function parseYamlText(text: string, file: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.1",
    lineCounter: lines,
    prettyErrors: false,
    // Kong takes a date for a text.
    customTags: (tags) =>
      tags.filter((tag) => typeof tag === "string" || tag.tag !== "tag:yaml.org,2002:timestamp"),
  });
  const [error] = document.errors;
  if (error) {
    const { line } = lines.linePos(error.pos[0]);
    throw notYaml(file, line, error.message, error);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    throw notYaml(file, 1, messageOf(error), error);
  }
  return { file, value, lineOf: (path) => lineOf(document, lines, path) };
}

function notYaml(file: string, line: number, reason: string, cause: unknown): GibbonError {
  return new GibbonError("OPTION_INVALID", `${file} is no YAML: ${reason} (line ${line})`, {
    file: `${file}:${line}`,
    remedy:
      "Correct the line. Indent with spaces, and quote texts that have a colon or a # in them.",
    cause,
  });
}

function lineOf(document: Document.Parsed, lines: LineCounter, path: EntityPath): number {
  let node: unknown = document.contents;
  let offset = rangeOf(node) ?? 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    let key: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) =>
        isScalar(item.key) && String(item.key.value) === String(part)
      );
      [key, node] = [pair?.key, pair?.value];
    } else node = isSeq(node) && typeof part === "number" ? node.items[part] : undefined;
    const at = rangeOf(key) ?? rangeOf(node);
    if (at === undefined) break;
    offset = at;
  }
  return lines.linePos(offset).line;
}

function rangeOf(node: unknown): number | undefined {
  const range = (node as { range?: readonly number[] | null } | null | undefined)?.range;
  return range?.[0];
}
