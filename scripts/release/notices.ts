// THIRD-PARTY-NOTICES.md: what others made of the executable, and under which licences.
import spdx from "spdx-license-list/full.js";
import type { Bun } from "./bun.ts";
import { BUN_POLYFILLS } from "./bun_parts.ts";
import type { BundledPackage } from "./contents.ts";

/** The licences that an SPDX expression names, without its exceptions. */
export function licenseIds(expression: string): string[] {
  return expression.replace(/ WITH \S+/g, "").split(/\s+(?:AND|OR)\s+|[()]/).map((id) => id.trim())
    .filter((id) => id !== "");
}

/**
 * The notices.
 *
 * @throws {Error} for a licence whose text is not known
 */
export function writeNotices(packages: readonly BundledPackage[], bun: Bun): string {
  const bare = packages.filter(({ licenseText }) => licenseText === undefined);
  const expressions = ["MIT", ...[...bun.parts, ...bare].map(({ license = "" }) => license)];
  const ids = new Set(expressions.flatMap(licenseIds));
  return [
    "# Third-party notices",
    "gibbon's executable contains gibbon, under the Apache License 2.0 (see LICENSE), and what is " +
    "listed here. The list is made by the build: of what the bundler put into the executable, and " +
    "of what Bun says of itself.",
    "## Packages",
    ...packages.map(describePackage),
    `## Bun ${bun.version}`,
    `The executable is [Bun](https://github.com/oven-sh/bun), revision ${bun.revision}, under the ` +
    "MIT licence, with gibbon's program in it. Bun consists of these, besides its own code. Where " +
    "no licence is named, the sources have several in one file.",
    bun.parts.map(describePart).join("\n"),
    `For programs that import them, Bun has these packages of npm, under the MIT licence: ${
      BUN_POLYFILLS.join(", ")
    }.`,
    "### Linking anew",
    "JavaScriptCore, WebCore and TinyCC are under the LGPL, and you may change them and link the " +
    "executable anew. Bun's sources of the revision above build a Bun with a changed WebKit: see " +
    "LICENSE.md there. gibbon's own sources compile with any Bun: " +
    "`bun build --compile --compile-executable-path=YOUR_BUN`, with the options of " +
    "scripts/build/executable.ts.",
    "## Texts of licences",
    ...[...ids].sort().map((id) => `### ${id}\n\n${quote(textOf(id))}`),
  ].join("\n\n") + "\n";
}

function describePackage(
  { name, version, license, licenseText, parts }: BundledPackage,
): string {
  const text = licenseText === undefined
    ? "The package brings no text of its licence; see the end of this page."
    : quote(licenseText);
  return `### ${name} ${version}\n\nLicence: ${license}. In: ${parts.join(", ")}.\n\n${text}`;
}

function describePart({ name, version, license, copyright, url }: Bun["parts"][number]): string {
  const which = version === undefined ? "" : ` (${version})`;
  const holders = copyright === undefined ? "" : ` ${copyright}.`;
  return `- ${name}${which}: ${license ?? "see its sources"}.${holders} <${url}>`;
}

function textOf(id: string): string {
  const known = spdx[id];
  if (known === undefined) throw new Error(`there is no text of the licence ${id}`);
  return known.licenseText.trim();
}

/** A text as it is, whatever Markdown would make of it. */
function quote(text: string): string {
  const plain = text.replace(/\r\n?/g, "\n").replace(/[ \t]+$/gm, "");
  const fence = plain.includes("```") ? "~~~~" : "```";
  return `${fence}text\n${plain}\n${fence}`;
}
