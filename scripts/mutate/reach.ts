// Which test files can reach a source, by what they import, and how far it is for them.
import path from "node:path";
import { readSource } from "../layers/imports.ts";
import { withoutTypes } from "./syntax.ts";

/** The project's modules by path from its directory: what each imports. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** @param files sources by path */
export function readGraph(files: ReadonlyMap<string, string>): ImportGraph {
  // Without its types, a file imports what it needs when it runs.
  return new Map([...files].map(([file, source]) => [
    file,
    readSource(withoutTypes(source)).imports.flatMap(({ specifier }) =>
      specifier === undefined ? [] : resolve(file, specifier)
    ).filter((target) => files.has(target)),
  ]));
}

function resolve(file: string, specifier: string): string[] {
  if (specifier === "gibbon") return ["mod.ts"];
  if (specifier === "gibbon/testing") return ["src/testing/mod.ts"];
  if (!specifier.startsWith(".")) return [];
  return [path.posix.join(path.posix.dirname(file), specifier)];
}

/** How many imports lie between a file and each that it reaches. */
export function distancesFrom(file: string, graph: ImportGraph): Map<string, number> {
  const distances = new Map([[file, 0]]);
  for (const [reached, distance] of distances) {
    for (const next of graph.get(reached) ?? []) {
      if (!distances.has(next)) distances.set(next, distance + 1);
    }
  }
  return distances;
}
