// `deno task packages [--page]`: uses npm packages in plugins on all runtimes; prints a table, or
// writes it into docs/authors/packages.md.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { capture } from "./command.ts";
import { TRIALS } from "./packages/list.ts";
import { pluginName, writePlugins } from "./packages/plugins.ts";
import { type Outcome, report } from "./packages/report.ts";
import { bundlesOf, tryPackages } from "./packages/try.ts";
import { RUNTIME_VERSIONS, runtimePath } from "./runtimes.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MAIN = path.join(ROOT, "src/cli/main.ts");
const EXECUTABLE = path.join(ROOT, "dist/gibbon");
const PAGE = path.join(ROOT, "docs/authors/packages.md");

/** From here on, the page is the script's. */
const MARK = "<!-- deno task packages --page -->\n";

/** What is tried, as the table names it, and how gibbon is started there. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  [`Node ${RUNTIME_VERSIONS.node}`]: [await runtimePath("node"), MAIN],
  [`Deno ${RUNTIME_VERSIONS.deno}`]: [await runtimePath("deno"), "run", "-A", "--no-check", MAIN],
  [`Bun ${RUNTIME_VERSIONS.bun}`]: [await runtimePath("bun"), MAIN],
  "executable": [EXECUTABLE],
};

/** Bundles each plugin by itself; of those that cannot be, why. */
async function bundleAll(folder: string): Promise<Map<string, string>> {
  const refused = new Map<string, string>();
  for (const trial of TRIALS) {
    const file = path.join(folder, `${pluginName(trial)}.ts`);
    const args = ["bundle", file, "--output", bundlesOf(folder)];
    const { code, stderr } = await capture(EXECUTABLE, args, { timeoutMs: 60_000 });
    if (code !== 0) refused.set(trial.name, stderr.replace(/\s+/g, " ").slice(0, 300));
  }
  return refused;
}

async function tryAll(folder: string): Promise<Outcome[]> {
  await writePlugins(folder);
  const refused = await bundleAll(folder);
  const outcomes: Outcome[] = [];
  for (const [place, gibbon] of Object.entries(PLACES)) {
    const plain = await tryPackages(gibbon, folder, TRIALS);
    const inBundles = TRIALS.filter(({ name }) => !refused.has(name));
    const bundled = await tryPackages(gibbon, bundlesOf(folder), inBundles);
    outcomes.push({ place, plain, bundled: new Map([...bundled, ...refused]) });
    console.error(`${place}: ${plain.size} failed, bundled ${outcomes.at(-1)!.bundled.size}`);
  }
  return outcomes;
}

const temporary = await mkdtemp(path.join(tmpdir(), "gibbon-packages-"));
try {
  const text = report(await tryAll(path.join(temporary, "plugins"))).replaceAll(temporary, "");
  console.log(text);
  if (process.argv.includes("--page")) {
    const [head] = (await readFile(PAGE, "utf8")).split(MARK);
    await writeFile(PAGE, `${head}${MARK}\n${text}`);
  }
} finally {
  await rm(temporary, { recursive: true, force: true });
}
