// Looks for the syntax error in a module, for runtimes that say only that there is one.
import vm from "node:vm";
import { readRegularText } from "../../../base/regular_file.ts";
import type { FaultPlace } from "./failure.ts";
import { MODULE_EXTENSIONS } from "./shape.ts";
import { type Sucrase, toScript } from "./source.ts";

/**
 * @param files the module and what it imports
 * @returns the first error; undefined where only the runtime's own loader sees it
 */
export function findSyntaxError(files: Iterable<string>, sucrase: Sucrase): FaultPlace | undefined {
  for (const file of files) {
    if (!MODULE_EXTENSIONS.some((extension) => file.endsWith(extension))) continue;
    try {
      const source = toScript(file, readRegularText(file, Infinity), sucrase);
      new vm.Script(`async()=>{${source}\n}`, { filename: file });
    } catch (error) {
      if (error instanceof SyntaxError) return toFinding(file, error);
    }
  }
  return findBrokenJson(files);
}

function toFinding(
  file: string,
  error: SyntaxError & { readonly loc?: { readonly line: number; readonly column: number } },
): FaultPlace {
  const message = error.message.replace(/^Error transforming .+?: | \(\d+:\d+\)$/g, "");
  // What V8 sees is the transformed text, which has the same lines but other columns.
  const [, line] = /^.+:(\d+)\n/.exec(error.stack ?? "") ?? [];
  const position = error.loc ?? { line: line === undefined ? undefined : Number(line) };
  return { file, ...position, message: `SyntaxError: ${message}` };
}

/** The first of the JSON files that is none. */
export function findBrokenJson(files: Iterable<string>): FaultPlace | undefined {
  for (const file of files) {
    if (!file.endsWith(".json")) continue;
    try {
      JSON.parse(readRegularText(file, Infinity));
    } catch (error) {
      return { file, message: String(error) };
    }
  }
  return undefined;
}
