// Nested entities, each by itself: with an id, and with ids in place of the names that it refers to.
import { entityId } from "./entity_ids.ts";
import type { EntityFields } from "./entity_parts.ts";
import { ENTITY_SCHEMAS } from "./entity_schemas.ts";
import {
  CACHE_KEYS,
  childrenOf,
  IGNORED_ENTITIES,
  NAME_FIELDS,
  REFERENCES,
  REQUIRED_REFERENCES,
  UNIQUE_FIELDS,
} from "./entity_tree.ts";
import { type ConfigFault, faultyConfig } from "./file_schema.ts";
import { type EntityPath, pathText, type YamlText } from "./yaml_text.ts";

/** An entity of a configuration. */
export interface ConfigEntity {
  /** Its own fields; what it refers to as `{ id }`. */
  readonly fields: Readonly<Record<string, unknown>> & { readonly id: string };
  /** Where it stands in the file. */
  readonly path: EntityPath;
}

/** Entities by their kind, in the order of the file. */
export type EntityLists = Readonly<Record<string, readonly ConfigEntity[]>>;

interface Found {
  readonly kind: string;
  readonly fields: Record<string, unknown> & { id: string };
  readonly path: EntityPath;
}

/**
 * Takes nested entities apart.
 *
 * @throws {GibbonError} OPTION_INVALID for what refers to nothing, or is there twice
 */
export function flatten(source: YamlText, file: EntityFields): EntityLists {
  const found: Found[] = [];
  for (const kind of Object.keys(ENTITY_SCHEMAS)) collect(found, kind, file[kind], [kind]);
  const faults: ConfigFault[] = [...duplicates(found)];
  for (const entity of found) faults.push(...resolve(entity, found));
  if (faults.length > 0) throw faultyConfig(source, faults);
  const lists: Record<string, ConfigEntity[]> = {};
  for (const kind of Object.keys(ENTITY_SCHEMAS)) lists[kind] = [];
  for (const { kind, fields, path } of found) lists[kind]!.push({ fields, path });
  return lists;
}

function collect(
  found: Found[],
  kind: string,
  entities: unknown,
  at: EntityPath,
  parent?: { readonly field: string; readonly id: string },
): void {
  if (!Array.isArray(entities)) return;
  const inside = new Map(childrenOf(kind));
  entities.forEach((entity: EntityFields, index) => {
    const path = [...at, index];
    const own = Object.entries(entity).filter(([name]) =>
      !inside.has(name) && !isIgnored(kind, name) && !name.startsWith("_")
    );
    const fields = Object.fromEntries(own);
    if (parent) fields[parent.field] = { id: parent.id };
    if (kind === "routes") fields.strip_path ??= !/^grpc/.test(String(fields.protocols));
    const id = String(entity.id ?? idOf(kind, fields, path));
    found.push({ kind, fields: { ...fields, id }, path });
    for (const [child, field] of inside) {
      collect(found, child, entity[child], [...path, child], { field, id });
    }
  });
}

/** Whether something in an entity is one that is not acted on: a route's own field is called snis too. */
function isIgnored(kind: string, name: string): boolean {
  return kind !== "routes" && IGNORED_ENTITIES.includes(name);
}

/** The id that Kong makes of a name or of what is unique; else one of the place in the file. */
function idOf(kind: string, fields: EntityFields, path: EntityPath): string {
  const name = fields[NAME_FIELDS[kind] ?? ""];
  if (typeof name === "string") return entityId(kind, name);
  const keys = CACHE_KEYS[kind]?.map((key) => {
    const value = fields[key] ?? "";
    return typeof value === "object" ? String((value as { id?: unknown }).id) : String(value);
  });
  const key = keys ? [kind, "*", ...keys].join(":") : `at ${pathText(path)}`;
  return entityId(kind, key);
}

function duplicates(found: readonly Found[]): ConfigFault[] {
  const seen = new Set<string>();
  const faults: ConfigFault[] = [];
  for (const { kind, fields, path } of found) {
    for (const field of [...UNIQUE_FIELDS[kind] ?? [], "id"]) {
      const value = fields[field];
      if (value === undefined) continue;
      const key = JSON.stringify([kind, field, value]);
      if (!seen.has(key)) {
        seen.add(key);
        continue;
      }
      const what = field === "id" ? "primary key" : field;
      const message = `uniqueness violation: '${kind}' entity with ${what} set to '${value}' ` +
        "already declared";
      faults.push({ path: field === "id" ? path : [...path, field], message });
      break;
    }
  }
  return faults;
}

/** Puts ids in the place of names. */
function resolve({ kind, fields, path }: Found, found: readonly Found[]): ConfigFault[] {
  const faults: ConfigFault[] = [];
  for (const [field, target] of Object.entries(REFERENCES[kind] ?? {})) {
    const value = fields[field];
    if (value === undefined && REQUIRED_REFERENCES.has(kind)) {
      faults.push({ path: [...path, field], message: "required field missing" });
    }
    if (typeof value !== "string") continue;
    const name = NAME_FIELDS[target]!;
    const wanted = found.find((other) =>
      other.kind === target && (other.fields[name] === value || other.fields.id === value)
    );
    if (wanted) fields[field] = { id: wanted.fields.id };
    else {
      const message = `invalid reference '${field}: ${value}' (no such entry in '${target}')`;
      faults.push({ path: [...path, field], message });
    }
  }
  return faults;
}
