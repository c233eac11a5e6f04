// The runtimes that gibbon is tested on and built with: their versions, pinned here and nowhere else.
import process from "node:process";
import { capture } from "./command.ts";

/** Name of a runtime that gibbon runs on. */
export type RuntimeName = "node" | "deno" | "bun";

/** The pinned versions. npm carries all three, so that npx is all that a machine needs. */
export const RUNTIME_VERSIONS: Readonly<Record<RuntimeName, string>> = {
  node: "24.21.0",
  deno: "2.9.6",
  bun: "1.4.5",
};

/** All of them, in the order in which reports name them. */
export const RUNTIME_NAMES: readonly RuntimeName[] = ["node", "deno", "bun"];

/** What makes each runtime print the path of its own binary, and its version. */
const INTROSPECTION: Readonly<Record<RuntimeName, readonly string[]>> = {
  node: ["-e", "console.log(process.execPath + ' ' + process.versions.node)"],
  deno: ["eval", "console.log(Deno.execPath() + ' ' + Deno.version.deno)"],
  bun: ["-e", "console.log(process.execPath + ' ' + Bun.version)"],
};

const paths = new Map<RuntimeName, Promise<string>>();

/**
 * Absolute path of a runtime's binary in the pinned version. The runtime that runs this is taken
 * where it is the right one; any other comes from npx, which downloads it the first time.
 *
 * @throws {Error} if npx cannot provide it
 */
export function runtimePath(name: RuntimeName): Promise<string> {
  let path = paths.get(name);
  if (!path) paths.set(name, path = findRuntime(name));
  return path;
}

async function findRuntime(name: RuntimeName): Promise<string> {
  const version = RUNTIME_VERSIONS[name];
  const running = process.versions as Record<string, string | undefined>;
  if (runningRuntime() === name && running[name] === version) return process.execPath;
  const args = ["-y", "--prefer-offline", `${name}@${version}`, ...INTROSPECTION[name]];
  const result = await capture("npx", args);
  const [path, found] = result.stdout.trim().split("\n").at(-1)?.split(" ") ?? [];
  if (result.code === 0 && path && found === version) return path;
  throw new Error(
    `npx could not provide ${name}@${version}: it ended with code ${result.code} and said:\n` +
      `${result.stdout}${result.stderr}`,
  );
}

function runningRuntime(): RuntimeName {
  if (process.versions["bun"]) return "bun";
  return process.versions["deno"] ? "deno" : "node";
}
