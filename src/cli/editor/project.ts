// The files of a project that tell editors, tsc and Deno where the types are.
import { VERSION } from "../../base/version.ts";
import { type EditorTypes, ENTRIES, NODE_TYPES } from "./editor_types.ts";

/** The folder of the types, in a directory of plugins. Its name keeps it out of what is served. */
export const EDITOR_FOLDER = ".gibbon";

/** Which gibbon has written the types. */
export const VERSION_FILE = "version";

/** What is written. */
export interface Project {
  /** Files in the folder of the types. */
  readonly inside: ReadonlyMap<string, string>;
  /** Files beside it, unless the author has such. */
  readonly beside: readonly Leading[];
}

/** A file that leads to the types. */
export interface Leading {
  readonly file: string;
  readonly text: string;
  /** Whether one of the author's own leads there. */
  isThere(own: string): boolean;
  /** What one has to have. */
  readonly lacks: string;
}

/** @param ownNode whether the author has types of Node.js */
export function projectOf(types: EditorTypes, ownNode: boolean): Project {
  const isNodes = (file: string) => file.startsWith("node_modules/");
  const inside = new Map(types.entries().filter(([file]) => !(ownNode && isNodes(file))));
  inside.set("tsconfig.json", toJson({ compilerOptions: compilerOptions(ownNode) }));
  inside.set(VERSION_FILE, `${VERSION}\n`);
  // Whoever clones the project makes it anew.
  inside.set(".gitignore", "*\n");
  return { inside, beside: [TSCONFIG, DENO] };
}

function compilerOptions(ownNode: boolean) {
  return {
    target: "ES2024",
    lib: ["ES2024", "ESNext.Disposable"],
    module: "Preserve",
    moduleResolution: "Bundler",
    moduleDetection: "force",
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    // gibbon takes the types off, and nothing else.
    allowImportingTsExtensions: true,
    isolatedModules: true,
    resolveJsonModule: true,
    types: ["node"],
    ...(ownNode ? {} : { typeRoots: [`./${NODE_TYPES.replace(/\/node$/, "")}`] }),
    paths: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, [`./${file}`]])),
  };
}

const EXTENDS = { extends: `./${EDITOR_FOLDER}/tsconfig.json` };

const TSCONFIG: Leading = {
  file: "tsconfig.json",
  text: toJson({ ...EXTENDS, include: ["**/*.ts", "**/*.mts", "**/*.cts"] }),
  isThere: (own) => own.includes(EXTENDS.extends),
  lacks: toJson(EXTENDS),
};

const IMPORTS = {
  imports: Object.fromEntries(
    Object.entries(ENTRIES).map(([name, file]) => [name, `./${EDITOR_FOLDER}/${file}`]),
  ),
};

/** Deno reads no `paths`, and has a library of its own. */
const DENO: Leading = {
  file: "deno.json",
  text: toJson({
    ...IMPORTS,
    compilerOptions: { lib: ["deno.window"] },
    exclude: [EDITOR_FOLDER],
  }),
  isThere: (own) => own.includes(`/${EDITOR_FOLDER}/`) || /"gibbon"\s*:/.test(own),
  lacks: toJson(IMPORTS),
};

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
