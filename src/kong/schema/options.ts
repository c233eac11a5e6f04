// Values that are listed one by one: literals, picklists, enums, and unions of them.
import { type FieldPath, refusal, unsayable } from "./refuse.ts";
import type { Bare } from "./shape.ts";
import { isSchema, type Schema } from "../../modules/valibot/schema.ts";

/** Types of valibot that list values; a union does if all of its parts do. */
const LISTING: ReadonlySet<string> = new Set(["literal", "picklist", "enum", "union"]);

/**
 * The shape of a schema that lists values.
 *
 * @throws {GibbonError} PLUGIN_INVALID, unless all values are of one type
 */
export function readListed(base: Schema, path: FieldPath): Bare {
  const options = listed(base);
  if (options?.length && options.every((option) => typeof option === "string")) {
    return { kind: "string", options };
  }
  if (options?.length && options.every((option) => typeof option === "number")) {
    return { kind: "number", options };
  }
  if (options?.length && options.every((option) => typeof option === "boolean")) {
    return { kind: "boolean", only: new Set(options).size === 1 ? options[0] : undefined };
  }
  throw base.type === "union" || options === undefined ? unsayable(path, "union") : refusal(
    path,
    `(v.${base.type}) lists no values, or values of more than one type`,
    "List strings only, or numbers only.",
  );
}

/** All values of a picklist, an enum, a literal, or a union of these; undefined for other unions. */
function listed(base: Schema): unknown[] | undefined {
  if (base.type === "literal") return [base.literal];
  if (base.type !== "union") return [...(base.options ?? [])];
  const all: unknown[] = [];
  for (const option of base.options ?? []) {
    const plain = isSchema(option) && !option.pipe && LISTING.has(option.type);
    const values = plain ? listed(option) : undefined;
    if (!values) return undefined;
    all.push(...values);
  }
  return all;
}
