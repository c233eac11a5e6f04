// Mutants that no test kills, each for a reason: they change nothing that anybody could see.
import type { Mutant } from "./mutants.ts";

/** A mutant that may survive; it is found by its text, wherever that moves to in the file. */
export interface Accepted {
  readonly file: string;
  /** The line of the source in which the change begins, trimmed. */
  readonly code: string;
  /** What is changed, on one line, and into what. */
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

export const ACCEPTED: readonly Accepted[] = [
  {
    file: "src/base/log.ts",
    code: 'if (typeof value === "number" || typeof value === "boolean") return String(value);',
    from: 'typeof value === "number" || typeof value === "boolean"',
    to: '(typeof value === "number")',
    reason: "JSON writes booleans in the same words",
  },
  {
    file: "src/base/socket_error.ts",
    code: "`user ${process.getuid?.()} may not write to ${directory} (${rights})`,",
    from: "?.",
    to: "",
    reason: "getuid is missing on Windows only",
  },
  {
    file: "src/base/socket_file.ts",
    code:
      "if (now && now.ino === own.ino && now.dev === own.dev) await unlink(path).catch(() => {});",
    from: "now && now.ino === own.ino && now.dev === own.dev",
    to: "(now && now.ino === own.ino)",
    reason: "needs a file of the same inode number on another file system",
  },
];

/** The reason why a mutant may survive, if there is one. */
export function reasonFor(
  mutant: Mutant,
  accepted: readonly Accepted[] = ACCEPTED,
): string | undefined {
  return accepted.find(({ file, code, from, to }) =>
    file === mutant.file && code === mutant.code && from === mutant.from && to === mutant.to
  )?.reason;
}
