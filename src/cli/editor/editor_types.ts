// What an editor has to know of what plugins import: declarations, which a build has put into one file.
import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import * as v from "valibot";
import { GibbonError } from "../../base/errors.ts";
import { builtFile } from "../built_files.ts";
import type { Runtime } from "../../runtime/contract.ts";

/** What the file is called that a build puts into the executable. */
export const BUILT_TYPES = "editor-types.asset";

/** Where a build leaves it: beside the executable. */
const BUILT_FILE = new URL(`../../../dist/${BUILT_TYPES}`, import.meta.url);

/** Declarations by their path in the folder that they are written to. */
export type EditorTypes = ReadonlyMap<string, string>;

/** What is imported, and the declaration that stands for it: paths in that folder. */
export const ENTRIES: Readonly<Record<string, string>> = {
  "gibbon": "types/mod.d.ts",
  "gibbon/prox": "types/src/prox/mod.d.ts",
  "gibbon/prox/host": "types/src/prox/host/mod.d.ts",
  "gibbon/brpc": "types/src/brpc/mod.d.ts",
  "gibbon/testing": "types/src/testing/mod.d.ts",
  "valibot": "types/valibot.d.mts",
};

/** What Node.js has: types that plugins use without importing them. */
export const NODE_TYPES = "node_modules/@types/node";

const Built = v.record(v.string(), v.string());

/** The text of the file of a build. */
export function packTypes(types: EditorTypes): string {
  return gzipSync(JSON.stringify(Object.fromEntries(types)), { level: 9 }).toString("base64");
}

/**
 * The declarations: out of a build, or of the last one beside the sources.
 *
 * @throws {GibbonError} OPTION_INVALID if there was no build
 */
export async function readEditorTypes(runtime: Pick<Runtime, "embedded">): Promise<EditorTypes> {
  const text = await builtFile(runtime, BUILT_TYPES) ?? await readFile(BUILT_FILE, "utf8").catch(
    (cause) => {
      throw new GibbonError("OPTION_INVALID", "The declarations have not been made", {
        file: fileURLToPath(BUILT_FILE),
        remedy: "Run npx -y deno task build in the clone, or use the executable.",
        cause,
      });
    },
  );
  const json = gunzipSync(Buffer.from(text, "base64")).toString("utf8");
  return new Map(Object.entries(v.parse(Built, JSON.parse(json))));
}
