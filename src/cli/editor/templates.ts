// The plugins that gibbon new begins with: files of templates/, which a build puts into the executable.
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import type { Runtime } from "../../runtime/contract.ts";
import { builtFile } from "../built_files.ts";
import type { TemplateName } from "./template_names.ts";

/** What the file is called that a build puts into the executable. */
export const BUILT_TEMPLATES = "templates.asset";

/** What a template's plugin is called in its files, and in their names. */
export const TEMPLATE_PLUGIN = "my-plugin";

/** Files by their path: `auth/my-plugin.ts`. */
export type TemplateFiles = ReadonlyMap<string, string>;

const FOLDER = fileURLToPath(new URL("../../../templates", import.meta.url));

const Built = v.record(v.string(), v.string());

/** The templates as they are beside the sources. */
export async function sourceTemplates(): Promise<TemplateFiles> {
  const files = new Map<string, string>();
  for await (const path of glob("*/*.{ts,yml}", { cwd: FOLDER })) {
    files.set(path, await readFile(join(FOLDER, path), "utf8"));
  }
  return files;
}

/** The templates: out of a build, or beside the sources. */
export async function readTemplates(runtime: Pick<Runtime, "embedded">): Promise<TemplateFiles> {
  const built = await builtFile(runtime, BUILT_TEMPLATES);
  if (built === undefined) return await sourceTemplates();
  return new Map(Object.entries(v.parse(Built, JSON.parse(built))));
}

/** The files of a template under a plugin's name. */
export function filledIn(
  templates: TemplateFiles,
  template: TemplateName,
  plugin: string,
): TemplateFiles {
  const own = templates.entries().filter(([path]) => path.startsWith(`${template}/`));
  const named = (text: string) => text.replaceAll(TEMPLATE_PLUGIN, plugin);
  return new Map(own.map(([path, text]) => [named(path.slice(template.length + 1)), named(text)]));
}
