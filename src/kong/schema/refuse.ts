// The error of a schema that Kong's schema language cannot say, with the field and the remedy.
import { GibbonError } from "../../base/errors.ts";

/** Where in a configuration a schema stands: `config.limits.burst`, `config.keys[]`. */
export type FieldPath = string;

/**
 * A schema that cannot be served.
 *
 * @param what what is wrong with it, as the end of a sentence that begins with the path
 * @param remedy what the plugin's author can write instead
 */
export function refusal(path: FieldPath, what: string, remedy: string): GibbonError {
  return new GibbonError("PLUGIN_INVALID", `${path} ${what}`, { remedy });
}

const SAY_IT_YOURSELF =
  "or say the field yourself in Kong's language: v.metadata({ kong: { type: ... } })";

const INSTEAD: Readonly<Record<string, string>> = {
  any: "Say which type the field has,",
  unknown: "Say which type the field has,",
  bigint: "Use v.pipe(v.string(), v.digits(), v.transform(BigInt)),",
  blob: "Use v.string(),",
  file: "Use v.string() with the file's path,",
  custom: "Use v.pipe(v.string(), v.check(...)),",
  instance: "Use the JSON that it is made of, and v.transform,",
  date: "Use v.pipe(v.string(), v.isoTimestamp(), v.transform((text) => new Date(text))),",
  intersect: "Use one v.object with the entries of all: v.object({ ...a.entries, ...b.entries }),",
  lazy: "Nest the schemas as deeply as needed,",
  null: "Use v.nullish(...) on the type that the field has,",
  undefined: "Use v.optional(...) on the type that the field has,",
  object_with_rest: "Use v.record(v.string(), ...) for keys that are not known,",
  tuple: "Use v.object with a name for each part, or v.array with v.length,",
  loose_tuple: "Use v.object with a name for each part, or v.array,",
  strict_tuple: "Use v.object with a name for each part, or v.array with v.length,",
  tuple_with_rest: "Use v.object with a name for each part, or v.array,",
  union: "Use one type (v.optional and v.nullish for what may be missing, v.picklist for values),",
  variant:
    "Use v.object with a v.picklist that tells the variants apart, optional fields, v.check,",
};

/** A type of valibot that has no counterpart. */
export function unsayable(path: FieldPath, type: string): GibbonError {
  const instead = INSTEAD[type] ?? "Use a type that JSON has,";
  return refusal(
    path,
    `has the type v.${camelCase(type)}, which Kong's schema language does not have`,
    `${instead} ${SAY_IT_YOURSELF}.`,
  );
}

function camelCase(type: string): string {
  return type.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
