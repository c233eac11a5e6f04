// Programs in Go: where Go is, and building what tests talk with.
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import process from "node:process";
import { type Folder, makeFolder } from "./folder.ts";
import { canRun, runProcess } from "./process.ts";

/** What stands in a skipped test's title where Go is missing. */
export const NO_GO = "Go is not installed";

/** Go by the variable GO, by the path, or where it installs itself; undefined if there is none. */
export async function findGo(): Promise<string | undefined> {
  for (const go of [process.env["GO"], "go", "/usr/local/go/bin/go"]) {
    if (go !== undefined && await canRun([go, "version"])) return go;
  }
  return undefined;
}

/** Programs that were built, or why they were not. */
export interface GoPrograms {
  /** Path of a program by the name of its package's folder. */
  program(name: string): string;
  /** Why what needs them is skipped; undefined if nothing is. */
  readonly missing: string | undefined;
  /** Removes the programs. */
  remove(): Promise<void>;
}

/**
 * Builds the packages of a module. Needs Go, and once its module proxy, if the module names others.
 *
 * @param module folder with the go.mod
 * @param packages their folders in it, such as `./plugin`
 */
export async function buildGo(module: URL, ...packages: string[]): Promise<GoPrograms> {
  const folder = await makeFolder();
  const programs = programsIn(folder);
  const missing = await goBuild(module, ["-o", `${folder.path}/`, ...packages]);
  return { ...programs, missing };
}

function programsIn({ path, remove }: Folder) {
  return { program: (name: string) => join(path, name), remove };
}

/**
 * Runs `go build`.
 *
 * @param module folder with the go.mod
 * @param args what comes after `build`
 * @returns why it could not be done, without Go or without the modules; undefined if it was
 * @throws {Error} if the program does not compile: that is no reason to skip anything
 */
export async function goBuild(module: URL, args: readonly string[]): Promise<string | undefined> {
  const go = await findGo();
  if (go === undefined) return NO_GO;
  const cwd = fileURLToPath(module);
  const { code, stderr } = await runProcess([go, "build", "-buildvcs=false", ...args], { cwd });
  if (code === 0) return undefined;
  const missing = await goMissing(module);
  if (missing !== undefined) return missing;
  throw new Error(`go build ${args.join(" ")} failed:\n${stderr}`);
}

/** Why nothing of a module can be built here, whatever its programs are; undefined if it can. */
export async function goMissing(module: URL): Promise<string | undefined> {
  const go = await findGo();
  if (go === undefined) return NO_GO;
  const { code, stderr } = await runProcess([go, "mod", "download"], {
    cwd: fileURLToPath(module),
  });
  return code === 0 ? undefined : `Go's modules cannot be had: ${stderr.trim().split("\n")[0]}`;
}
