// What the schemas of entities are made of.
import * as v from "valibot";
import * as type from "./field_types.ts";

/** The fields of an entity. */
export type Fields = v.ObjectEntries;

/** Says what is wrong with a record in Kong's words. */
function recordMessage(issue: { readonly expected: string | null; readonly received: string }) {
  if (issue.expected === "never") return "unknown field";
  return issue.received === "undefined" ? "required field missing" : "expected a record";
}

/** Anything with named fields. */
export const record = v.custom<object>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "expected a record",
);

/** A record that has no other fields than these. */
export function strictRecord(fields: Fields): v.GenericSchema<unknown, EntityFields> {
  return v.pipe(record, v.strictObject(fields, recordMessage)) as v.GenericSchema<
    unknown,
    EntityFields
  >;
}

/** An entity as the file has it, with defaults. */
export type EntityFields = Readonly<Record<string, unknown>>;

/** What is wrong with an entity as a whole, or nothing. */
export type EntityJudge = (entity: EntityFields) => string | undefined;

const common: Fields = {
  id: v.optional(type.uuid),
  created_at: v.optional(type.timestamp),
  updated_at: v.optional(type.timestamp),
  tags: v.optional(type.tags),
  ws_id: v.optional(type.text),
  _comment: v.optional(type.text),
  _ignore: v.optional(type.list(v.any())),
};

/** The schema of an entity: its fields, and the judges of the whole. */
export function entity(fields: Fields, ...judges: readonly EntityJudge[]) {
  return { fields: { ...common, ...fields }, judges };
}
