// One plugin's module with its packages as one file, whose source map is in it.
import { Buffer } from "node:buffer";
import { SourceMap, type SourceMapPayload } from "node:module";
import { basename } from "node:path";
import { GibbonError, messageOf } from "../../base/errors.ts";
import type { BundledModule, Runtime } from "../../runtime/contract.ts";
import { ModuleFailure } from "../../runtime/shared/modules/failure.ts";
import { isPackage } from "../../runtime/shared/modules/package_name.ts";
import { type Contents, contentsOf, nameInStacks, packageFolder } from "./contents.ts";

/** How the first line of a bundle begins: by this it is known as one. */
export const BUNDLE_MARK = "// Bundled by gibbon";

/** A plugin's module with its packages. */
export interface Bundle extends Contents {
  /** Of the plugin. */
  readonly name: string;
  /** The module that it was made of. */
  readonly source: string;
  /** The text of the bundle, an ES module. */
  readonly text: string;
  /** What it may miss where it runs, as sentences. */
  readonly notes: readonly string[];
}

/** What is bundled, and how. */
export interface BundleRequest {
  readonly name: string;
  /** Absolute real path of the module. */
  readonly file: string;
  /** Absolute real path of the plugins directory: sources are named from there on. */
  readonly root: string;
  /** What gibbon provides, and stays outside. */
  readonly provided: readonly string[];
  readonly minify?: boolean | undefined;
}

/**
 * Bundles a module.
 *
 * @throws {GibbonError} OPTION_INVALID where the runtime has no bundler; PLUGIN_BROKEN if it cannot
 * be one file
 */
export async function bundle(runtime: Runtime, request: BundleRequest): Promise<Bundle> {
  const { name, file, root, provided, minify = false } = request;
  requireBundler(runtime);
  const banner = `${BUNDLE_MARK} from ${nameInStacks(file, root)}. Change that, not this.`;
  let made: BundledModule;
  try {
    made = await runtime.bundleModule!(file, { external: provided, banner, minify });
  } catch (error) {
    throw brokenBundle(name, error, file);
  }
  const { map } = made;
  return {
    name,
    source: file,
    text: made.code.replace(/\n\/\/# debugId=\w+\s*$/, "").trimEnd() + mapComment(map, root),
    ...contentsOf(made.files),
    notes: [...missing(made, provided), ...looksBeside(made.code, map, root)],
  };
}

/** @throws {GibbonError} OPTION_INVALID where the runtime has no bundler */
export function requireBundler(runtime: Runtime): void {
  if (runtime.bundleModule) return;
  throw new GibbonError("OPTION_INVALID", `${runtime.name} has no bundler`, {
    remedy: "Run gibbon's executable, which has one in it, or gibbon's sources with Bun.",
  });
}

function brokenBundle(name: string, error: unknown, module: string): GibbonError {
  const { file, line, column } = error instanceof ModuleFailure
    ? error.position
    : { file: module, line: undefined, column: undefined };
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  return new GibbonError("PLUGIN_BROKEN", `${name} cannot be bundled: ${messageOf(error)}`, {
    plugin: name,
    file: place,
    remedy: "Correct what it imports; or mount the plugins directory with its packages as it is.",
    cause: error,
  });
}

/** Without the sources' texts: stacks need their names and lines alone. */
function mapComment(map: SourceMapPayload, root: string): string {
  const { sourcesContent: _texts, debugId: _id, ...rest } = map as SourceMapPayload & {
    debugId?: string;
  };
  const sources = map.sources.map((source) => nameInStacks(source, root));
  const json = JSON.stringify({ ...rest, sources });
  return `\n//# sourceMappingURL=data:application/json;base64,${
    Buffer.from(json).toString("base64")
  }\n`;
}

/** Packages that a package asks for and does without: the bundler lets those pass that are tried. */
function missing({ imports }: BundledModule, provided: readonly string[]): string[] {
  const absent = imports.filter(({ specifier }) =>
    isPackage(specifier) && !provided.includes(specifier)
  );
  const notes = absent.map(({ specifier, importer }) =>
    `${
      basename(packageFolder(importer) ?? importer)
    } asks for ${specifier}, which is not installed, and so not in the bundle`
  );
  return [...new Set(notes)];
}

/** What a module finds files by that lie beside it. */
const BESIDE = /__bundle_(?:dirname|filename)|import\.meta\.(?:url|dirname|filename)/g;

/** Who looks for files beside itself: they are not in the bundle. */
function looksBeside(code: string, map: SourceMapPayload, root: string): string[] {
  const sources = new SourceMap(map);
  const notes = new Map<string, string>();
  for (const [line, text] of code.split("\n").entries()) {
    for (const { index } of text.matchAll(BESIDE)) {
      const entry = sources.findEntry(line, index);
      // The bundler's own beginning has no source.
      if (!("originalSource" in entry) || typeof entry.originalSource !== "string") continue;
      const file = entry.originalSource;
      const place = `${nameInStacks(file, root)}:${entry.originalLine + 1}`;
      const note = `${place} may look for files beside itself; they are not in the bundle`;
      const who = packageFolder(file) ?? file;
      if (!notes.has(who)) notes.set(who, note);
    }
  }
  return [...notes.values()];
}
