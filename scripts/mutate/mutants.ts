// The mutants of a set of files, numbered, each with what a reader needs to find it.
import { instrument, type Numbered } from "./instrument.ts";
import { findMutations, type Mutation } from "./mutations.ts";
import { parseModule, withoutTypes } from "./syntax.ts";

/** One changed program. */
export interface Mutant {
  readonly id: number;
  /** Path from the project's directory. */
  readonly file: string;
  /** Where the change begins; both count from 1. */
  readonly line: number;
  readonly column: number;
  readonly kind: string;
  /** What is changed, as it stands in the source, on one line. */
  readonly from: string;
  readonly to: string;
  /** The whole line of the source in which the change begins, trimmed. */
  readonly code: string;
}

/** Mutants, and the sources that have them all. */
export interface Mutants {
  readonly all: readonly Mutant[];
  /** Instrumented sources by path. */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * Makes the mutants of some files.
 *
 * @param files sources by path
 * @param wanted which of them there are to be, by number; all if left out
 * @throws {SyntaxError} if a source does not parse
 */
export function makeMutants(
  files: ReadonlyMap<string, string>,
  wanted: (id: number) => boolean = () => true,
): Mutants {
  const all: Mutant[] = [];
  const sources = new Map<string, string>();
  let id = 0;
  for (const [file, source] of files) {
    const numbered: Numbered[] = [];
    const code = withoutTypes(source);
    for (const mutation of findMutations(code, parseModule(code))) {
      id++;
      if (!wanted(id)) continue;
      numbered.push({ id, mutation });
      all.push(describe(id, file, source, mutation));
    }
    if (numbered.length > 0) sources.set(file, instrument(code, numbered));
  }
  return { all, sources };
}

function describe(id: number, file: string, source: string, mutation: Mutation): Mutant {
  const { start, end, kind, text } = mutation;
  const lineStart = source.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = source.indexOf("\n", start);
  return {
    id,
    file,
    line: source.slice(0, start).split("\n").length,
    column: start - lineStart + 1,
    kind,
    from: onOneLine(source.slice(start, end)),
    to: onOneLine(text),
    code: source.slice(lineStart, lineEnd < 0 ? undefined : lineEnd).trim(),
  };
}

function onOneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
