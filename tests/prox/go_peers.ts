// Builds the Go peers of tests/prox/go into a folder for temporary files; says why if it cannot.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCES = fileURLToPath(new URL("go", import.meta.url));

/** The peers' programs, or why there are none. */
export interface GoPeers {
  readonly plugin: string;
  readonly host: string;
  /** Why what needs them is skipped; false if nothing is. */
  readonly skip: string | false;
  /** Removes the programs. */
  remove(): Promise<void>;
}

/** Builds them. Needs Go, and once its module proxy. */
export async function buildGoPeers(): Promise<GoPeers> {
  const folder = await mkdtemp(join(tmpdir(), "gibbon-prox-go-"));
  const problem = await new Promise<string | undefined>((resolve) => {
    const args = ["build", "-o", `${folder}/`, "./plugin", "./host"];
    execFile("go", args, { cwd: SOURCES }, (error, _, stderr) => {
      if (!error) resolve(undefined);
      else if (error.code === "ENOENT") resolve("Go is not installed");
      else resolve(`go build failed: ${stderr.trim().split("\n").at(-1) || error.message}`);
    });
  });
  return {
    plugin: join(folder, "plugin"),
    host: join(folder, "host"),
    skip: problem ?? false,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
