// Compiles gibbon's executable with Bun, out of the sources and of the parts that lie in dist/.
import { rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { BUILT_TYPES } from "../../src/cli/editor/editor_types.ts";
import { BUILT_TEMPLATES } from "../../src/cli/editor/templates.ts";
import { BUILT_PRELOAD } from "../../src/cli/test_runner.ts";
import { BUILT_PAGE } from "../../src/dev/inspector/page_files.ts";
import { capture } from "../command.ts";
import { runtimePath } from "../runtimes.ts";

/** The project's folder, and the one that builds go into. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const DIST = path.join(ROOT, "dist");

/** Bun's names of Linux's platforms: glibc for Debian, Ubuntu and RHEL images, musl for Alpine. */
export const LINUX_TARGETS = [
  "linux-x64",
  "linux-x64-musl",
  "linux-arm64",
  "linux-arm64-musl",
] as const;

/** All platforms that gibbon is compiled for. */
export const TARGETS = [...LINUX_TARGETS, "darwin-x64", "darwin-arm64"] as const;

/** Bun's name of a platform. */
export type Target = typeof TARGETS[number];

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

/** How one executable is built. */
export interface Compiling {
  /** Undefined for this machine's platform. */
  readonly target?: Target | undefined;
  /** Where Bun is to write what went in; see `readMetafile`. */
  readonly metafile?: string | undefined;
}

/**
 * Compiles one executable. The parts have to be in dist/.
 *
 * @throws {Error} with what Bun said, if it could not
 */
export async function buildExecutable(
  file: string,
  { target, metafile }: Compiling,
): Promise<void> {
  await runBuild([
    ...OPTIONS,
    ...(target === undefined ? [] : [`--target=bun-${target}`]),
    ...(metafile === undefined ? [] : [`--metafile=${metafile}`]),
    "src/cli/main.ts",
    ...[BUILT_PAGE, BUILT_PRELOAD, BUILT_TYPES, BUILT_TEMPLATES].map((part) =>
      path.join(DIST, part)
    ),
    "--loader=.asset:file",
    // By this name it is asked for.
    "--asset-naming=[name].[ext]",
    `--outfile=${file}`,
  ], path.basename(file));
  // The map is inside of the executable; Bun leaves a copy beside it.
  await rm(`${file}.map`, { force: true });
}

/**
 * Puts a module and all that it imports into one file.
 *
 * @throws {Error} with what Bun said, if it could not
 */
export async function bundleModule(
  source: string,
  file: string,
  metafile: string | undefined,
): Promise<void> {
  // With its map, stacks of tests name gibbon's own files and lines too.
  const flags = ["--target=bun", "--sourcemap=inline", "--minify-whitespace", "--minify-syntax"];
  const more = metafile === undefined ? [] : [`--metafile=${metafile}`];
  await runBuild([...flags, NO_NATIVE, ...more, source, `--outfile=${file}`], source);
}

async function runBuild(args: readonly string[], what: string): Promise<void> {
  const bun = await runtimePath("bun");
  const { code, stdout, stderr } = await capture(bun, ["build", ...args], { cwd: ROOT });
  if (code !== 0) throw new Error(`bun build failed for ${what}:\n${stdout}${stderr}`);
}
