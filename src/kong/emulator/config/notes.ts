// What a configuration has and the emulator does not act on, said once each, by name and line.
import type { EntityFields } from "./entity_parts.ts";
import { IGNORED_ENTITIES } from "./entity_tree.ts";
import type { ConfigEntity, EntityLists } from "./flatten.ts";
import type { EntityPath, YamlText } from "./yaml_text.ts";

/** Something that does not work as the file says. */
export interface ConfigNote {
  readonly path: EntityPath;
  readonly line: number;
  readonly message: string;
}

/** What to say of a file, but for its plugins. */
export function notesOf(source: YamlText, file: EntityFields, lists: EntityLists): ConfigNote[] {
  const found: { readonly path: EntityPath; readonly message: string }[] = [];
  const entities = (fields: EntityFields, at: EntityPath) => {
    for (const name of IGNORED_ENTITIES) {
      if (fields[name] !== undefined) {
        found.push({ path: [...at, name], message: `${name} are not acted on` });
      }
    }
  };
  entities(file, []);
  for (const kind of ["services", "consumers"]) {
    const list = file[kind];
    if (Array.isArray(list)) list.forEach((fields, i) => entities(fields, [kind, i]));
  }
  const each = (kind: string, note: (entity: ConfigEntity) => void) => lists[kind]!.forEach(note);
  each("upstreams", ({ fields, path }) => {
    if (fields.healthchecks !== undefined) {
      const message = "health checks are not made: every target counts as healthy";
      found.push({ path: [...path, "healthchecks"], message });
    }
    if (fields.algorithm !== "round-robin" || fields.hash_on !== undefined) {
      const message = "targets are taken in turn by their weights, whatever the algorithm";
      const field = fields.hash_on === undefined ? "algorithm" : "hash_on";
      found.push({ path: [...path, field], message });
    }
  });
  each("services", ({ fields, path }) => {
    if (fields.protocol === "http" || fields.protocol === "https") return;
    const message = `services of the protocol ${fields.protocol} get no requests`;
    found.push({ path: [...path, "protocol"], message });
  });
  each("routes", ({ fields, path }) => {
    if (fields.path_handling === "v1") {
      const message = "path_handling v1 is v0, unless KONG_ROUTER_FLAVOR is traditional";
      found.push({ path: [...path, "path_handling"], message });
    }
    if (fields.request_buffering === false) {
      const message = "bodies of requests are read whole before they go on, whatever " +
        "request_buffering says";
      found.push({ path: [...path, "request_buffering"], message });
    }
    const stream = (fields.protocols as string[]).find((name) => /^(?:tcp|tls|udp)/.test(name));
    if (stream === undefined) return;
    found.push({
      path: [...path, "protocols"],
      message: `routes of ${stream} take no connections`,
    });
  });
  each("vaults", ({ fields, path }) => {
    if (fields.name === "env") return;
    found.push({ path: [...path, "name"], message: `the vault ${fields.name} is not there` });
  });
  return found.map((note) => ({ ...note, line: source.lineOf(note.path) }));
}
