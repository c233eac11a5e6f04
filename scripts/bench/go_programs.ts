// The bench's programs in Go, built for the time of a run: a load, a bare responder, and the plugin on
// the embedded server of Kong's Go PDK.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { capture } from "../command.ts";

/** The folder with their go.mod. */
export const SOURCES = fileURLToPath(new URL("go", import.meta.url));

/** Paths of the programs. The plugin's file name is the name that it goes by. */
export interface GoPrograms {
  readonly load: string;
  readonly bare: string;
  readonly plugin: string;
}

/**
 * Builds the programs. Needs Go, and once its module proxy.
 *
 * @throws {Error} with what Go said
 */
export async function buildGoPrograms(directory: string): Promise<GoPrograms> {
  const programs = {
    load: path.join(directory, "load"),
    bare: path.join(directory, "bare"),
    plugin: path.join(directory, "bench"),
  };
  for (const [name, file] of Object.entries(programs)) {
    const args = ["build", "-o", file, `./${name}`];
    const { code, stderr } = await capture("go", args, { cwd: SOURCES });
    if (code !== 0) throw new Error(`go build ./${name} failed:\n${stderr}`);
  }
  return programs;
}
