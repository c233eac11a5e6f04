// The page's files: those of a build, or made of the sources when they are wanted, with no build before.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import * as v from "valibot";

/** A file as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly text: string;
}

/** Files by the paths of their URLs: `/`, `/style.css`, `/dev/inspector/page/main.js`. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/** What the file is called that a build puts into the executable. */
export const BUILT_PAGE = "inspector-page.asset";

const SRC = fileURLToPath(new URL("../../", import.meta.url));
const PAGE = join(SRC, "dev", "inspector", "page");

/** What else is sent, by its path. */
const STATIC_FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/icon.svg": ["icon.svg", "image/svg+xml"],
};

/** The style sheet's parts, in their order: the last ones change what the first ones say. */
const STYLES = [
  "base",
  "controls",
  "layout",
  "list",
  "opened",
  "time_line",
  "errors",
  "problems",
  "parts",
  "masked",
  "edit",
  "keys",
  "phone",
];

/** The modules of packages that the page may import. */
const PACKAGES: Readonly<Record<string, string>> = {
  "preact": "dist/preact.mjs",
  "preact/hooks": "hooks/dist/hooks.mjs",
  "preact/jsx-runtime": "jsx-runtime/dist/jsxRuntime.mjs",
};

const SCRIPT = "text/javascript; charset=utf-8";

const BuiltFiles = v.record(v.string(), v.object({ type: v.string(), text: v.string() }));

/** The files of a build, as it wrote them. */
export function readBuiltPage(text: string): PageFiles {
  return new Map(Object.entries(v.parse(BuiltFiles, JSON.parse(text))));
}

/** What a build writes. */
export function writeBuiltPage(files: PageFiles): string {
  return JSON.stringify(Object.fromEntries(files));
}

/** The files, made of the sources: types and JSX are taken out, and imports lead to paths of URLs. */
export async function makePage(): Promise<PageFiles> {
  const files = new Map<string, PageFile>();
  for (const [path, [file, type]] of Object.entries(STATIC_FILES)) {
    files.set(path, { type, text: await readFile(join(PAGE, file), "utf8") });
  }
  const styles = STYLES.map((name) => readFile(join(PAGE, "styles", `${name}.css`), "utf8"));
  const text = (await Promise.all(styles)).join("\n");
  files.set("/style.css", { type: "text/css; charset=utf-8", text });
  const { transform } = await import("sucrase");
  const addModule = async (file: string): Promise<void> => {
    const path = pathOf(file);
    if (files.has(path)) return;
    const isOwn = /\.tsx?$/.test(file);
    const source = await readFile(file, "utf8");
    const script = isOwn
      ? transform(source, {
        transforms: ["typescript", "jsx"],
        jsxRuntime: "automatic",
        jsxImportSource: "preact",
        production: true,
        disableESTransforms: true,
        filePath: file,
      }).code
      : source.replace(/^\/\/# sourceMappingURL=.*$/m, "");
    const imported: string[] = [];
    const text = script.replace(IMPORT, (_, before: string, quote: string, specifier: string) => {
      const target = targetOf(specifier, file);
      imported.push(target);
      return `${before}${quote}${pathOf(target)}${quote}`;
    });
    files.set(path, { type: SCRIPT, text });
    for (const target of imported) await addModule(target);
  };
  await addModule(join(PAGE, "main.tsx"));
  return files;
}

/** Where a module is imported from, in what the sources have as imports. */
const IMPORT = /(\bfrom\s*|\bimport\s*)(["'])([^"'\n]+)\2/g;

/** @throws {Error} for what the page may not import */
function targetOf(specifier: string, importer: string): string {
  if (specifier.startsWith(".")) {
    const target = resolve(dirname(importer), specifier);
    if (existsSync(target)) return target;
  } else if (Object.hasOwn(PACKAGES, specifier)) {
    const manifest = createRequire(import.meta.url).resolve("preact/package.json");
    return join(dirname(manifest), PACKAGES[specifier]!);
  }
  throw new Error(`${importer} imports ${specifier}, which the page cannot have`);
}

/** The path of a module's URL. */
function pathOf(file: string): string {
  const inSources = relative(SRC, file).split(sep).join("/");
  const found = inSources.startsWith("..")
    ? `packages/${file.split(`${sep}node_modules${sep}`).at(-1)!.split(sep).join("/")}`
    : inSources;
  return `/${found.replace(/\.tsx?$/, ".js").replace(/\.mjs$/, ".js")}`;
}
