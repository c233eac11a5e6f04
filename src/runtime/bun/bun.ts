// The adapter for Bun, and for the executable that Bun compiles.
import { realpathSync } from "node:fs";
import module, { createRequire } from "node:module";
import process from "node:process";
import { beyondTypes } from "../shared/modules/beyond.ts";
import { PLUGIN_FILE_BYTES, readRegularText } from "../../base/regular_file.ts";
import { bundleModule } from "./bundle.ts";
import { openMappedCells } from "./cells.ts";
import { InstalledPackages, type LoadedText, withInstalled } from "./installed.ts";
import { openBunLibc } from "./libc.ts";
import { notifyByLibc } from "../shared/datagram.ts";
import { openDebugger } from "../shared/debugger.ts";
import { endProcess, processGuard } from "../shared/end_guard.ts";
import { bindBy, socketHolder } from "../shared/held_socket.ts";
import { inspectBuiltIns } from "../shared/builtins/inspection.ts";
import { explainFailure, findMissingExport } from "../shared/modules/failure.ts";
import { isInPackage, PluginFiles } from "../shared/modules/files.ts";
import { moduleShape } from "../shared/modules/shape.ts";
import { type Sucrase, toRequired } from "../shared/modules/source.ts";
import { findBrokenJson } from "../shared/modules/syntax.ts";
import { connect, listen } from "../shared/net.ts";
import { spawn } from "../shared/process.ts";
import { parentGuard } from "../shared/parent_guard.ts";
import { listenOn } from "../shared/shared_listener.ts";
import { onUncaught } from "../shared/uncaught.ts";
import { connectTcp, listenTcp } from "../shared/tcp.ts";
import type { ModuleNamespace, ProvidedModules, Runtime } from "../contract.ts";

/** What is used of Bun's own API. */
interface BunApi {
  readonly version: string;
  /** Files of the executable. */
  readonly embeddedFiles?: readonly (Blob & { readonly name?: string })[];
  readonly Transpiler: new (
    options: { readonly loader: "ts"; readonly target: "bun" },
  ) => { transformSync(source: string): string };
  plugin(plugin: { readonly name: string; setup(build: BunBuild): void }): void;
}

interface BunBuild {
  onResolve(
    on: { readonly filter: RegExp },
    resolve: (
      args: { readonly path: string; readonly importer: string },
    ) => { readonly path: string } | undefined,
  ): void;
  onLoad(on: { readonly filter: RegExp }, load: () => LoadedText): void;
  module(specifier: string, load: () => { exports: ModuleNamespace; loader: "object" }): void;
}

/** What node:module has on Bun and no types have: how required files are run, by extension. */
interface BunModule {
  readonly _extensions: Record<string, (target: Compilable, file: string) => void>;
}

interface Compilable {
  _compile(source: string, file: string): void;
}

declare const Bun: BunApi;
/** Bun's own, which its bundler follows: the executable has sucrase in it. */
declare const require: (specifier: "sucrase") => ReturnType<Sucrase>;

const requireFile = createRequire(import.meta.url);
const sucrase: Sucrase = () => require("sucrase");

/** Bun, from 1.4 on. */
export function createBunRuntime(): Runtime {
  return {
    name: "bun",
    version: Bun.version,
    embedded: async (name) => await Bun.embeddedFiles?.find((file) => file.name === name)?.text(),
    listen,
    connect,
    holdSocket: socketHolder(bindBy(openBunLibc, false)),
    // Programs get the descriptors that they are handed, and no others.
    keepFromChildren: () => {},
    listenOn,
    listenTcp,
    connectTcp,
    spawn,
    endWithParent: parentGuard(openBunLibc),
    ownCommand: ownCommand(),
    provideModules,
    importModule: new PluginModules().importModule,
    bundleModule,
    guardProcess: processGuard(process),
    onUncaught,
    notifySystemd: notifyByLibc(openBunLibc),
    openDebugger,
    exit: endProcess,
    openCells: openMappedCells,
  };
}

/** The executable has its script inside, and is its own command. */
function ownCommand(): [string, ...string[]] {
  const script = process.argv[1] ?? "";
  return isInside(script) ? [process.execPath] : [process.execPath, script];
}

/** Where the files of an executable seem to lie: `B:` on Windows. */
function isInside(script: string): boolean {
  return script.startsWith("/$bunfs/") || script.startsWith("B:");
}

