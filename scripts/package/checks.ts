// What has to be right about the packages: publint and @arethetypeswrong/cli for npm, Deno for JSR.
import { capture } from "../command.ts";
import { runtimePath } from "../runtimes.ts";

/** Each in a pinned version: a new one may ask for more. */
const CHECKS: readonly (readonly string[])[] = [
  ["publint@0.3.25", "--strict"],
  // require() of modules is Node's own since version 22, and the package asks for 24.
  ["@arethetypeswrong/cli@0.18.5", "--pack", "--profile", "esm-only", "--no-color"],
];

/** @throws {Error} with what a checker said, if it found something */
export async function checkPackage(folder: string): Promise<void> {
  for (const [checker, ...options] of CHECKS) {
    const args = ["-y", "--prefer-offline", checker!, ...options, "."];
    const { code, stdout, stderr } = await capture("npx", args, { cwd: folder });
    if (code !== 0) throw new Error(`${checker} found faults in ${folder}:\n${stdout}${stderr}`);
    console.log(`${checker}: no faults`);
  }
}

/**
 * Has Deno do all that comes before publishing the sources to JSR.
 *
 * @throws {Error} with what Deno said, if they could not be published
 */
export async function checkSources(root: string): Promise<void> {
  // Types of the PDK follow from its table of functions: writing them out would say all of it twice.
  const options = ["--dry-run", "--allow-dirty", "--allow-slow-types"];
  const { code, stdout, stderr } = await capture(
    await runtimePath("deno"),
    ["publish", ...options],
    { cwd: root },
  );
  if (code !== 0) throw new Error(`deno publish found faults:\n${stdout}${stderr}`);
  console.log("deno publish --dry-run: no faults");
}
