// Kong's declarative configuration, kong.yml: from its text to what a node works with.
import type { EntityRecord } from "../entities.ts";
import type { EntityFields } from "./entity_parts.ts";
import { checkFile, type ConfigFault, faultyConfig } from "./file_schema.ts";
import { type ConfigEntity, type EntityLists, flatten } from "./flatten.ts";
import { type ConfigNote, notesOf } from "./notes.ts";
import { inNewestFormat } from "./older_formats.ts";
import { withServiceUrls } from "./services.ts";
import { type EntityPath, parseYamlText } from "./yaml_text.ts";
import type { GibbonError } from "../../../base/errors.ts";

/** A configuration that Kong's schema takes. */
export interface KongConfig {
  /** The file's name, for messages. */
  readonly file: string;
  readonly entities: EntityLists;
  /** What is not acted on, but for plugins. */
  readonly notes: readonly ConfigNote[];
  /** The line of something in the file. */
  lineOf(path: EntityPath): number;
  /** The error for something that is wrong with it. */
  refuse(faults: readonly ConfigFault[]): GibbonError;
}

/** When everything was made that does not say it: a time that never changes. */
const CREATED_AT = 1_700_000_000;

/** The workspace of a Kong without a database. */
const DEFAULT_WORKSPACE = "0dc6f45b-8f8d-40d2-a504-473544ee190b";

/**
 * Reads a configuration.
 *
 * @param text YAML or JSON, of the formats 3.0, 2.1 or 1.1
 * @param file the file's name, for messages
 * @throws {GibbonError} OPTION_INVALID with the path and line of everything that Kong would refuse
 */
export function readKongConfig(text: string, file = "kong.yml"): KongConfig {
  const parsed = parseYamlText(text, file);
  const value = withServiceUrls(inNewestFormat(parsed.value));
  const source = { ...parsed, value };
  const checked: EntityFields = checkFile(source);
  const entities = flatten(source, checked);
  return {
    file,
    entities,
    notes: notesOf(source, checked, entities),
    lineOf: source.lineOf,
    refuse: (faults) => faultyConfig(source, faults),
  };
}

/** An entity as Kong's database would hold it. */
export function asRecord({ fields }: ConfigEntity): EntityRecord {
  return { created_at: CREATED_AT, updated_at: CREATED_AT, ws_id: DEFAULT_WORKSPACE, ...fields };
}
