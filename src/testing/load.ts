// The plugins of a test: from what a module exports, or from its file, as a server loads them.
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { GibbonError, messageOf } from "../base/errors.ts";
import type { Plugin } from "../kong/engine/plugin.ts";
import { loadPlugins } from "../kong/loader/load.ts";
import { recognise } from "../kong/loader/recognise.ts";
import type { ModuleNamespace } from "../runtime/contract.ts";
import { detectRuntime } from "../runtime/detect.ts";
import type { TestablePlugin, TestedPlugin } from "./options.ts";

/** The file of a plugin that is given as a module, for messages: where it is, nobody knows. */
const GIVEN = "(given as a module)";

/**
 * Loads plugins.
 *
 * @throws {GibbonError} PLUGIN_INVALID, PLUGIN_BROKEN, PLUGIN_DUPLICATE, PLUGIN_DIRECTORY
 */
export async function loadTested(tested: readonly TestedPlugin[]): Promise<Plugin[]> {
  const plugins: Plugin[] = [];
  for (const { plugin: source, name } of tested) {
    const place = fileOf(source);
    const plugin = place === undefined
      ? fromModule(source as object, name ?? freeName(plugins))
      : await fromFile(place);
    if (plugins.some((other) => other.name === plugin.name)) {
      throw new GibbonError("PLUGIN_DUPLICATE", `two plugins are called ${plugin.name}`, {
        plugin: plugin.name,
        remedy: "Kong knows plugins by their names. Give one of them another: name.",
      });
    }
    plugins.push(plugin);
  }
  return plugins;
}

/** The path of a plugin that is given by its place. */
function fileOf(source: TestablePlugin): string | undefined {
  if (source instanceof URL) return fileURLToPath(source);
  if (typeof source !== "string") return undefined;
  return source.startsWith("file:") ? fileURLToPath(source) : resolve(source);
}

async function fromFile(file: string): Promise<Plugin> {
  const { plugins: [plugin], problems: [problem], skipped } = await loadPlugins(
    await detectRuntime(),
    dirname(file),
    { only: basename(file) },
  );
  if (problem) throw problem;
  if (plugin) return plugin;
  const reason = skipped[0]?.reason ?? "there is no such file";
  throw new GibbonError("PLUGIN_INVALID", `${file} is no plugin: ${reason}`, {
    file,
    remedy: "Name the file or the folder of a plugin. A relative path begins at the current " +
      'directory; new URL("./plugin.ts", import.meta.url) begins at the test.',
  });
}

function fromModule(source: object, name: string): Plugin {
  const namespace = (isNamespace(source) ? source : { default: source }) as ModuleNamespace;
  const now = Date.now() / 1000;
  const times = { modifiedAt: now, loadedAt: now };
  let reason = "it has nothing that a plugin exports";
  try {
    const module = { name, file: GIVEN, realFile: GIVEN, ...times };
    const { plugin, problems: [problem] } = recognise(namespace, module);
    if (problem) throw problem;
    if (plugin) return plugin;
  } catch (error) {
    if (error instanceof GibbonError) throw error;
    // What exports nothing of a plugin has its source looked at, which is not here.
    if (source === null || typeof source !== "object") reason = messageOf(error);
  }
  throw new GibbonError("PLUGIN_INVALID", `what is to be tested is no plugin: ${reason}`, {
    remedy: "Give what definePlugin made, the exports of a plugin's module, or its file.",
  });
}

/** Whether it is all that a module exports. */
function isNamespace(source: object): boolean {
  return typeof source === "object" && source !== null &&
    ("default" in source || "Plugin" in source);
}

/** `plugin`, `plugin-2` ...: for those whose module does not say how it is called. */
function freeName(plugins: readonly Plugin[]): string {
  for (let number = 1;; number++) {
    const name = number === 1 ? "plugin" : `plugin-${number}`;
    if (!plugins.some((plugin) => plugin.name === name)) return name;
  }
}
