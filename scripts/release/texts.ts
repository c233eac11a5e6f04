// The texts that go along with the executable: README, licence, changes, and notices of others' work.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { ROOT } from "../build/executable.ts";
import type { Texts } from "./archive.ts";

/** Reads them. @param notices the text of THIRD-PARTY-NOTICES.md */
export async function readTexts(notices: string): Promise<Texts> {
  const read = (file: string) => readFile(path.join(ROOT, file), "utf8");
  return {
    "CHANGELOG.md": await read("CHANGELOG.md"),
    "LICENSE": await read("LICENSE"),
    "README.md": await read("README.md"),
    "THIRD-PARTY-NOTICES.md": notices,
  };
}
