// Kong's Python server, installed from PyPI for the time of the bench.
import path from "node:path";
import { capture } from "../command.ts";

/** The version that is compared with. */
const PACKAGE = "kong-pdk==0.36";

/**
 * Installs Kong's Python server into an environment of its own.
 *
 * @param directory where nothing else is
 * @returns path of its script
 * @throws {Error} with what Python said
 */
export async function installKongPython(directory: string): Promise<string> {
  const environment = path.join(directory, "python");
  const bin = path.join(environment, "bin");
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE];
  await run("python3", ["-m", "venv", environment]);
  await run(path.join(bin, "python3"), pip);
  return path.join(bin, "kong-python-pluginserver");
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await capture(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`);
}
