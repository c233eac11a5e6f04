// Builds peers in Go, in one of the folders beside this file; says why if it cannot.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Comparing once is enough. */
const isNode = !("Deno" in globalThis) && !("Bun" in globalThis);

/**
 * Builds packages. Needs Go, and once its module proxy.
 *
 * @param module a folder with a go.mod
 * @param builds arguments of `go build`, one array a build
 * @returns why what needs them is skipped; false if nothing is
 */
export async function buildGo(module: string, ...builds: string[][]): Promise<string | false> {
  if (!isNode) return "the comparison runs once, on Node";
  const cwd = fileURLToPath(new URL(module, import.meta.url));
  for (const args of builds) {
    const problem = await new Promise<string | false>((resolve) => {
      execFile("go", ["build", ...args], { cwd }, (error, _, stderr) => {
        if (!error) resolve(false);
        else if (error.code === "ENOENT") resolve("Go is not installed");
        else resolve(`go build failed: ${stderr.trim().split("\n").at(-1) || error.message}`);
      });
    });
    if (problem) return problem;
  }
  return false;
}
