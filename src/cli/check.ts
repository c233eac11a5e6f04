// gibbon check: loads every plugin of a directory and says what it found.
import { join, relative } from "node:path";
import process from "node:process";
import { attempt } from "../base/printable.ts";
import { readRegularText } from "../base/regular_file.ts";
import { VERSION } from "../base/version.ts";
import { checkKongFile } from "../dev/check_kong_file.ts";
import type { SchemaField } from "../kong/engine/plugin.ts";
import { loadPlugins, type LoadResult } from "../kong/loader/load.ts";
import { DEFAULT_PROTOCOL } from "../kong/protocol/protocol_of.ts";
import { pluginDump } from "../kong/protocol/status.ts";
import { type UsageMisfit, usageMisfits } from "../kong/usage/misfits.ts";
import { routeFamilies } from "../kong/schema/protocols.ts";
import { EDITOR_FOLDER, VERSION_FILE } from "./editor/project.ts";
import type { CommandContext } from "./context.ts";
import { loadOptions } from "./load_options.ts";
import { formatProblem } from "../base/problems.ts";
import { formatTable } from "./table.ts";
import { typeFaults } from "./type_check.ts";

/**
 * Prints the plugins, the problems, what the chosen protocol or version of Kong does not have, and the
 * modules that are no plugins; with --kong-config also what is wrong with that file, with --types
 * also with the types.
 *
 * @returns the exit code: 0 if there are plugins and no problems, with --strict no warnings either, else 1
 * @throws {GibbonError} PLUGIN_DIRECTORY; OPTION_INVALID where types cannot be checked
 */
export async function run(context: CommandContext): Promise<number> {
  const { runtime, directory = ".", options, output } = context;
  const loaded = await loadPlugins(runtime, directory, loadOptions(options));
  const { kongConfig } = options;
  const file = kongConfig === undefined
    ? { notes: [] }
    : checkKongFile(kongConfig, loaded.plugins, process.env);
  const problems = [
    ...loaded.problems,
    ...(file.problem ? [file.problem] : []),
    ...(options.types ? await typeFaults(runtime, directory) : []),
  ];
  const notes = [...file.notes, ...oldTypes(directory)];
  const { plugins, skipped } = loaded;
  const using = { protocol: options.protocol ?? DEFAULT_PROTOCOL, kong: options.kongIs };
  const misfits = plugins.flatMap((plugin) => usageMisfits(plugin, using));
  const found: Checked = { ...loaded, problems, misfits, notes };
  await output.data(`${options.json ? asJson(found) : asText(directory, found)}\n`);
  const warnings = options.strict ? misfits.length + skipped.length + notes.length : 0;
  return problems.length + warnings === 0 && plugins.length > 0 ? 0 : 1;
}

/** Says that the types for editors are those of another gibbon, where there are some. */
function oldTypes(directory: string): string[] {
  const folder = join(directory, EDITOR_FOLDER);
  const version = attempt(() => readRegularText(join(folder, VERSION_FILE), 100))?.trim();
  if (version === undefined || version === VERSION) return [];
  return [
    `The types in ${folder} are those of gibbon ${version}: gibbon types ${directory} renews them.`,
  ];
}

/** What was found. */
interface Checked extends LoadResult {
  /** Calls that would fail behind Kong. */
  readonly misfits: readonly UsageMisfit[];
  /** What `gibbon dev` does not act on in kong.yml, and types of another gibbon. */
  readonly notes: readonly string[];
}

function asJson({ plugins, problems, misfits, skipped, notes }: Checked): string {
  return JSON.stringify({
    plugins: plugins.map((plugin) => ({ ...pluginDump(plugin, true), File: plugin.file })),
    problems: problems.map(({ code, message, plugin, file, remedy }) => {
      return { code, message, plugin, file, remedy };
    }),
    misfits,
    skipped,
    notes,
  });
}

function asText(
  directory: string,
  { plugins, problems, misfits, skipped, notes }: Checked,
): string {
  const parts: string[] = [];
  if (plugins.length > 0) {
    const rows = plugins.map((plugin) => [
      plugin.name,
      plugin.version,
      String(plugin.priority),
      [...plugin.handlers.keys()].join(" "),
      routeFamilies(plugin.handlers.keys()).join(" "),
      plugin.schema.map(describeField).join(", ") || "(no configuration)",
      shown(plugin.file),
    ]);
    const titles = ["plugin", "version", "priority", "phases", "routes", "config", "file"];
    parts.push(formatTable(titles, rows));
  }
  parts.push(...problems.map(formatProblem));
  parts.push(...misfits.map(describeMisfit));
  if (skipped.length > 0) {
    parts.push(skipped.map(({ file, reason }) => `skipped ${file}: ${reason}`).join("\n"));
  }
  if (notes.length > 0) parts.push(notes.join("\n"));
  const warnings = misfits.length === 0 ? "" : `, ${misfits.length} warnings`;
  const counts =
    `${plugins.length} plugins, ${problems.length} problems${warnings} in ${directory}`;
  return [...parts, counts].join("\n\n");
}

function describeMisfit({ plugin, method, place, reason, remedy }: UsageMisfit): string {
  return `warning: ${plugin} calls ${method}: ${reason}\n  at ${place}\n  ${remedy}`;
}

/** A path as it is shortest from here. */
function shown(file: string): string {
  const short = relative(".", file);
  return short.length < file.length ? short : file;
}

/** A field in a few words: its name, its type, and whether it must be there. */
function describeField(field: SchemaField): string {
  const [[name, attributes] = ["?", {}]] = Object.entries(field);
  const type = String((attributes as { type?: unknown }).type ?? "?");
  const required = (attributes as { required?: unknown }).required === true;
  const hasDefault = Object.hasOwn(attributes, "default");
  return `${name}: ${type}${required && !hasDefault ? " (required)" : ""}`;
}
