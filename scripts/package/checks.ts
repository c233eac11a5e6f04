// What has to be right about the npm package: publint and @arethetypeswrong/cli, both from npm.
import { capture } from "../command.ts";

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
