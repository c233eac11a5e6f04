// Looks things up in the text of modules: what they import, and in which line.
import { readRegularText } from "../../../base/regular_file.ts";

/** A specifier in an import, an export or a require; `index` is where its quote is. */
export interface Specifier {
  readonly text: string;
  readonly index: number;
}

/** The specifiers in a text. What is in comments counts too: it has to do for a look. */
export function findSpecifiers(text: string): Specifier[] {
  const found = text.matchAll(/\b(?:from|import|require)\b[\s(]*(["'])(.+?)\1/g);
  return Array.from(found, (match) => {
    const specifier = match[2] as string;
    return { text: specifier, index: match.index + match[0].length - specifier.length - 2 };
  });
}

/** Where a name is first imported or re-exported in a text, as `{ name }`; -1 if it is not. */
export function findImportedName(text: string, name: string): number {
  const escaped = name.replaceAll("$", "\\$");
  const list = `(?<=\\{[^{}]*)(?<![\\w$])${escaped}(?![\\w$])[^{}]*\\}\\s*from\\b`;
  return text.search(new RegExp(list));
}

/** Line and column of an index, from 1. */
export function positionAt(text: string, index: number): { line: number; column: number } {
  const before = text.slice(0, index);
  return { line: before.split("\n").length, column: index - before.lastIndexOf("\n") };
}

/** The text of a file; empty if it cannot be read. */
export function readText(file: string): string {
  try {
    return readRegularText(file, Infinity);
  } catch {
    return "";
  }
}
