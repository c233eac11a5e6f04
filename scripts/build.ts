// `deno task build [--all]`: compiles gibbon with Bun, for this machine or for all of Linux.
import { Buffer } from "node:buffer";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { capture } from "./command.ts";
import { BUILT_TYPES, packTypes } from "../src/cli/editor/editor_types.ts";
import { BUILT_TEMPLATES, sourceTemplates } from "../src/cli/editor/templates.ts";
import { BUILT_PAGE, makePage, writeBuiltPage } from "../src/dev/inspector/page_files.ts";
import { BUILT_PRELOAD } from "../src/cli/test_runner.ts";
import { makeEditorTypes } from "./declarations.ts";
import { runtimePath } from "./runtimes.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The files of the inspector's page. */
const PAGE = path.join(ROOT, "dist", BUILT_PAGE);

/** What `gibbon test` has Bun load before the tests. */
const PRELOAD = path.join(ROOT, "dist", BUILT_PRELOAD);

/** The plugins of gibbon new. */
const TEMPLATES = path.join(ROOT, "dist", BUILT_TEMPLATES);

/** The declarations for editors. */
const TYPES = path.join(ROOT, "dist", BUILT_TYPES);

/** Bun's names of the platforms: glibc for Debian, Ubuntu and RHEL images, musl for Alpine. */
const TARGETS = ["linux-x64", "linux-x64-musl", "linux-arm64", "linux-arm64-musl"];

/** msgpackr would look for a native module, which no executable carries. */
const NO_NATIVE = '--define=process.env.MSGPACKR_NATIVE_ACCELERATION_DISABLED="true"';

/** How each executable is built, whatever its platform. */
const OPTIONS = [
  "--compile",
  // Parsed ahead of time, for a quick start; top-level await needs the ES format.
  "--bytecode",
  "--format=esm",
  // Stacks name gibbon's own files and lines.
  "--sourcemap=inline",
  // The directory that a server is started in has no say in how it runs.
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
  // Without it, packages beside a plugin are not found: what they export stands in package.json.
  "--compile-autoload-package-json",
  NO_NATIVE,
];

/**
 * Puts a module and all that it imports into one file.
 *
 * @throws {Error} with what Bun said, if it could not
 */
async function bundle(bun: string, source: string, file: string): Promise<void> {
  // With its map, stacks of tests name gibbon's own files and lines too.
  const flags = ["--target=bun", "--sourcemap=inline", "--minify-whitespace", "--minify-syntax"];
  const args = ["build", ...flags, NO_NATIVE, source, `--outfile=${file}`];
  const { code, stdout, stderr } = await capture(bun, args, { cwd: ROOT });
  if (code !== 0) throw new Error(`bun build failed for ${source}:\n${stdout}${stderr}`);
  await writeFile(file, withoutSources(await readFile(file, "utf8")));
}

/** Takes the sources' texts out of the map in a module: stacks need their names and lines alone. */
function withoutSources(module: string): string {
  const at = module.indexOf("base64,", module.lastIndexOf("\n//# sourceMappingURL=")) + 7;
  const map = JSON.parse(Buffer.from(module.slice(at), "base64").toString("utf8"));
  // Without the list itself, Bun takes the map for broken.
  const sourcesContent = map.sources.map(() => "");
  const json = JSON.stringify({ ...map, sourcesContent });
  return module.slice(0, at) + Buffer.from(json).toString("base64");
}

/**
 * Compiles one executable.
 *
 * @param target Bun's name of the platform; undefined for this machine's
 * @throws {Error} with what Bun said, if it could not
 */
async function build(bun: string, target: string | undefined): Promise<void> {
  const name = target === undefined ? "gibbon" : `gibbon-${target}`;
  const file = path.join(ROOT, "dist", name);
  const startedAt = performance.now();
  const { code, stdout, stderr } = await capture(bun, [
    "build",
    ...OPTIONS,
    ...(target === undefined ? [] : [`--target=bun-${target}`]),
    "src/cli/main.ts",
    PAGE,
    PRELOAD,
    TYPES,
    TEMPLATES,
    "--loader=.asset:file",
    // By this name it is asked for.
    "--asset-naming=[name].[ext]",
    `--outfile=${file}`,
  ], { cwd: ROOT });
  if (code !== 0) throw new Error(`bun build failed for ${name}:\n${stdout}${stderr}`);
  // The map is inside of the executable; Bun leaves a copy beside it.
  await rm(`${file}.map`, { force: true });
  const megabytes = ((await stat(file)).size / 1e6).toFixed(1);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`dist/${name}  ${megabytes} MB  (${seconds} s)`);
}

const bun = await runtimePath("bun");
await mkdir(path.join(ROOT, "dist"), { recursive: true });
// These go into the executable, each as one file.
await writeFile(PAGE, writeBuiltPage(await makePage()));
await writeFile(TEMPLATES, JSON.stringify(Object.fromEntries(await sourceTemplates())));
await writeFile(TYPES, packTypes(await makeEditorTypes()));
const targets = process.argv.includes("--all") ? TARGETS : [undefined];
try {
  await bundle(bun, "src/cli/test_preload.ts", PRELOAD);
  for (const target of targets) await build(bun, target);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
