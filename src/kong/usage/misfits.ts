// Functions that a plugin calls and that a protocol or a version of Kong does not have.
import { dirname, resolve } from "node:path";
import { attempt } from "../../base/printable.ts";
import { sourceOf } from "../../base/source_maps.ts";
import { PLUGIN_FILE_BYTES, readRegularText } from "../../base/regular_file.ts";
import { PDK_FUNCTIONS, type PdkMethod } from "../pdk/functions.ts";
import type { KongProtocol } from "../protocol/protocol_of.ts";
import { CARRIED_FUNCTIONS, withoutIt } from "../protocol/protobuf/functions.ts";
import { callsIn } from "./calls_in.ts";

/** Most files of one plugin that are read. */
const MOST_FILES = 200;

/** How files are found that are imported without their extension. */
const ENDINGS = ["", ".ts", ".js", ".mts", ".mjs", ".cts", ".cjs", "/index.ts", "/index.js"];

/** What a plugin is to run on. */
export interface UsedWith {
  readonly protocol: KongProtocol;
  /** Kong's version; undefined if any will do. */
  readonly kong?: readonly [major: number, minor: number] | undefined;
}

/** A call that would fail. */
export interface UsageMisfit {
  readonly plugin: string;
  readonly method: PdkMethod;
  /** `/plugins/one.ts:12`. */
  readonly place: string;
  readonly reason: string;
  readonly remedy: string;
}

/**
 * Reads a plugin's module and what it imports beside it; packages are not looked into. What cannot be read
 * is left out: whoever loads it says so.
 */
export function usageMisfits(
  plugin: { readonly name: string; readonly file: string },
  using: UsedWith,
): UsageMisfit[] {
  const misfits: UsageMisfit[] = [];
  const files = [plugin.file];
  for (const file of files) {
    const source = attempt(() => readRegularText(file, PLUGIN_FILE_BYTES));
    const read = source === undefined ? undefined : callsIn(file, source);
    if (!read) continue;
    for (const { method, line, column } of read.calls) {
      const lacking = lacks(method, using);
      if (!lacking) continue;
      const source = sourceOf({ file, line, column });
      const place = `${source.file}:${source.line}`;
      misfits.push({ plugin: plugin.name, method, place, ...lacking });
    }
    for (const specifier of read.imports) {
      const found = besideOf(specifier, file);
      if (found && !files.includes(found) && files.length < MOST_FILES) files.push(found);
    }
  }
  return misfits;
}

function besideOf(specifier: string, file: string): string | undefined {
  if (!/^\.{1,2}\//.test(specifier)) return undefined;
  const path = resolve(dirname(file), specifier);
  return ENDINGS.map((ending) => path + ending).find((candidate) =>
    attempt(() => readRegularText(candidate, PLUGIN_FILE_BYTES)) !== undefined
  );
}

function lacks(
  method: PdkMethod,
  { protocol, kong }: UsedWith,
): Pick<UsageMisfit, "reason" | "remedy"> | undefined {
  const { since } = PDK_FUNCTIONS[method];
  const [major = 0, minor = 0] = since.split(".").map(Number);
  if (kong && (kong[0] < major || (kong[0] === major && kong[1] < minor))) {
    return {
      reason: `Kong has it since ${since}, and this is for ${kong.join(".")}`,
      remedy: "Do without it, or use a later Kong.",
    };
  }
  if (protocol === "ProtoBuf:1" && !CARRIED_FUNCTIONS.has(method)) {
    return { reason: "Kong has no message for it in ProtoBuf:1", remedy: withoutIt(method) };
  }
  return undefined;
}
