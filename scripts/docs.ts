// `deno task docs`: type-checks and runs the examples of README.md, docs/ and the API's comments.
import { glob, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import manifest from "../deno.json" with { type: "json" };
import { capture } from "./command.ts";
import { type Example, examplesOfMarkdown, examplesOfSource, moduleOf } from "./docs/examples.ts";
import { readSource } from "./layers/imports.ts";
import { runtimePath } from "./runtimes.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** How long one example may run, in milliseconds. */
const EXAMPLE_LIMIT_MS = 60_000;

/** What can be imported, and the files that it imports, directly or not. */
async function apiFiles(): Promise<string[]> {
  const entries: string[] = Object.values(manifest.exports);
  const found = new Set(entries.map((entry) => path.posix.normalize(entry)));
  for (const file of found) {
    const source = await readFile(path.join(ROOT, file), "utf8");
    for (const { specifier } of readSource(source).imports) {
      if (specifier?.startsWith(".") && specifier.endsWith(".ts")) {
        found.add(path.posix.join(path.posix.dirname(file), specifier));
      }
    }
  }
  return [...found];
}

async function findExamples(): Promise<Example[]> {
  const examples: Example[] = [];
  for await (const file of glob(["README.md", "docs/**/*.md"], { cwd: ROOT })) {
    examples.push(...examplesOfMarkdown(file, await readFile(path.join(ROOT, file), "utf8")));
  }
  for (const file of await apiFiles()) {
    examples.push(...examplesOfSource(file, await readFile(path.join(ROOT, file), "utf8")));
  }
  return examples;
}

/** Writes each example to a module of its own, and gives the modules' paths. */
async function writeModules(directory: string, examples: readonly Example[]): Promise<string[]> {
  return await Promise.all(examples.map(async (example) => {
    const file = path.join(directory, `${example.file}.${example.line}.ts`);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, moduleOf(example));
    return file;
  }));
}

/** The project's configuration: it is what makes "gibbon" importable. */
const CONFIG = `--config=${path.join(ROOT, "deno.json")}`;

/** @returns what Deno says against the modules; empty if all is well */
async function typeCheck(deno: string, files: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await capture(deno, ["check", "--quiet", CONFIG, ...files]);
  return code === 0 ? "" : `${stdout}${stderr}`;
}

/** Runs a module, as a test where it holds tests. @returns what went wrong; empty if nothing did */
async function run(deno: string, file: string, example: Example): Promise<string> {
  const verb = example.code.includes('"node:test"') ? "test" : "run";
  const ran = await capture(deno, [verb, "-A", "--quiet", "--no-check", CONFIG, file], {
    timeoutMs: EXAMPLE_LIMIT_MS,
  });
  if (ran.timedOut) return `it did not end within ${EXAMPLE_LIMIT_MS / 1000} s\n${ran.stdout}`;
  return ran.code === 0 ? "" : `${ran.stdout}${ran.stderr}`;
}

async function main(): Promise<void> {
  const deno = await runtimePath("deno");
  const examples = await findExamples();
  const directory = await mkdtemp(path.join(os.tmpdir(), "gibbon-docs-"));
  try {
    const files = await writeModules(directory, examples);
    const complaints = files.length > 0 ? [await typeCheck(deno, files)] : [];
    for (const [at, example] of examples.entries()) {
      const problem = example.run ? await run(deno, files[at] ?? "", example) : "";
      if (problem) complaints.push(`${example.file}:${example.line}: ${problem}`);
    }
    const said = complaints.filter((complaint) => complaint !== "");
    for (const complaint of said) {
      console.error(
        complaint.replaceAll(`file://${directory}/`, "").replaceAll(`${directory}/`, ""),
      );
    }
    console.log(`${examples.length} examples, ${said.length === 0 ? "all well" : "not all well"}`);
    if (said.length > 0) process.exitCode = 1;
  } finally {
    await rm(directory, { recursive: true });
  }
}

await main();
