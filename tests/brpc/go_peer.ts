// Builds the Go peer of tests/brpc/peer into a folder for temporary files; says why if it cannot.
import { execFile, type ExecFileException } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const SOURCES = fileURLToPath(new URL("peer", import.meta.url));

/** The peer's program, or why there is none. */
export interface GoPeer {
  readonly program: string;
  /** Why what needs it is skipped; undefined if nothing is. */
  readonly missing: string | undefined;
  /** Removes the program. */
  remove(): Promise<void>;
}

/** Builds it with Go by the variable GO, by the path, or where it installs itself. */
export async function buildGoPeer(): Promise<GoPeer> {
  const folder = await mkdtemp(join(tmpdir(), "gibbon-brpc-go-"));
  const program = join(folder, "peer");
  const args = ["build", "-buildvcs=false", "-o", program, "."];
  let missing: string | undefined = "Go is not installed";
  for (const go of [process.env.GO, "go", "/usr/local/go/bin/go"]) {
    if (go === undefined) continue;
    const error = await new Promise<ExecFileException | null>((resolve) => {
      execFile(go, args, { cwd: SOURCES }, resolve);
    });
    if (error?.code === "ENOENT") continue;
    missing = error ? `go build failed: ${error.message}` : undefined;
    break;
  }
  return { program, missing, remove: () => rm(folder, { recursive: true, force: true }) };
}
