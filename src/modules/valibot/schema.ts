// What gibbon reads of a valibot schema: its data, whichever copy of valibot made it.

/** A step of `v.pipe`. */
export interface PipeItem {
  readonly kind: "schema" | "validation" | "transformation" | "metadata";
  readonly type: string;
  /** Of most validations: the bound, the length, the values. */
  readonly requirement?: unknown;
  readonly description?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A schema; which of the optional parts are there depends on `type`. */
export interface Schema extends PipeItem {
  readonly kind: "schema";
  readonly async: boolean;
  readonly pipe?: readonly [Schema, ...PipeItem[]];
  readonly default?: unknown;
  readonly fallback?: unknown;
  /** Of optional, nullable and their like. */
  readonly wrapped?: Schema;
  /** Of objects. */
  readonly entries?: Readonly<Record<string, Schema>>;
  /** Of arrays. */
  readonly item?: Schema;
  /** Of maps and records. */
  readonly key?: Schema;
  /** Of maps, records and sets. */
  readonly value?: Schema;
  /** Of picklists and enums: values. Of unions: schemas. */
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
}

/** Whether a value is a schema of valibot 1.x. */
export function isSchema(value: unknown): value is Schema {
  if (typeof value !== "object" || value === null) return false;
  const { kind, type, "~run": run } = value as Record<string, unknown>;
  return kind === "schema" && typeof type === "string" && typeof run === "function";
}
