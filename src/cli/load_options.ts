// From options to how a directory is loaded.
import type { LoadOptions } from "../modules/import_candidate.ts";
import type { OptionValues } from "./option_table.ts";

/** How a command that only looks at plugins loads them. */
export function loadOptions({ maxPluginFile }: OptionValues): LoadOptions {
  return maxPluginFile === undefined ? {} : { fileBytes: maxPluginFile };
}
