// Plugin modules on Node and Deno: hooks into their module loaders that leave all others alone.
import { realpathSync } from "node:fs";
import module, { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { PLUGIN_FILE_BYTES } from "../../../base/regular_file.ts";
import { inspectBuiltIns } from "../builtins/inspection.ts";
import { explainFailure } from "./failure.ts";
import { isInPackage, PluginFiles } from "./files.ts";
import { provide, providedSource, providedUrl } from "./provide.ts";
import { moduleShape } from "./shape.ts";
import { type ModuleSource, type Sucrase, toEsm, toImported, toRequired } from "./source.ts";
import { findSyntaxError } from "./syntax.ts";
import type { ModuleNamespace, ProvidedModules, Runtime } from "../../contract.ts";

const require = createRequire(import.meta.url);
const sucrase: Sucrase = () => require("sucrase");

/** The query parameter by which a module that was loaded afresh differs from the one before. */
const VERSION = "gibbon";

/** What a runtime's module loader has to be helped with. */
export interface LoaderHelp {
  /** Finds the file of a package for one of the plugins' files. */
  findPackageFile?(
    specifier: string,
    parent: string,
    conditions: readonly string[],
  ): string | undefined;
  /** Whether it reads what a module imports before it asks the hooks about that. */
  readonly readsAhead?: boolean;
  /** Gives the text of a JSON file that is required. */
  requireJson?(url: URL): ModuleSource;
  /** Gives the text of a module that loads a native addon which is required. */
  requireNative?(url: URL): ModuleSource;
}

/** Loads plugin modules; one for each process, as hooks are. */
export class PluginModules implements Pick<Runtime, "provideModules" | "importModule"> {
  readonly #files = new PluginFiles();
  readonly #help: LoaderHelp;
  #version = 0;
  #hooked = false;

  constructor(help: LoaderHelp = {}) {
    this.#help = help;
  }

  readonly provideModules = (modules: ProvidedModules): void => {
    provide(modules);
    this.#hook();
  };

  readonly importModule = async (
    file: string,
    version = 0,
    maxBytes = PLUGIN_FILE_BYTES,
  ): Promise<ModuleNamespace> => {
    this.#hook();
    const path = realpathSync(file);
    this.#enter(version);
    this.#files.maxBytes = maxBytes;
    this.#files.add(path);
    try {
      this.#files.check(path);
      if (this.#help.readsAhead) this.#files.scan(path);
      const isEsm = moduleShape(path, this.#files.text(path)) === "esm";
      return isEsm ? await import(urlOf(path, this.#version)) : { default: require(path) };
    } catch (error) {
      // It may have changed what it takes to explain that.
      inspectBuiltIns();
      const files = this.#files.withImports(path);
      throw explainFailure(error, files, () => findSyntaxError(files, sucrase));
    }
  };

  #hook(): void {
    if (this.#hooked) return;
    this.#hooked = true;
    module.registerHooks({ resolve: this.#resolve, load: this.#load });
  }

  /** CommonJS has its modules by path; those of another version go. */
  #enter(version: number): void {
    if (version === this.#version) return;
    this.#version = version;
    for (const path of this.#files.fresh) delete require.cache[path];
  }

  readonly #resolve: module.ResolveHookSync = (specifier, context, next) => {
    const isRequired = isRequire(context.conditions);
    const provided = providedUrl(specifier, isRequired);
    if (provided) return { url: provided, shortCircuit: true };
    const found = this.#find(specifier, context);
    if (found === undefined) return next(specifier, context);
    // A module keeps to the version of the one that imports it, whatever has come since.
    const version = versionOf(context.parentURL as string);
    return { url: urlOf(found, isRequired ? 0 : version), shortCircuit: true };
  };

  #find(
    specifier: string,
    { parentURL, conditions }: module.ResolveHookContext,
  ): string | undefined {
    if (!parentURL?.startsWith("file:")) return undefined;
    const parent = fileURLToPath(parentURL);
    const beside = this.#files.resolve(specifier, parent);
    if (beside !== undefined || !this.#files.has(parent)) return beside;
    if (module.isBuiltin(specifier)) return undefined;
    const found = this.#help.findPackageFile?.(specifier, parent, conditions);
    if (found !== undefined) this.#files.add(found, parent);
    return found;
  }

  readonly #load: module.LoadHookSync = (url, context, next) => {
    const provided = providedSource(url);
    if (provided) return { ...provided, shortCircuit: true };
    const isRequired = isRequire(context.conditions);
    if (isRequired && url.endsWith(".json") && this.#help.requireJson) {
      return { ...this.#help.requireJson(new URL(url)), shortCircuit: true };
    }
    if (isRequired && url.endsWith(".node") && this.#help.requireNative) {
      return { ...this.#help.requireNative(new URL(url)), shortCircuit: true };
    }
    if (!url.startsWith("file:") || !/\.[cm]?[jt]s(?:\?|$)/.test(url)) return next(url, context);
    const path = fileURLToPath(url);
    if (!this.#files.has(path)) return next(url, context);
    const source = this.#files.text(path);
    if (isRequired) return { ...toRequired(path, source, sucrase), shortCircuit: true };
    if (moduleShape(path, source) !== "esm") {
      return { ...toImported(path, require(path)), shortCircuit: true };
    }
    return { ...toEsm(path, source, sucrase), shortCircuit: true };
  };
}

function urlOf(path: string, version: number): string {
  const url = pathToFileURL(path);
  if (version > 0 && !isInPackage(path)) url.searchParams.set(VERSION, String(version));
  return url.href;
}

function versionOf(url: string): number {
  return Number(new URL(url).searchParams.get(VERSION) ?? 0);
}

function isRequire(conditions: readonly string[] | undefined): boolean {
  return conditions?.includes("require") === true;
}
