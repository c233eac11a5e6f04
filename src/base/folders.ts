// The folders that a file or a folder is in.
import { dirname } from "node:path";

/** A folder, and all that it is in, up to the root. */
export function* foldersFrom(folder: string): Generator<string> {
  let at = folder;
  for (; at !== dirname(at); at = dirname(at)) yield at;
  yield at;
}
