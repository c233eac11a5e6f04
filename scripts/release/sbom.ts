// The list of what is inside, as CycloneDX: gibbon, the packages in it, and Bun with its libraries.
import { Buffer } from "node:buffer";
import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import type { Bun } from "./bun.ts";
import { BUN_POLYFILLS } from "./bun_parts.ts";
import type { BundledPackage } from "./contents.ts";
import { sha256 } from "./digests.ts";
import type { Release } from "./release.ts";

const {
  Component,
  ExternalReference,
  LicenseExpression,
  LicenseRepository,
  NamedLicense,
  Property,
} = Models;

/** Writes it. The same release gives the same text. */
export function writeSbom(
  release: Release,
  packages: readonly BundledPackage[],
  bun: Bun,
): string {
  const { version, description, commit, time } = release;
  const gibbon = new Component(Enums.ComponentType.Application, "gibbon", {
    bomRef: "gibbon",
    version,
    description,
    licenses: licensed("Apache-2.0"),
  });
  gibbon.properties.add(new Property("gibbon:commit", commit));
  const components = [...packages.map(packageComponent), bunComponent(bun)];
  for (const { bomRef } of components) gibbon.dependencies.add(bomRef);
  const bom = new Models.Bom({ serialNumber: serialNumber(release) });
  bom.metadata.component = gibbon;
  bom.metadata.timestamp = time;
  for (const component of components) bom.components.add(component);
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  const text = new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true, space: 2 });
  return `${text}\n`;
}

function packageComponent({ name, version, license, parts, integrity }: BundledPackage) {
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const licenses = licensed(license);
  const library = new Component(Enums.ComponentType.Library, name, {
    ...{ bomRef: purl, version, licenses, purl },
  });
  if (integrity?.startsWith("sha512-")) {
    const digest = Buffer.from(integrity.slice(7), "base64").toString("hex");
    library.hashes.set(Enums.HashAlgorithm["SHA-512"], digest);
  }
  for (const part of parts) library.properties.add(new Property("gibbon:part", part));
  return library;
}

function bunComponent({ version, revision, parts }: Bun) {
  const purl = `pkg:npm/bun@${version}`;
  const bun = new Component(Enums.ComponentType.Platform, "bun", {
    ...{ bomRef: purl, version, purl, licenses: licensed("MIT") },
  });
  bun.properties.add(new Property("gibbon:commit", revision));
  for (const part of parts) {
    const library = new Component(Enums.ComponentType.Library, part.name, {
      bomRef: `bun/${part.name}`,
      licenses: licensed(part.license),
    });
    if (part.version !== undefined) library.version = part.version;
    if (part.copyright !== undefined) library.copyright = part.copyright;
    const { VCS, Website } = Enums.ExternalReferenceType;
    const type = part.url.startsWith("https://github.com/") ? VCS : Website;
    library.externalReferences.add(new ExternalReference(part.url, type));
    bun.components.add(library);
  }
  for (const name of BUN_POLYFILLS) {
    const licenses = licensed("MIT");
    bun.components.add(
      new Component(Enums.ComponentType.Library, name, { bomRef: `bun/npm/${name}`, licenses }),
    );
  }
  return bun;
}

function licensed(expression: string | undefined) {
  return new LicenseRepository([
    expression === undefined
      ? new NamedLicense("several, see the sources")
      : new LicenseExpression(expression),
  ]);
}

/** A number that stands for this release alone, and is no number of chance: a UUID of version 8. */
function serialNumber({ version, commit }: Release): string {
  const digits = sha256(`gibbon ${version} ${commit}`);
  const groups = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ];
  return `urn:uuid:${groups.join("-")}`;
}
