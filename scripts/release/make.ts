// Makes all files of a release out of executables that are there.
import type { Target } from "../build/executable.ts";
import { archiveName, makeArchive, type Texts } from "./archive.ts";
import type { Bun } from "./bun.ts";
import type { BundledPackage } from "./contents.ts";
import { makeDebianPackage } from "./debian.ts";
import { checksums, type NamedFile, sha256 } from "./digests.ts";
import { writeFormula } from "./homebrew.ts";
import { makeImageLayout } from "./oci.ts";
import { signStatement, statementOf } from "./provenance.ts";
import type { Release } from "./release.ts";
import { writeSbom } from "./sbom.ts";
import { tar } from "./tarball.ts";

/** What a release is made of. */
export interface Making {
  readonly release: Release;
  readonly targets: readonly Target[];
  /** Gives the executable of a target. */
  readonly read: (target: Target) => Promise<Uint8Array>;
  readonly texts: Texts;
  readonly packages: readonly BundledPackage[];
  readonly bun: Bun;
  /** SHA-256 of the Bun that compiled. */
  readonly bunDigest: string;
  /** Where the files are going to be; without it there is no formula. */
  readonly url: string | undefined;
  /** A private key as PEM; without it the statement is unsigned. */
  readonly key: string | undefined;
  readonly maintainer: string;
}

const DEBIAN = [["linux-x64", "amd64"], ["linux-arm64", "arm64"]] as const;

/**
 * Makes them, one after the other.
 *
 * @returns the files in the order in which they are made; the last one is SHA256SUMS
 */
export async function makeRelease(making: Making): Promise<NamedFile[]> {
  const { release, targets, texts, packages, bun, bunDigest, url, key } = making;
  const files = [
    ...await archives(making),
    ...await debianPackages(making),
    await image(making),
    { name: `gibbon-${release.version}.cdx.json`, data: writeSbom(release, packages, bun) },
    { name: "THIRD-PARTY-NOTICES.md", data: texts["THIRD-PARTY-NOTICES.md"] ?? "" },
  ];
  if (url !== undefined) files.push(formula(making, url, files));
  const statement = statementOf({ release, files, packages, targets, bunDigest });
  files.push(
    key === undefined
      ? { name: "provenance.json", data: `${JSON.stringify(statement, undefined, 2)}\n` }
      : {
        name: "provenance.intoto.jsonl",
        data: `${JSON.stringify(signStatement(statement, key))}\n`,
      },
  );
  return [...files, { name: "SHA256SUMS", data: checksums(files) }];
}

async function archives({ release, targets, read, texts }: Making): Promise<NamedFile[]> {
  const files: NamedFile[] = [];
  for (const target of targets) {
    const name = archiveName(release.version, target);
    files.push(await makeArchive(name, await read(target), texts, release.time));
  }
  return files;
}

async function debianPackages(making: Making): Promise<NamedFile[]> {
  const { release: { version, description, time }, targets, read, texts, maintainer } = making;
  const files: NamedFile[] = [];
  for (const [target, architecture] of DEBIAN) {
    if (!targets.includes(target)) continue;
    const executable = await read(target);
    const about = { version, description, architecture, maintainer, time };
    files.push(await makeDebianPackage({ ...about, executable, texts }));
  }
  return files;
}

async function image({ release, targets, read }: Making): Promise<NamedFile> {
  const layout = await makeImageLayout(release, targets, read);
  return { name: `gibbon-${release.version}-oci.tar`, data: await tar(layout, release.time) };
}

function formula(
  { release, targets }: Making,
  url: string,
  files: readonly NamedFile[],
): NamedFile {
  const { version, description } = release;
  const archives = new Map(targets.flatMap((target) => {
    const name = `${archiveName(version, target)}.tar.gz`;
    const file = files.find((each) => each.name === name);
    return file === undefined ? [] : [[target, { name, sha256: sha256(file.data) }] as const];
  }));
  const data = writeFormula({ version, description, url: url.replace(/\/+$/, ""), archives });
  return { name: "gibbon.rb", data };
}
