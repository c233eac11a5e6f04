// `deno task build [--all]`: compiles gibbon with Bun, for this machine or for all of Linux.
import { stat } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { buildExecutable, DIST, LINUX_TARGETS, type Target } from "./build/executable.ts";
import { makeParts } from "./build/parts.ts";

async function build(target: Target | undefined): Promise<void> {
  const name = target === undefined ? "gibbon" : `gibbon-${target}`;
  const file = path.join(DIST, name);
  const startedAt = performance.now();
  await buildExecutable(file, { target });
  const megabytes = ((await stat(file)).size / 1e6).toFixed(1);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`dist/${name}  ${megabytes} MB  (${seconds} s)`);
}

try {
  await makeParts();
  for (const target of process.argv.includes("--all") ? LINUX_TARGETS : [undefined]) {
    await build(target);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
