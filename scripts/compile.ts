// `deno task compile`: compiles gibbon with Deno into dist/gibbon-deno, where its base can be had.
import { mkdir, stat } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { capture } from "./command.ts";
import { RUNTIME_VERSIONS, runtimePath } from "./runtimes.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUTPUT = path.join(ROOT, "dist", "gibbon-deno");

/** Deno's compiler puts the program behind this binary, which npm does not carry. */
const BASE = `https://dl.deno.land/release/v${RUNTIME_VERSIONS.deno}/denort-<platform>.zip`;

const deno = await runtimePath("deno");
await mkdir(path.dirname(OUTPUT), { recursive: true });
const { code, stdout, stderr } = await capture(deno, [
  "compile",
  "-A",
  "--no-check",
  `--output=${OUTPUT}`,
  "src/cli/main.ts",
], { cwd: ROOT });

if (code === 0) {
  console.log(`dist/gibbon-deno  ${((await stat(OUTPUT)).size / 1e6).toFixed(1)} MB`);
} else {
  console.error(`${stdout}${stderr}`);
  if (stderr.includes("denort")) {
    console.error(
      `Deno could not fetch the binary that it compiles into: ${BASE}\n` +
        "Give this machine access to dl.deno.land, or unpack that archive elsewhere and set\n" +
        "DENORT_BIN to the path of the denort in it. `deno task build` needs npm only.",
    );
  }
  process.exitCode = 1;
}
