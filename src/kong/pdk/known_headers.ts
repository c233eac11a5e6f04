// What a table of all headers says of one.
import type { KnownAnswer } from "../engine/turn.ts";
import type { HeaderMap } from "./results.ts";

/** All headers, and what they can be asked for. */
export interface KnownHeaders {
  readonly map: HeaderMap;
  /** Whether what is not in the map is not in the request. */
  readonly complete: boolean;
  /** Whether a name has an underscore: Kong takes it for a dash too, and may know two by one name. */
  readonly ambiguous: boolean;
}

/** Other names may be others to Kong: it takes an underscore for a dash, and knows no Unicode. */
const PLAIN_NAME = /^[a-z0-9-]+$/i;

/**
 * What is known of headers.
 *
 * @param max what get_headers was given. Without it Kong tells as many as its operator has set, which may
 *   be any number (`lua_max_req_headers`): then nothing is known of what is not there
 */
export function knowHeaders(map: HeaderMap, max: unknown): KnownHeaders {
  let lines = 0;
  let ambiguous = false;
  for (const name in map) {
    lines += map[name]?.length ?? 0;
    ambiguous ||= name.includes("_");
  }
  return { map, complete: typeof max === "number" && lines < max, ambiguous };
}

/**
 * What get_header would give, undefined if only Kong knows. Of a header that came several times,
 * versions of Kong give the first value or all of them joined; of an empty one, ProtoBuf:1 gives nil.
 */
export function knownHeader(known: KnownHeaders, name: unknown): KnownAnswer | undefined {
  if (typeof name !== "string" || known.ambiguous || !PLAIN_NAME.test(name)) return undefined;
  const key = name.toLowerCase();
  const values = Object.hasOwn(known.map, key) ? known.map[key] : undefined;
  if (!values) return known.complete ? { value: undefined } : undefined;
  const [value] = values;
  const isSure = values.length === 1 && typeof value === "string" && value !== "";
  return isSure ? { value } : undefined;
}
