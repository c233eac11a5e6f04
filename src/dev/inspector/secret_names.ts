// Which names stand for secrets: of headers, query arguments, fields and keys.
import type { SchemaField } from "../../kong/engine/plugin.ts";

/** How a name's last word is, if what is called by it is a secret. */
const SECRET_WORD =
  /^(?:.*(?:key|token|secret|password|passwd|passphrase|passcode|credential|signature|cookie|jwt|authorization|session|sessionid)s?|auth|pwd|pass|otp|pin|sid|sig|code_verifier)$/;

/**
 * Whether a name is one of secrets: `Authorization`, `Set-Cookie`, `x-api-key`, `accessToken`, `keys`. A name
 * too many costs a click, one too few a secret; but `key_names` and `max_tokens_per_day` are none.
 */
export function isSecretName(name: string): boolean {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase()
    .split(/[^a-z0-9]+/).filter((word) => word !== "");
  const last = words.at(-1);
  if (last === undefined) return false;
  return SECRET_WORD.test(last) || (last === "id" && words.includes("session"));
}

/** Fields of a schema that are secrets, and what is in those that are tables. */
export interface SecretFields {
  /** Whether all of it is. */
  readonly isSecret: boolean;
  /** Of a table: by the names of its fields. */
  readonly fields: ReadonlyMap<string, SecretFields>;
  /** Of a list, a set or a map: what each element is. */
  readonly elements: SecretFields | undefined;
}

const NOTHING: SecretFields = { isSecret: false, fields: new Map(), elements: undefined };

type Attributes = Readonly<Record<string, unknown>>;

/** Reads Kong's schema language: what is `referenceable` or `encrypted` is a secret. */
export function secretFields(schema: readonly SchemaField[]): SecretFields {
  return { ...NOTHING, fields: fieldsOf(schema) };
}

function fieldsOf(schema: unknown): Map<string, SecretFields> {
  const fields = new Map<string, SecretFields>();
  if (!Array.isArray(schema)) return fields;
  for (const field of schema) {
    if (typeof field !== "object" || field === null) continue;
    for (const [name, attributes] of Object.entries(field)) {
      fields.set(name, readField(attributes as Attributes));
    }
  }
  return fields;
}

function readField(attributes: Attributes | undefined): SecretFields {
  if (typeof attributes !== "object" || attributes === null) return NOTHING;
  const { referenceable, encrypted, fields, elements, values } = attributes;
  const inner = elements ?? values;
  return {
    isSecret: referenceable === true || encrypted === true,
    fields: fieldsOf(fields),
    elements: inner === undefined ? undefined : readField(inner as Attributes),
  };
}
