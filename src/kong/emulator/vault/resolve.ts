// References to secrets in a plugin's configuration, put in the place of what they lead to.
import type { SchemaField } from "../../engine/plugin.ts";
import { isVaultReference, secretOf, type VaultSources } from "./reference.ts";

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Resolves the references of a configuration. As in Kong only fields that are `referenceable` have
 * them; what leads to nothing becomes an empty text.
 *
 * @param fields the configuration's fields, in Kong's schema language
 * @param missing told of each reference that leads to nothing
 */
export function resolveSecrets(
  fields: readonly SchemaField[],
  config: Fields,
  sources: VaultSources,
  missing: (reference: string) => void,
): Record<string, unknown> {
  const resolve = (attributes: unknown, value: unknown): unknown => {
    if (!isFields(attributes)) return value;
    if (typeof value === "string") {
      if (attributes.referenceable !== true || !isVaultReference(value)) return value;
      const secret = secretOf(value, sources);
      if (secret === undefined) missing(value);
      return secret ?? "";
    }
    if (Array.isArray(value)) return value.map((item) => resolve(attributes.elements, item));
    if (!isFields(value)) return value;
    if (attributes.type === "map") {
      const entries = Object.entries(value);
      return Object.fromEntries(entries.map(([key, item]) => [
        key,
        resolve(attributes.values, item),
      ]));
    }
    const inner = Array.isArray(attributes.fields) ? attributes.fields as SchemaField[] : [];
    return resolveSecrets(inner, value, sources, missing);
  };
  const resolved: Record<string, unknown> = { ...config };
  for (const field of fields) {
    for (const [name, attributes] of Object.entries(field)) {
      if (Object.hasOwn(config, name)) resolved[name] = resolve(attributes, config[name]);
    }
  }
  return resolved;
}
