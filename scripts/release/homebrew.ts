// A formula for Homebrew, on macOS and on Linux.
import type { Target } from "../build/executable.ts";

/** An archive that the formula leads to. */
export interface Bottle {
  readonly name: string;
  readonly sha256: string;
}

/** What the formula says. */
export interface Formula {
  readonly version: string;
  readonly description: string;
  /** Where the archives are going to be, without a slash at its end. */
  readonly url: string;
  readonly archives: ReadonlyMap<Target, Bottle>;
}

/** Homebrew's words for the platforms. Its Linux has glibc. */
const PLATFORMS: readonly (readonly [system: string, cpu: string, target: Target])[] = [
  ["macos", "arm", "darwin-arm64"],
  ["macos", "intel", "darwin-x64"],
  ["linux", "arm", "linux-arm64"],
  ["linux", "intel", "linux-x64"],
];

/** Writes it; platforms without an archive are left out. */
export function writeFormula({ version, description, url, archives }: Formula): string {
  const systems = Map.groupBy(PLATFORMS, ([system]) => system);
  const blocks = [...systems].flatMap(([system, platforms]) => {
    const inner = platforms.flatMap(([, cpu, target]) => {
      const archive = archives.get(target);
      if (archive === undefined) return [];
      return [
        `    on_${cpu} do`,
        `      url ${quoted(`${url}/${archive.name}`)}`,
        `      sha256 "${archive.sha256}"`,
        "    end",
      ];
    });
    return inner.length === 0 ? [] : [`  on_${system} do`, ...inner, "  end", ""];
  });
  return [
    "class Gibbon < Formula",
    `  desc ${quoted(description)}`,
    `  homepage ${quoted(url)}`,
    `  version ${quoted(version)}`,
    '  license "Apache-2.0"',
    "",
    ...blocks,
    "  def install",
    '    bin.install "gibbon"',
    '    doc.install "README.md", "CHANGELOG.md", "THIRD-PARTY-NOTICES.md"',
    "  end",
    "",
    "  test do",
    '    assert_match version.to_s, shell_output("#{bin}/gibbon version")',
    "  end",
    "end",
    "",
  ].join("\n");
}

/** A text of Ruby, in which nothing is replaced. */
function quoted(text: string): string {
  return `"${text.replace(/["\\#]/g, "\\$&")}"`;
}
