// `deno task package`: makes the npm package in dist/npm, and has it and the sources for JSR checked.
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { checkPackage, checkSources } from "./package/checks.ts";
import { writePackage } from "./package/write.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDER = path.join(ROOT, "dist", "npm");

try {
  console.log(`dist/npm: ${await writePackage(FOLDER)} files`);
  await checkPackage(FOLDER);
  await checkSources(ROOT);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
