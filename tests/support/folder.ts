// Temporary folders, which are gone when the test process is, if nobody removes them before.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { reapFolder } from "./reaper.ts";

/** A folder that a test has made. */
export interface Folder {
  readonly path: string;
  /** Takes it away, with what is in it. */
  remove(): Promise<void>;
}

/** Makes a temporary folder with files in it: their content by their path. */
export async function makeFolder(files: Readonly<Record<string, string>> = {}): Promise<Folder> {
  // A short name: the path of a Unix socket has room for 107 bytes.
  const path = await mkdtemp(join(tmpdir(), "gibbon-"));
  reapFolder(path);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
