// The stages of benches with a whole Kong: gibbon's executable, or gibbon on Node where there is none.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { quoted } from "../../src/base/shell_word.ts";
import type { Protocol } from "../../tests/kong/life/nginx/worker.ts";
import type { Program } from "../../tests/kong/support/programs.ts";
import { runtimePath } from "../runtimes.ts";
import { EXECUTABLE, MAIN } from "./servers.ts";

/** A layout of gibbon, over a protocol. */
export interface Row {
  readonly protocol: Protocol;
  readonly layout: string;
  /** More options of `gibbon serve`. */
  readonly serve: readonly string[];
}

/** All rows of a table: both protocols, one process and two workers. */
export const ROWS: readonly Row[] = (["ProtoBuf:1", "MsgPack:1"] as const).flatMap((protocol) => [
  { protocol, layout: "the default", serve: [] },
  { protocol, layout: "two workers", serve: ["--workers", "2"] },
]);

/** What is measured. */
export function measuredProgram(): Program {
  if (existsSync(EXECUTABLE)) {
    return { what: "the executable", skip: false, path: () => Promise.resolve(EXECUTABLE) };
  }
  return {
    what: "gibbon on Node (no executable: deno task build)",
    skip: false,
    async path(folder) {
      const script = path.join(folder, "gibbon");
      const command = [await runtimePath("node"), MAIN].map(quoted).join(" ");
      await writeFile(script, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
      return script;
    },
  };
}
