// The rules of the house: which room may import from which, and what else DESIGN says of imports.
import { packageName } from "../../src/runtime/shared/modules/package_name.ts";
import path from "node:path";
import { type Import, readSource, type SourceFacts } from "./imports.ts";
import { checkNames } from "./names.ts";

/**
 * Rooms in the order of the house: a room knows itself and the rooms before it in this list. Those
 * on one line do not know each other. A file lies in the room with the longest path that fits.
 */
export const ROOMS: readonly (readonly string[])[] = [
  ["base"],
  ["wire"],
  ["runtime"],
  ["modules"],
  ["telemetry"],
  ["kong/engine", "prox", "brpc"],
  ["kong/pdk"],
  ["kong/schema"],
  ["kong/loader"],
  ["kong/protocol"],
  ["kong/server", "kong/emulator", "kong/usage"],
  ["kong/config"],
  ["kong/doctor", "prox/plugin", "prox/host", "brpc/plugin", "brpc/hub"],
  ["dev"],
  ["testing"],
  ["cli"],
];

/** Folders that never know one another, wherever their rooms stand: remove one, the others work. */
const STRANGERS: readonly (readonly string[])[] = [
  ["src/kong/", "src/prox/", "src/brpc/"],
  ["src/runtime/node/", "src/runtime/deno/", "src/runtime/bun/"],
];

/** What users import: lists of names. They belong to no room, and only the command line knows them. */
export const ENTRIES: readonly string[] = [
  "mod.ts",
  "src/prox/mod.ts",
  "src/prox/host/mod.ts",
  "src/brpc/mod.ts",
  "src/testing/mod.ts",
];

/** How the paths of the files begin that may say `Deno` or `Bun`, and use what is theirs alone. */
const RUNTIME_FILES: Readonly<Record<"Deno" | "Bun", string>> = {
  Deno: "src/runtime/deno/",
  Bun: "src/runtime/bun/",
};

/** The one file that asks which runtime this is; it names them both. */
const DETECTOR = "src/runtime/detect.ts";

/** Only a runtime's adapter imports files that are named at run time: plugins. */
const COMPUTED_IMPORTS = "src/runtime/";

/** Files by their path from the project's directory, with `/`: their contents. */
export type SourceTree = ReadonlyMap<string, string>;

