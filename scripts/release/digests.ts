// Digests of files, and the list of them that sha256sum checks.
import { createHash } from "node:crypto";

/** A digest in hexadecimal digits. */
export function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

/** A file by its name. */
export interface NamedFile {
  readonly name: string;
  readonly data: Uint8Array | string;
}

/** The text of SHA256SUMS. */
export function checksums(files: readonly NamedFile[]): string {
  const lines = files.map(({ name, data }) => `${sha256(data)}  ${name}\n`);
  return lines.sort((a, b) => a.slice(66) < b.slice(66) ? -1 : 1).join("");
}
