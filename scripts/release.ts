// `deno task release`: compiles gibbon for all platforms, and makes what is published, in dist/release.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { buildExecutable, DIST, type Target, TARGETS } from "./build/executable.ts";
import { makeParts } from "./build/parts.ts";
import { readBun } from "./release/bun.ts";
import { bundledFiles, readContents } from "./release/contents.ts";
import { sha256 } from "./release/digests.ts";
import { makeRelease } from "./release/make.ts";
import { writeNotices } from "./release/notices.ts";
import { readRelease } from "./release/release.ts";
import { readTexts } from "./release/texts.ts";
import { runtimePath } from "./runtimes.ts";

const HELP = `deno task release [OPTIONS]

  --target NAME      make it for this platform alone; may be repeated: ${TARGETS.join(", ")}
  --out FOLDER       where the files go (default: dist/release); what is in it is removed
  --url URL          where the files are going to be; needed for the formula of Homebrew
  --key FILE         a private key (PEM) that signs the provenance statement
  --maintainer TEXT  "NAME <ADDRESS>" of the Debian package
`;

const OPTIONS = {
  target: { type: "string", multiple: true },
  out: { type: "string" },
  url: { type: "string" },
  key: { type: "string" },
  maintainer: { type: "string" },
  help: { type: "boolean" },
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return console.log(HELP);
  const targets = values.target === undefined ? TARGETS : values.target.map(known);
  const release = await readRelease();
  if (release.isChanged) note("files differ from the commit: this is no release of it");
  if (values.url === undefined) note("no --url, so there is no formula for Homebrew");
  if (values.key === undefined) note("no --key, so the provenance statement is unsigned");
  const key = values.key === undefined ? undefined : await readFile(values.key, "utf8");
  const folder = await mkdtemp(path.join(tmpdir(), "gibbon-release-"));
  try {
    const metafiles = [path.join(folder, "program.json"), path.join(folder, "preload.json")];
    const [program = "", preload = ""] = metafiles;
    const parts = await makeParts(preload);
    for (const target of targets) {
      const file = path.join(folder, target);
      await buildExecutable(file, { target, metafile: program });
      console.log(`${target}: compiled`);
    }
    const files = [await bundledFiles(program), await bundledFiles(preload)] as const;
    const packages = await readContents(...files, parts);
    const bun = await readBun();
    const made = await makeRelease({
      ...{ release, targets, packages, bun, key, url: values.url },
      read: (target) => readFile(path.join(folder, target)),
      texts: await readTexts(writeNotices(packages, bun)),
      bunDigest: sha256(await readFile(await runtimePath("bun"))),
      maintainer: values.maintainer ?? "gibbon <nobody@invalid>",
    });
    const out = values.out ?? path.join(DIST, "release");
    await rm(out, { recursive: true, force: true });
    await mkdir(out, { recursive: true });
    for (const { name, data } of made) await writeFile(path.join(out, name), data);
    process.stdout.write(String(made.at(-1)?.data));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function known(name: string): Target {
  const target = TARGETS.find((each) => each === name);
  if (target === undefined) throw new Error(`no platform ${name}; there are ${TARGETS.join(", ")}`);
  return target;
}

function note(text: string): void {
  console.error(`note: ${text}`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
