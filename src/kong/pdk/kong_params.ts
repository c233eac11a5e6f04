// The parameters of Kong's functions that take more than a type to describe, with Kong's limits.
import * as is from "./params.ts";

/** Headers, and arguments of a query or a form, that Kong parses at most. */
const MAX_ENTRIES = 1000;
/** What Kong takes for that if nothing is said. */
const DEFAULT_ENTRIES = 100;

const BODY_TYPE =
  /^(application\/x-www-form-urlencoded|application\/json|multipart\/form-data)(;|$)/;

export const STATUS = is.integer("status", 100, 599);
export const ERROR_STATUS = is.integer("status", 400, 599);
/** The statuses that a stream can end with. */
export const STREAM_STATUSES: readonly unknown[] = [200, 400, 403, 500, 502, 503];

export const SCHEME = is.choice("scheme", "http", "https");
export const PATH = is.matching("path", /^\//, "a string that starts with /");
export const METHOD = is.choice(
  "method",
  ..."GET HEAD PUT POST DELETE OPTIONS PATCH TRACE".split(" "),
  ..."MKCOL COPY MOVE PROPFIND PROPPATCH LOCK UNLOCK".split(" "),
);

export const MAX_ARGS = is.optional(is.integer("max_args", 1, MAX_ENTRIES), DEFAULT_ENTRIES);
export const MAX_HEADERS = is.optional(is.integer("max_headers", 1, MAX_ENTRIES));
export const MAX_FILE_SIZE = is.optional(
  is.integer("max_allowed_file_size", 0, Number.MAX_SAFE_INTEGER),
);
/** Of a body to decode: any text; Kong gives nil for a type that it cannot decode. */
export const MIMETYPE = is.optional(is.text("mimetype"));
/** Of a body to encode: Kong raises on a type that it cannot encode. */
export const BODY_MIMETYPE = is.optional(
  is.matching("mimetype", BODY_TYPE, "the type of a form, JSON or multipart body"),
);

export const CLIENT_VERIFY = is.matching(
  "v",
  /^(SUCCESS$|NONE$|FAILED:)/,
  "SUCCESS, NONE or FAILED:reason",
);
export const PORT = is.integer("port", 0, 65_535);
export const RETRIES = is.integer("retries", 0, 32_767);
export const VERIFY_DEPTH = is.integer("depth", 0, 2 ** 31 - 1);
export const MEMORY_UNIT = is.optional(is.choice("unit", ..."bBkKmMgG"), "b");
/** Digits behind the point. */
export const MEMORY_SCALE = is.optional(is.integer("scale", 0, 20));
export const SERIALIZE_OPTIONS = is.optional(
  is.choiceIn("options", "mode", "set", "add", "replace"),
);

/** A timeout in milliseconds. */
export function timeout(name: string): is.Param {
  return is.integer(name, 1, 2_147_483_646);
}

/** Whether a text is a UUID: Kong raises where it looks for one and finds something else. */
export function isUuid(value: unknown): boolean {
  return typeof value === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
}
