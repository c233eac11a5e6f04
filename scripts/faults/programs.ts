// The forms of gibbon that misbehaviour is tried on.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { quoted } from "../../src/base/shell_word.ts";
import type { Program } from "../../tests/kong/support/programs.ts";
import { EXECUTABLE, MAIN } from "../bench/servers.ts";
import { runtimePath } from "../runtimes.ts";

/** A form, as the option names it. */
export type ProgramName = "node" | "deno" | "executable";

/** All of them. The executable is Bun with gibbon inside. */
export const PROGRAM_NAMES: readonly ProgramName[] = ["node", "deno", "executable"];

/** What each is called in tables. */
const TITLES: Readonly<Record<ProgramName, string>> = {
  node: "Node",
  deno: "Deno",
  executable: "the executable",
};

/** @throws {Error} if there is no executable */
export async function programNamed(name: ProgramName): Promise<Program> {
  const what = TITLES[name];
  if (name === "executable") {
    if (!existsSync(EXECUTABLE)) throw new Error("there is no executable: deno task build");
    return { what, skip: false, path: () => Promise.resolve(EXECUTABLE) };
  }
  const flags = name === "deno" ? ["run", "-A", "--no-check"] : [];
  const command = [await runtimePath(name), ...flags, MAIN].map(quoted).join(" ");
  return {
    what,
    skip: false,
    async path(folder) {
      const script = path.join(folder, "gibbon");
      await writeFile(script, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
      return script;
    },
  };
}
