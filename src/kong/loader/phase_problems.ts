// What to say of a handler for a phase that Kong does not serve from outside.
import type { GibbonError } from "../../base/errors.ts";
import { UNSERVED_PHASES } from "../engine/phases.ts";
import { type ModuleInfo, moduleProblem } from "../../modules/module_info.ts";

const REMEDIES: Readonly<Record<(typeof UNSERVED_PHASES)[number], string>> = {
  init_worker: "Do it when the module is loaded, or in init, which begins an instance.",
  header_filter: "Use response, which sees the whole answer before the client does.",
  body_filter: "Use response, which sees the whole answer before the client does.",
};

/** The unserved phase that a word means, however it is written; undefined if it means none. */
export function unservedPhase(word: string): keyof typeof REMEDIES | undefined {
  const name = word.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return UNSERVED_PHASES.find((phase) => phase === name);
}

/**
 * @param word the phase as the plugin has it
 * @param consequence what that means for the plugin, as a sentence
 */
export function phaseProblem(
  module: ModuleInfo,
  word: string,
  phase: keyof typeof REMEDIES,
  consequence: string,
): GibbonError {
  const message = `Kong cannot call ${phase} outside of itself. ${consequence}`;
  return moduleProblem("PHASE_UNSUPPORTED", module, word, message, REMEDIES[phase]);
}
