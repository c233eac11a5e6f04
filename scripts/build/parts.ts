// The parts of the executable besides its program, each one file in dist/: page, templates, types, preload.
import { Buffer } from "node:buffer";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { BUILT_TYPES, type EditorTypes, packTypes } from "../../src/cli/editor/editor_types.ts";
import { BUILT_TEMPLATES, sourceTemplates } from "../../src/cli/editor/templates.ts";
import { BUILT_PRELOAD } from "../../src/cli/test_runner.ts";
import {
  BUILT_PAGE,
  makePage,
  type PageFiles,
  writeBuiltPage,
} from "../../src/dev/inspector/page_files.ts";
import { makeEditorTypes } from "../declarations.ts";
import { bundleModule, DIST } from "./executable.ts";

/** What the parts are made of. */
export interface Parts {
  /** The inspector's page. */
  readonly page: PageFiles;
  /** The declarations for editors. */
  readonly types: EditorTypes;
}

/**
 * Writes the parts into dist/.
 *
 * @param preloadMetafile where Bun is to write what `gibbon test` loads before the tests is made of
 * @throws {Error} with what Bun said, if it could not bundle
 */
export async function makeParts(preloadMetafile?: string): Promise<Parts> {
  await mkdir(DIST, { recursive: true });
  const [page, types] = [await makePage(), await makeEditorTypes()];
  await writeFile(path.join(DIST, BUILT_PAGE), writeBuiltPage(page));
  const templates = JSON.stringify(Object.fromEntries(await sourceTemplates()));
  await writeFile(path.join(DIST, BUILT_TEMPLATES), templates);
  await writeFile(path.join(DIST, BUILT_TYPES), packTypes(types));
  const preload = path.join(DIST, BUILT_PRELOAD);
  await bundleModule("src/cli/test_preload.ts", preload, preloadMetafile);
  await writeFile(preload, withoutSources(await readFile(preload, "utf8")));
  return { page, types };
}

/** Takes the sources' texts out of the map in a module: stacks need their names and lines alone. */
function withoutSources(module: string): string {
  const at = module.indexOf("base64,", module.lastIndexOf("\n//# sourceMappingURL=")) + 7;
  const map = JSON.parse(Buffer.from(module.slice(at), "base64").toString("utf8"));
  // Without the list itself, Bun takes the map for broken.
  const sourcesContent = map.sources.map(() => "");
  const json = JSON.stringify({ ...map, sourcesContent });
  return module.slice(0, at) + Buffer.from(json).toString("base64");
}
