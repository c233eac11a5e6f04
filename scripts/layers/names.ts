// One name for one thing: no exported name is declared in two files, but for a listed few.
import type { SourceFacts } from "./imports.ts";

/**
 * Names that stand in several files on purpose, with the reason.
 */
export const SHARED_NAMES: Readonly<Record<string, string>> = {
  run: "each command of src/cli has one",
  bytes: "a kind of value, in the little languages that say what arguments and fields are",
  flag: "likewise",
  integer: "likewise",
  maximum: "likewise",
  optional: "likewise",
  table: "likewise",
  text: "likewise",
};

/** A place where a name is declared. */
interface Place {
  readonly file: string;
  readonly line: number;
}

/** Names that are declared again, each at its second place and those that follow. */
export function checkNames(
  facts: ReadonlyMap<string, SourceFacts>,
  shared: Readonly<Record<string, string>> = SHARED_NAMES,
): { readonly file: string; readonly line: number; readonly message: string }[] {
  const places = new Map<string, Place[]>();
  for (const [file, { declared }] of facts) {
    // Generated code has the names of Kong's messages.
    if (file.includes("/generated/")) continue;
    for (const { name, line } of declared) {
      const known = places.get(name) ?? [];
      if (known.every((place) => place.file !== file)) places.set(name, [...known, { file, line }]);
    }
  }
  return [...places].flatMap(([name, [first, ...others]]) =>
    Object.hasOwn(shared, name) ? [] : others.map((place) => ({
      ...place,
      message: `${name} is declared in ${first!.file} too: one name for one thing`,
    }))
  );
}
