// `deno task layers [--write]`: whether imports go only the way that the house allows, and whether
// the drawing of the rooms shows them as they are. `--write` draws it anew.
import { glob, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { checkDrawing, drawTree } from "./layers/drawing.ts";
import { checkLayers } from "./layers/rules.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The drawing, which docs/contributors/architecture.md shows. */
const DRAWING = "docs/contributors/rooms.svg";

async function readTree(): Promise<Map<string, string>> {
  const tree = new Map<string, string>();
  for await (const file of glob(["mod.ts", "src/**/*.ts"], { cwd: ROOT })) {
    tree.set(file.split(path.sep).join("/"), await readFile(path.join(ROOT, file), "utf8"));
  }
  return new Map([...tree].sort(([a], [b]) => a.localeCompare(b)));
}

const { dependencies } = JSON.parse(await readFile(path.join(ROOT, "package.json"), "utf8"));
const tree = await readTree();
const drawing = path.join(ROOT, DRAWING);
if (process.argv.includes("--write")) await writeFile(drawing, drawTree(tree));
const drawn = await readFile(drawing, "utf8").catch(() => "");
const breaches = [
  ...checkLayers(tree, { dependencies: Object.keys(dependencies) }),
  ...checkDrawing(DRAWING, drawn, tree),
];
for (const { file, line, message } of breaches) console.error(`${file}:${line}: ${message}`);
console.log(`${tree.size} files, ${breaches.length} against the rules of the house`);
if (breaches.length > 0) process.exitCode = 1;
