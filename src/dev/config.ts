// gibbon.dev.json: what plugins are configured with under `gibbon dev`, and where requests go.
import { join } from "node:path";
import * as v from "valibot";
import { codeOf, GibbonError, messageOf } from "../base/errors.ts";
import { readRegularText } from "../base/regular_file.ts";
import { domainProblem } from "./prox/domain.ts";

/** Name of the file, in the plugins directory. */
export const DEV_CONFIG_FILE = "gibbon.dev.json";

/** Longest such file, in bytes. */
const CONFIG_BYTES = 16 * 1024 * 1024;

const url = v.pipe(
  v.string(),
  v.check((text) => /^https?:\/\//.test(text) && URL.canParse(text), "must be an http(s) URL"),
);

/** valibot takes arrays for objects. */
const object = v.custom<object>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "must be an object",
);

const plugin = v.pipe(
  object,
  v.strictObject({
    config: v.optional(v.pipe(object, v.record(v.string(), v.unknown()))),
    enabled: v.optional(v.boolean()),
  }),
);

/** The route that plugins of prox are on. */
const prox = v.pipe(
  object,
  v.strictObject({
    domain: v.optional(v.pipe(
      v.string(),
      v.check(
        (pattern) => domainProblem(pattern) === undefined,
        ({ input }) => `must be a domain as prox takes it: ${domainProblem(input)}`,
      ),
    )),
    vars: v.optional(v.pipe(object, v.record(v.string(), v.string()))),
    fallback: v.optional(url),
    balancer: v.optional(v.pipe(
      object,
      v.strictObject({
        type: v.optional(v.picklist(["roundrobin", "random", "leastconn", "weighted"])),
        fallback: v.optional(v.boolean()),
      }),
    )),
  }),
);

const schema = v.pipe(
  object,
  v.strictObject({
    $schema: v.optional(v.string()),
    upstream: v.optional(url),
    allowHosts: v.optional(v.array(v.pipe(v.string(), v.nonEmpty()))),
    prox: v.optional(prox),
    plugins: v.optional(v.pipe(object, v.record(v.string(), plugin))),
  }),
);

/** What stands in the file; every part is optional. */
export type DevConfig = v.InferOutput<typeof schema>;

/**
 * Checks a configuration.
 *
 * @param file where it is from, for messages
 * @throws {GibbonError} OPTION_INVALID with the path of everything that is wrong
 */
export function parseDevConfig(value: unknown, file: string = DEV_CONFIG_FILE): DevConfig {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issues = result.issues.map((issue) => `${v.getDotPath(issue) ?? "it"}: ${issue.message}`);
  throw new GibbonError("OPTION_INVALID", `${file} is not right: ${issues.join("; ")}`, {
    file,
    remedy: 'It looks like { "upstream": "http://localhost:3000", "plugins": { "NAME": { ' +
      '"config": {}, "enabled": true } } }; every part is optional.',
  });
}

/**
 * Reads the file of a plugins directory; one that is not there is empty.
 *
 * @throws {GibbonError} OPTION_INVALID
 */
export function readDevConfig(directory: string): DevConfig {
  const file = join(directory, DEV_CONFIG_FILE);
  let text: string;
  try {
    text = readRegularText(file, CONFIG_BYTES);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return {};
    throw new GibbonError("OPTION_INVALID", `${file} cannot be read: ${messageOf(error)}`, {
      file,
      cause: error,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new GibbonError("OPTION_INVALID", `${file} is no JSON: ${messageOf(error)}`, {
      file,
      cause: error,
    });
  }
  return parseDevConfig(value, file);
}
