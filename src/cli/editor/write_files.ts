// Writes texts to files, with the folders that they need.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** @param files texts by their paths in the folder */
export async function writeFiles(
  folder: string,
  files: Iterable<readonly [path: string, text: string]>,
): Promise<void> {
  for (const [file, text] of files) {
    const path = join(folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}
