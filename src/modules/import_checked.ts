// Imports a plugin's module, and refuses it if it has changed what all plugins share.
import { attempt } from "../base/printable.ts";
import type { ModuleNamespace, Runtime } from "../runtime/contract.ts";
import { blameOthers, damageError, spoils } from "../runtime/shared/builtins/damage.ts";
import {
  type AllowedPatches,
  allowPatches,
  inspectBuiltIns,
} from "../runtime/shared/builtins/inspection.ts";

/** Modules that are being imported. */
let underWay = 0;

/**
 * Imports a module. What it changed of the built-in objects is put back, unless its `allowPatches`
 * names it. Where others are being imported too, nobody knows which of them it was: then none is refused.
 *
 * @param fileBytes see `Runtime.importModule`
 * @throws {GibbonError} FORBIDDEN if it has changed them; whatever `Runtime.importModule` rejects with
 */
export async function importChecked(
  runtime: Pick<Runtime, "importModule">,
  file: string,
  version?: number,
  fileBytes?: number,
): Promise<ModuleNamespace> {
  underWay++;
  let namespace: ModuleNamespace;
  try {
    namespace = await runtime.importModule(file, version, fileBytes);
  } finally {
    underWay--;
  }
  const allowed = readAllowed(namespace);
  if (allowed) allowPatches(allowed);
  if (underWay > 0) {
    blameOthers(true);
    return namespace;
  }
  const damage = inspectBuiltIns();
  if (!damage) return namespace;
  const error = damageError("it", damage, { file });
  if (!damage.mended) spoils(damageError(`The module ${file}`, damage, { file }), undefined);
  throw error;
}

const { isArray } = Array;

/**
 * Reads it by what cannot have been changed.
 *
 * @throws {Error} if that is no list of names
 */
function readAllowed(namespace: ModuleNamespace): AllowedPatches | undefined {
  const given = attempt(() => namespace["allowPatches"] ?? inDefault(namespace));
  if (given === undefined || given === null || given === false) return undefined;
  if (given === true) return true;
  let isList = isArray(given);
  for (let index = 0; isList && index < (given as unknown[]).length; index++) {
    isList = typeof (given as unknown[])[index] === "string";
  }
  if (isList) return given as string[];
  throw new Error('its allowPatches has to be true, or a list of names: ["Array.prototype.at"]');
}

/** CommonJS exports nothing but a default. */
function inDefault({ default: exported }: ModuleNamespace): unknown {
  const isModule = typeof exported === "object" || typeof exported === "function";
  return isModule ? (exported as { allowPatches?: unknown } | null)?.allowPatches : undefined;
}
