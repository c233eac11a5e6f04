// Kong's JavaScript server, installed from npm for the time of the bench.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { capture } from "../command.ts";

/** The version that is compared with. It does not run with TypeScript 7, which npm would take. */
const PACKAGES = ["kong-pdk@0.6.0", "typescript@5"];

/**
 * Installs Kong's JavaScript server.
 *
 * @param directory an empty directory
 * @returns path of its script, to be run with Node
 * @throws {Error} with what npm said
 */
export async function installKongJs(directory: string): Promise<string> {
  await writeFile(path.join(directory, "package.json"), '{ "private": true }\n');
  const args = ["install", "--no-audit", "--no-fund", "--prefer-offline", ...PACKAGES];
  const { code, stdout, stderr } = await capture("npm", args, { cwd: directory });
  if (code !== 0) {
    throw new Error(`npm could not install ${PACKAGES.join(" ")}:\n${stdout}${stderr}`);
  }
  return path.join(directory, "node_modules", "kong-pdk", "bin", "kong-js-pluginserver");
}