/** A place that breaks a rule. */
export interface Breach {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** What the rules need besides the files. */
export interface House {
  /** Packages that package.json lists. */
  readonly dependencies: readonly string[];
}

/** Applies all rules to `mod.ts` and the files below `src/`. */
export function checkLayers(tree: SourceTree, house: House): Breach[] {
  const facts = new Map([...tree].map(([file, source]) => [file, readSource(source)]));
  const breaches = [...facts].flatMap(([file, ofFile]) => [
    ...ofFile.imports.flatMap((imported) => checkImport(file, imported, facts, house)),
    ...checkRuntimeGlobals(file, ofFile),
    ...checkFirstLine(file, tree.get(file) ?? ""),
    ...(ENTRIES.includes(file) ? checkEntry(file, ofFile) : []),
    ...(roomOf(file) === undefined && !ENTRIES.includes(file)
      ? [{ file, line: 1, message: `it is in no room of the house: ${ROOMS.flat().join(", ")}` }]
      : []),
  ]);
  return [...breaches, ...findCycles(facts), ...checkNames(facts)];
}

/** The room that a file lies in: `wire` for `src/wire/frames.ts`. */
export function roomOf(file: string): string | undefined {
  return ROOMS.flat().filter((room) => file.startsWith(`src/${room}/`))
    .reduce<string | undefined>(
      (best, room) => room.length > (best?.length ?? 0) ? room : best,
      undefined,
    );
}

function levelOf(room: string): number {
  return ROOMS.findIndex((rooms) => rooms.includes(room));
}

type Facts = ReadonlyMap<string, SourceFacts>;

function checkImport(file: string, imported: Import, facts: Facts, house: House): Breach[] {
  const { specifier, line } = imported;
  const breach = (message: string) => [{ file, line, message }];
  if (specifier === undefined) {
    if (file.startsWith(COMPUTED_IMPORTS)) return [];
    return breach("an import() that computes its file: only src/runtime/ may do that");
  }
  if (specifier.startsWith(".")) return checkRelative(file, specifier, facts).flatMap(breach);
  return checkPackage(file, specifier, house).flatMap(breach);
}

function checkRelative(file: string, specifier: string, facts: Facts): string[] {
  const target = resolve(file, specifier);
  if (target === "package.json") return [];
  if (!facts.has(target)) return [`"${specifier}" is no file of mod.ts or src/`];
  const [from, to] = [roomOf(file), roomOf(target)];
  if (ENTRIES.includes(file)) return [];
  if (ENTRIES.includes(target)) {
    return from === "cli" ? [] : [`${target} is for users; import the file itself`];
  }
  const strange = STRANGERS.find((folders) =>
    folders.some((folder) => file.startsWith(folder)) &&
    folders.some((folder) => target.startsWith(folder) && !file.startsWith(folder))
  );
  if (strange) return [`${strange.join(", ")} never know one another: "${specifier}"`];
  if (!from || !to || from === to || levelOf(to) < levelOf(from)) return [];
  return [`room ${from} may not know room ${to}: "${specifier}"`];
}

function checkPackage(file: string, specifier: string, house: House): string[] {
  if (specifier.startsWith("node:")) return [];
  if (specifier === "bun" || specifier.startsWith("bun:")) {
    return file.startsWith(RUNTIME_FILES.Bun) ? [] : [`"${specifier}" exists on Bun only`];
  }
  if (house.dependencies.includes(packageName(specifier))) return [];
  return [`"${specifier}" is not among the dependencies in package.json`];
}

function checkRuntimeGlobals(file: string, facts: SourceFacts): Breach[] {
  if (file === DETECTOR) return [];
  return facts.runtimeGlobals.filter(({ name }) => !file.startsWith(RUNTIME_FILES[name]))
    .map(({ name, line }) => ({
      file,
      line,
      message: `"${name}" exists on one runtime only: it belongs into ${RUNTIME_FILES[name]}`,
    }));
}

function checkFirstLine(file: string, source: string): Breach[] {
  if (source.startsWith("// ") || source.startsWith("#!")) return [];
  return [{ file, line: 1, message: "its first line is not a comment that says what it is for" }];
}

/** An entry is a list of what users get, each of them by name. */
function checkEntry(file: string, facts: SourceFacts): Breach[] {
  const stars = facts.starExports.map((line) => ({
    file,
    line,
    message: "an export * hides what the API is; name what is exported",
  }));
  if (facts.firstStatement === undefined) return stars;
  const message = 'an entry holds nothing but `export { ... } from "..."`';
  return [...stars, { file, line: facts.firstStatement, message }];
}

/** Each cycle once, at the file of it that comes first. Imports of types count too. */
function findCycles(facts: Facts): Breach[] {
  const done = new Set<string>();
  const breaches: Breach[] = [];
  const visit = (file: string, trail: readonly string[]) => {
    const start = trail.indexOf(file);
    if (start >= 0) {
      const cycle = [...trail.slice(start), file].join(" -> ");
      breaches.push({ file, line: 1, message: `files import each other in a circle: ${cycle}` });
      return;
    }
    if (done.has(file)) return;
    for (const { specifier } of facts.get(file)?.imports ?? []) {
      if (specifier?.startsWith(".")) visit(resolve(file, specifier), [...trail, file]);
    }
    done.add(file);
  };
  for (const file of facts.keys()) visit(file, []);
  return breaches;
}

function resolve(file: string, specifier: string): string {
  return path.posix.join(path.posix.dirname(file), specifier);
}
