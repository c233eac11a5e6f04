// What keeps plugins or settings from running as they are written, for the inspector's page.
import type { GibbonError } from "../../base/errors.ts";
import { frameAt } from "../code_frame.ts";
import type { SettingsProblem } from "../settings.ts";
import type { ShownProblem } from "./view.ts";

/**
 * @param problems of modules that could not be loaded
 * @param names of the plugins that run: those of before, where the module is broken now
 * @param settings why settings are not taken
 */
export function shownProblems(
  problems: readonly GibbonError[],
  names: readonly string[],
  settings: SettingsProblem | undefined,
): ShownProblem[] {
  const ofModules = problems.map(({ message, plugin, file, remedy }): ShownProblem => {
    const frame = file === undefined ? undefined : frameAt(file);
    const isStale = plugin !== undefined && names.includes(plugin);
    return {
      message,
      ...(isStale ? { consequence: `${plugin} runs as it was before the last edit.` } : {}),
      ...(remedy === undefined ? {} : { remedy }),
      ...(frame ? { frame } : {}),
    };
  });
  if (!settings) return ofModules;
  const consequence = "The plugins run with the settings of before.";
  return [...ofModules, { message: settings.message, consequence, remedy: settings.remedy }];
}
