// Schemas for Kong before 3.4, which refuses a schema that describes its fields.
import type { SchemaField } from "../engine/plugin.ts";

/** Attributes that only document, and that a Kong which does not know them refuses. */
const DOCUMENTATION: ReadonlySet<string> = new Set(["description", "examples"]);

/** The same fields without their descriptions, however deep. */
export function withoutDescriptions(fields: readonly SchemaField[]): SchemaField[] {
  return fields.map((field) =>
    Object.fromEntries(
      Object.entries(field).map(([name, attributes]) => [name, strip(attributes)]),
    )
  );
}

function strip(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (DOCUMENTATION.has(name)) continue;
    if (name === "fields") kept[name] = withoutDescriptions(value as SchemaField[]);
    else if (name === "elements" || name === "keys" || name === "values") {
      kept[name] = strip(value as Record<string, unknown>);
    } else kept[name] = value;
  }
  return kept;
}
