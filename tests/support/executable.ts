// The compiled executable, for the tests that are about it.
import { globSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { RUNS_ON_NODE_ALONE } from "./once.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Path of the executable that `deno task build` makes. */
export const EXECUTABLE = `${ROOT}dist/gibbon`;

/** Why the executable is not tested here; false if it is: it is the same whoever starts it. */
export function missingExecutable(): string | false {
  if (RUNS_ON_NODE_ALONE !== undefined) return RUNS_ON_NODE_ALONE;
  const built = changedAt(EXECUTABLE);
  if (built === undefined) return "there is no dist/gibbon; run `deno task build` first";
  const sources = globSync(["mod.ts", "package.json", "src/**/*.ts"], { cwd: ROOT });
  const newer = sources.find((file) => (changedAt(`${ROOT}${file}`) ?? 0) > built);
  return newer === undefined
    ? false
    : `dist/gibbon is older than ${newer}; run \`deno task build\` first`;
}

function changedAt(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}
