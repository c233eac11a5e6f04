// The schema of a whole declarative configuration, nested as Kong nests it.
import * as v from "valibot";
import { GibbonError } from "../../../base/errors.ts";
import { type EntityFields, strictRecord } from "./entity_parts.ts";
import { ENTITY_SCHEMAS } from "./entity_schemas.ts";
import { childrenOf, IGNORED_ENTITIES, REFERENCES } from "./entity_tree.ts";
import { flag, list, oneOf, text } from "./field_types.ts";
import { type EntityPath, pathText, type YamlText } from "./yaml_text.ts";

/** How many faults of a file are told at once. */
const MOST_FAULTS = 10;

/** Something that is wrong with a configuration. */
export interface ConfigFault {
  readonly path: EntityPath;
  readonly message: string;
}

const ignored = Object.fromEntries(
  IGNORED_ENTITIES.map((name) => [name, v.optional(v.any())]),
);

/** An entity, with what can stand inside of it. */
function entitySchema(kind: string): v.GenericSchema<unknown, EntityFields> {
  const { fields, judges } = ENTITY_SCHEMAS[kind]!;
  const references = Object.keys(REFERENCES[kind] ?? {}).map((name) => [name, v.optional(text)]);
  const children = childrenOf(kind).map((
    [child],
  ) => [child, v.optional(list(v.lazy(() => entitySchema(child))))]);
  const entries = { ...fields, ...Object.fromEntries([...references, ...children]) };
  const inside = kind === "consumers" || kind === "services" ? ignored : {};
  return v.pipe(
    strictRecord({ ...entries, ...inside }),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      for (const judge of judges) {
        const message = judge(dataset.value);
        if (message !== undefined) addIssue({ message });
      }
    }),
  );
}

const fileSchema = strictRecord({
  _format_version: oneOf(["1.1", "2.1", "3.0"]),
  _transform: v.optional(flag, true),
  _comment: v.optional(text),
  _ignore: v.optional(list(v.any())),
  ...ignored,
  ...Object.fromEntries(
    Object.keys(ENTITY_SCHEMAS).map((kind) => [kind, v.optional(list(entitySchema(kind)))]),
  ),
});

/**
 * Checks a file against the schema and fills in defaults.
 *
 * @throws {GibbonError} OPTION_INVALID, with the path and line of everything that is wrong
 */
export function checkFile(source: YamlText): EntityFields {
  const result = v.safeParse(fileSchema, withoutNulls(source.value));
  if (result.success) return result.output;
  throw faultyConfig(
    source,
    result.issues.map((issue) => {
      const keys = issue.path?.map(({ key }) => key as string | number) ?? [];
      // What is wrong with an entity as a whole begins with the field where there is one.
      const [, field, rest] = /^([a-z_]+): (.*)$/s.exec(issue.message) ?? [];
      return field === undefined || issue.type !== "raw_check"
        ? { path: keys, message: issue.message }
        : { path: [...keys, field], message: rest! };
    }),
  );
}

/** The error for faults. */
export function faultyConfig(source: YamlText, faults: readonly ConfigFault[]): GibbonError {
  const told = faults.slice(0, MOST_FAULTS).map(({ path, message }) => {
    const line = source.lineOf(path);
    return `${path.length === 0 ? "it" : pathText(path)} (line ${line}): ${message}`;
  });
  const more = faults.length - told.length;
  if (more > 0) told.push(`and ${more} more`);
  return new GibbonError("OPTION_INVALID", `${source.file} is not right: ${told.join("; ")}`, {
    file: `${source.file}:${source.lineOf(faults[0]?.path ?? [])}`,
    remedy: "Kong would refuse it too. Correct what is named; the fields are those of Kong's " +
      "declarative configuration.",
  });
}

/** A field that is null counts as one that is not there; plugins see their nulls. */
export function withoutNulls(value: unknown, key?: string): unknown {
  if (key === "config") return value;
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([name, item]) => [name, withoutNulls(item, name)]));
}
