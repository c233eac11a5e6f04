// Tar archives that are the same whoever makes them: in order, with one time and one owner.
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { packTar } from "modern-tar";

/** A file, or a folder where it has no data. */
export interface Entry {
  readonly path: string;
  readonly data?: Uint8Array | string;
  /** Permissions (default: 0o644 for files, 0o755 for folders). */
  readonly mode?: number;
}

const compress = promisify(gzip);

/**
 * Packs entries in the order of their paths.
 *
 * @param at time of all entries
 */
export async function tar(entries: readonly Entry[], at: Date): Promise<Uint8Array> {
  const sorted = [...entries].sort((a, b) => a.path < b.path ? -1 : 1);
  return await packTar(sorted.map(({ path, data, mode }) => {
    const common = { mtime: at, uid: 0, gid: 0, uname: "root", gname: "root" };
    if (data === undefined) {
      const header = { ...common, name: path, size: 0, mode: mode ?? 0o755 };
      return { header: { ...header, type: "directory" as const } };
    }
    const body = typeof data === "string" ? new TextEncoder().encode(data) : data;
    return { header: { ...common, name: path, size: body.length, mode: mode ?? 0o644 }, body };
  }));
}

/** Compresses: without name and time, which gzip has room for. */
export async function gzipped(bytes: Uint8Array): Promise<Uint8Array> {
  const packed = await compress(bytes, { level: 6 });
  // The system that compressed, which is of no interest: unknown.
  packed[9] = 255;
  return packed;
}