function provideModules(modules: ProvidedModules): void {
  Bun.plugin({
    name: "gibbon",
    setup(build) {
      for (const [specifier, exports] of Object.entries(modules)) {
        build.module(specifier, () => ({ exports, loader: "object" }));
      }
    },
  });
}

/**
 * Loads plugin modules. Bun runs all but one shape of them as they are: import statements beside
 * `module.exports`. Such a file works as a plugin and where it is required, not where an ES module
 * imports it.
 *
 * Bun keeps a module that was loaded and never run, because another one failed, for as long as the
 * process lives. So another version has other names for its ES modules: those that are imported
 * with their extension, since Bun asks nobody about others. Only one of the latter that lacked what
 * another imports from it stays as it was.
 */
class PluginModules {
  readonly #files = new PluginFiles();
  readonly #installed = new InstalledPackages((filter, load) =>
    Bun.plugin({ name: "gibbon-installed", setup: (build) => build.onLoad({ filter }, load) })
  );
  #version = 0;
  #prepared = false;

  readonly importModule = async (
    file: string,
    version = 0,
    maxBytes = PLUGIN_FILE_BYTES,
  ): Promise<ModuleNamespace> => {
    if (!this.#prepared) this.#prepare();
    const path = realpathSync(file);
    this.#enter(version);
    this.#files.maxBytes = maxBytes;
    this.#files.add(path);
    try {
      this.#files.check(path);
      this.#files.scan(path);
      for (const imported of this.#files.withImports(path)) this.#installed.prepare(imported);
      return isEsm(path) ? await import(this.#tag(path)) : { default: requireFile(path) };
    } catch (error) {
      // It may have changed what it takes to explain that.
      inspectBuiltIns();
      const files = this.#files.withImports(path);
      const search = () => findMissingExport(error, files) ?? findBrokenJson(files);
      throw explainFailure(error, files, search);
    }
  };

  #prepare(): void {
    this.#prepared = true;
    runMixedModules();
    Bun.plugin({
      name: "gibbon-versions",
      setup: (build) => build.onResolve({ filter: /^(?:\.{0,2}\/|file:)/ }, this.#resolve),
    });
  }

  readonly #resolve = (
    { path, importer }: { readonly path: string; readonly importer: string },
  ) => {
    const found = this.#files.resolve(path, importer);
    if (found === undefined) return undefined;
    return { path: isEsm(found) && !isInPackage(found) ? this.#tag(found) : found };
  };

  #tag(target: string): string {
    return this.#version === 0 ? target : `${target}?gibbon=${this.#version}`;
  }

  /** CommonJS has its modules by path, where those of another version go. */
  #enter(version: number): void {
    if (version === this.#version) return;
    const tag = this.#tag("");
    for (const path of this.#files.fresh) {
      delete requireFile.cache[path];
      delete requireFile.cache[path + tag];
    }
    this.#version = version;
  }
}

function isEsm(path: string): boolean {
  return moduleShape(path, readRegularText(path, Infinity)) === "esm";
}

/**
 * Bun compiles decorators and accessor fields with functions of its own, which it imports: that it
 * cannot do in CommonJS, and says nothing that could be understood.
 */
function isBeyondBun(file: string, source: string): boolean {
  if (!/\.c?ts$/.test(file)) return false;
  try {
    return beyondTypes(file, source, sucrase().getFormattedTokens) !== undefined;
  } catch {
    // Bun says what is wrong with it.
    return false;
  }
}

/** Bun's compiler. It leaves no map: stacks name the lines of what came out. */
function transpile(source: string): string {
  return new Bun.Transpiler({ loader: "ts", target: "bun" }).transformSync(source);
}

function runMixedModules(): void {
  const { _extensions: extensions } = module as unknown as BunModule;
  for (const extension of [".js", ".ts", ".cjs", ".cts"]) {
    const run = extensions[extension] ?? extensions[".js"];
    extensions[extension] = (target, file) => {
      if (isInPackage(file)) return run?.(target, file);
      const source = readRegularText(file, Infinity);
      const installed = withInstalled(file, source);
      const isMixed = moduleShape(file, source) === "mixed";
      if (installed === undefined && !isMixed && !isBeyondBun(file, source)) {
        return run?.(target, file);
      }
      target._compile(toRequired(file, installed ?? source, sucrase, transpile).source, file);
    };
  }
}
