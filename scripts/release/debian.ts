// A Debian package: the executable in /usr/bin, and its notices. Written as dpkg-deb reads it.
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { Texts } from "./archive.ts";
import type { NamedFile } from "./digests.ts";
import { type Entry, gzipped, tar } from "./tarball.ts";

/** What a package is made of. */
export interface DebianPackage {
  readonly version: string;
  readonly description: string;
  readonly architecture: "amd64" | "arm64";
  /** `NAME <ADDRESS>`: Debian's tools ask for one. */
  readonly maintainer: string;
  readonly executable: Uint8Array;
  readonly texts: Texts;
  readonly time: Date;
}

/** The oldest glibc that Bun's executable asks for, by the versions of its symbols. */
const GLIBC = "2.17";

/** Packs it. */
export async function makeDebianPackage(contents: DebianPackage): Promise<NamedFile> {
  const { version, architecture, executable, texts, time } = contents;
  const docs = "usr/share/doc/gibbon";
  const { LICENSE = "", ...others } = texts;
  const files: readonly Entry[] = [
    { path: "usr/bin/gibbon", data: executable, mode: 0o755 },
    { path: `${docs}/copyright`, data: LICENSE },
    ...Object.entries(others).map(([name, data]) => ({ path: `${docs}/${name}`, data })),
  ];
  const folders = ["", "usr", "usr/bin", "usr/share", "usr/share/doc", docs];
  const data = [
    ...folders.map((folder) => ({ path: `./${folder && `${folder}/`}` })),
    ...files.map(
      (file) => ({ ...file, path: `./${file.path}` }),
    ),
  ];
  const sums = files.map(({ path, data = "" }) => `${md5(data)}  ${path}\n`).join("");
  const bytes = files.reduce((sum, { data = "" }) => sum + Buffer.byteLength(data), 0);
  const control = [
    { path: "./" },
    { path: "./control", data: controlFile(contents, Math.ceil(bytes / 1024)) },
    { path: "./md5sums", data: sums },
  ];
  const members: [string, Uint8Array][] = [
    ["debian-binary", Buffer.from("2.0\n")],
    ["control.tar.gz", await gzipped(await tar(control, time))],
    ["data.tar.gz", await gzipped(await tar(data, time))],
  ];
  return { name: `gibbon_${version}_${architecture}.deb`, data: ar(members, time) };
}

function controlFile(
  { version, architecture, maintainer, description }: DebianPackage,
  kibibytes: number,
): string {
  const fields = {
    Package: "gibbon",
    Version: version,
    Architecture: architecture,
    Maintainer: maintainer,
    "Installed-Size": String(kibibytes),
    Depends: `libc6 (>= ${GLIBC})`,
    Section: "net",
    Priority: "optional",
    Description: description,
  };
  return Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`).join("");
}

/** An archive as ar has it: each member behind 60 bytes of text, at an even place. */
function ar(
  members: readonly (readonly [name: string, data: Uint8Array])[],
  time: Date,
): Uint8Array {
  const seconds = String(time.getTime() / 1000);
  const parts = members.flatMap(([name, data]) => {
    const fields = [name.padEnd(16), seconds.padEnd(12), "0".padEnd(6), "0".padEnd(6)];
    const header = [...fields, "100644".padEnd(8), String(data.length).padEnd(10), "`\n"].join("");
    return [Buffer.from(header), data, Buffer.from(data.length % 2 === 0 ? "" : "\n")];
  });
  return Buffer.concat([Buffer.from("!<arch>\n"), ...parts]);
}

function md5(data: Uint8Array | string): string {
  return createHash("md5").update(data).digest("hex");
}
