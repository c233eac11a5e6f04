// What becomes of it when a plugin changes built-in objects: an error that says which, and who hears of it.
import { type ErrorDetails, GibbonError } from "../../../base/errors.ts";
import { restoreListeners } from "../listener_guard.ts";
import { type Damage, glanceAtBuiltIns, inspectBuiltIns } from "./inspection.ts";

/** How often all of the built-ins are inspected, in milliseconds. */
const PATROL_MS = 1000;

/** Who hears of changes. */
export interface DamageListener {
  /**
   * Changes were found that nobody in particular is known to have made.
   *
   * @param sinceMs when all was as it should be for the last time, in Unix milliseconds
   */
  found(damage: Damage, sinceMs: number): void;
  /**
   * Changes cannot be put back, wherever they were found.
   *
   * @param plugin who made them, where that is known
   */
  spoilt(error: GibbonError, plugin: string | undefined): void;
}

let listener: DamageListener | undefined;
/** The first damage that could not be undone. */
let lasting: GibbonError | undefined;
let intactMs = 0;

/**
 * The error for changed built-ins.
 *
 * @param who begins the sentence: who did it, as far as that is known
 */
export function damageError(who: string, damage: Damage, details: ErrorDetails = {}): GibbonError {
  const { paths, count, mended } = damage;
  const more = count > paths.length ? ` and ${count - paths.length} more` : "";
  const end = mended
    ? "that is undone"
    : "that cannot be undone, and nothing in this process can be relied on";
  return new GibbonError(
    "FORBIDDEN",
    // A log counts lines that are the same up to a colon.
    `${who} changed ${paths.join(", ")}${more}, which all plugins of the process share: ${end}`,
    {
      remedy: "Use functions and classes of your own. A plugin that has to change these exports " +
        'their names: export const allowPatches = ["Array.prototype.at"].',
      ...details,
    },
  );
}

/**
 * To be called when code of a plugin has run, before anything else is done.
 *
 * @param closely whether all built-ins are inspected, not only those that events need
 * @returns FORBIDDEN if it has changed some; they are put back
 */
export function patchedBy(
  plugin: string,
  details: ErrorDetails = {},
  closely = false,
): GibbonError | undefined {
  const damage = closely ? inspectBuiltIns() : glanceAtBuiltIns();
  if (!damage) return undefined;
  const error = damageError(`Plugin ${plugin}`, damage, { plugin, ...details });
  if (!damage.mended) spoils(error, plugin);
  return error;
}

/** What cannot be undone in this process: nothing in it can be relied on. */
export function lastingDamage(): GibbonError | undefined {
  return lasting;
}

/**
 * To be called when somebody is known to have made changes that cannot be put back.
 *
 * @param plugin undefined where it is none yet
 */
export function spoils(error: GibbonError, plugin: string | undefined): void {
  lasting ??= error;
  listener?.spoilt(error, plugin);
}

/** The same, where the error is to be thrown. */
export function forbidPatches(plugin: string, details?: ErrorDetails): void {
  const patched = patchedBy(plugin, details);
  if (patched) throw patched;
}

/**
 * To be called before code of a plugin runs, so that it is not blamed for what others did.
 *
 * @param closely whether all built-ins are inspected
 */
export function blameOthers(closely = false): void {
  tell(closely ? inspectBuiltIns() : glanceAtBuiltIns());
}

/**
 * Once a second inspects all built-ins, and puts gibbon's listeners of the process back. Called again,
 * it only tells somebody else.
 */
export function patrolBuiltIns(next: DamageListener): void {
  const isFirst = listener === undefined;
  listener = next;
  intactMs = Date.now();
  if (!isFirst) return;
  const timer = setInterval(() => {
    tell(inspectBuiltIns());
    restoreListeners();
    intactMs = Date.now();
  }, PATROL_MS);
  (timer as { unref?: () => void }).unref?.();
}

function tell(damage: Damage | undefined): void {
  if (!damage) return;
  listener?.found(damage, intactMs);
  if (!damage.mended) spoils(damageError("A plugin", damage), undefined);
}
