// Checks a configuration that Kong sent, and gives it the form that the plugin's handlers see.
import * as v from "valibot";
import { GibbonError } from "../../base/errors.ts";
import { listIssues, nameThrown, REFUSED, REFUSED_REMEDY } from "./issues.ts";
import { normaliseConfig } from "./normalise.ts";
import type { ObjectShape } from "./shape.ts";

/**
 * A parser for one schema.
 *
 * @param shape the schema's shape
 * @param plugin the plugin's name, for errors
 * @throws {GibbonError} CONFIG_INVALID, from the parser: with all fields that do not fit, and
 * without what is in them
 */
export function createParser(
  schema: v.GenericSchema,
  shape: ObjectShape,
  plugin: string | undefined,
): (raw: unknown) => unknown {
  return (raw) => {
    const result = run(schema, normaliseConfig(shape, raw), plugin);
    if (result.success) return result.output;
    const problems = listIssues(result.issues, shape);
    throw new GibbonError("CONFIG_INVALID", `${REFUSED}${problems}`, {
      plugin,
      remedy: REFUSED_REMEDY,
    });
  };
}

/** A transformation or check of the author may throw, with a message that quotes the value. */
function run(
  schema: v.GenericSchema,
  value: unknown,
  plugin: string | undefined,
): v.SafeParseResult<v.GenericSchema> {
  try {
    return v.safeParse(schema, value);
  } catch (error) {
    const { name, file } = nameThrown(error);
    throw new GibbonError("CONFIG_INVALID", `checking the configuration threw ${name}`, {
      plugin,
      file,
      remedy:
        `Let the schema's own functions add an issue instead of throwing, or: ${REFUSED_REMEDY}`,
    });
  }
}
