// `deno task layers [--write]`: whether imports go only the way that the house allows, and whether
// the drawing of the rooms shows them as they are. `--write` draws it anew.
import { glob, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { drawRooms } from "./layers/drawing.ts";
import { roomsOf } from "./layers/graph.ts";
import { checkLayers, ENTRIES } from "./layers/rules.ts";

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
const drawing = drawRooms(roomsOf(tree, ENTRIES));
if (process.argv.includes("--write")) await writeFile(path.join(ROOT, DRAWING), drawing);
const breaches = checkLayers(tree, { dependencies: Object.keys(dependencies) });
const drawn = await readFile(path.join(ROOT, DRAWING), "utf8").catch(() => "");
if (drawn !== drawing) {
  const message = "it does not show the imports as they are: run `deno task layers --write`";
  breaches.push({ file: DRAWING, line: 1, message });
}
for (const { file, line, message } of breaches) console.error(`${file}:${line}: ${message}`);
console.log(`${tree.size} files, ${breaches.length} against the rules of the house`);
if (breaches.length > 0) process.exitCode = 1;
