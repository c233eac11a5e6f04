// The ids that Kong gives to entities of a declarative configuration that have none.
import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";

/** The namespace of all entities' ids in Kong's declarative configuration. */
const ENTITIES = "fd02801f-0957-4a15-a55a-c8d9606f30b5";

/** A UUID of version 5: always the same for a name in a namespace. */
export function namedUuid(namespace: string, name: string): string {
  const hash = createHash("sha1")
    .update(Buffer.from(namespace.replaceAll("-", ""), "hex"))
    .update(name)
    .digest()
    .subarray(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString("hex");
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([a, b]) => hex.slice(a, b)).join("-");
}

/**
 * The id of an entity that has none of its own.
 *
 * @param kind such as `routes`
 * @param key what Kong makes the id of: a name, or the values that make the entity the only one
 */
export function entityId(kind: string, key: string): string {
  return namedUuid(namedUuid(ENTITIES, kind), key);
}
