// The messages of prox's lifecycle channel: one JSON object a line, over a plugin's stdin and stdout.
import * as v from "valibot";
import { GibbonError } from "../base/errors.ts";
import { wholeRecord } from "./whole_record.ts";

/** Longest line, in bytes, with its end; prox never reads on behind a longer one. */
export const LINE_BYTES = 65_535;

/** What a route is chosen by. */
export interface MatchInfo {
  readonly domain?: string;
  readonly path?: string;
}

/** Parameters of `configure`: a route that the plugin is bound to. */
export interface ConfigureParams {
  /** Empty for a plugin that is started without a route. */
  readonly routeId: string;
  readonly match?: MatchInfo;
}

const Text = v.nullish(v.string(), "");

const Configure = v.pipe(
  v.object({
    method: v.literal("configure"),
    params: v.object({
      route_id: Text,
      match: v.nullish(v.object({ domain: Text, path: Text }), { domain: "", path: "" }),
    }),
  }),
  v.transform(({ params }) => ({ routeId: params.route_id, match: params.match })),
);

/** Routes by their id, by `"*"` for all that have a balancer, or by their action. */
const Target = { route_id: Text, action: Text };

const Mbps = v.nullish(v.pipe(v.number(), v.finite()), 0);

/** What a plugin tells the host without being asked; fields keep the names that they have there. */
export const PUSHES = {
  ready: v.object({
    socket: v.pipe(v.string(), v.nonEmpty()),
    hooks: v.nullish(v.array(v.string()), () => []),
  }),
  set_targets: v.object({
    ...Target,
    targets: v.nullish(v.array(v.string()), () => []),
    groups: v.nullish(wholeRecord(v.nullish(v.array(v.string()), () => []))),
  }),
  set_speed: v.object({
    ...Target,
    download_mbps: Mbps,
    upload_mbps: Mbps,
    group_key: Text,
  }),
  log: v.object({
    level: v.fallback(v.picklist(["debug", "info", "warn", "error"]), "info"),
    message: Text,
    args: v.nullish(v.array(v.unknown()), () => []),
  }),
} as const;

/** Name of a push. */
export type PushMethod = keyof typeof PUSHES;

/** A push, checked. */
export type Push = {
  readonly [M in PushMethod]: {
    readonly method: M;
    readonly params: v.InferOutput<(typeof PUSHES)[M]>;
  };
}[PushMethod];

/** A push as a plugin sends it. */
export type PushMessage = {
  readonly [M in PushMethod]: {
    readonly method: M;
    readonly params: v.InferInput<(typeof PUSHES)[M]>;
  };
}[PushMethod];

/**
 * Reads a line that came to a plugin.
 *
 * @throws {GibbonError} PROTOCOL
 */
export function readConfigure(line: string): Required<ConfigureParams> {
  const message = parse(line);
  const result = v.safeParse(Configure, message, { abortEarly: true });
  if (result.success) return result.output;
  throw refused(message, result.issues[0]);
}

/**
 * Reads a line that came from a plugin.
 *
 * @returns undefined for an acknowledgement
 * @throws {GibbonError} PROTOCOL
 */
export function readPush(line: string): Push | undefined {
  const message = parse(line);
  const { method, params } = (message ?? {}) as { method?: unknown; params?: unknown };
  if (typeof message === "object" && message !== null && (method ?? "") === "") return undefined;
  if (typeof method !== "string" || !Object.hasOwn(PUSHES, method)) throw refused(message);
  const result = v.safeParse(PUSHES[method as PushMethod], params ?? {}, { abortEarly: true });
  if (result.success) return { method, params: result.output } as Push;
  throw refused(message, result.issues[0]);
}

/** The acknowledgement's error that is in a line; undefined if there is none. */
export function readFailure(line: string): string | undefined {
  const message = parse(line) as { error?: unknown } | null;
  return typeof message?.error === "string" && message.error ? message.error : undefined;
}

/** `configure` as it goes to a plugin. */
export function configureMessage({ routeId, match }: ConfigureParams): unknown {
  return { method: "configure", params: { route_id: routeId, ...(match ? { match } : {}) } };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new GibbonError("PROTOCOL", `A line that is no JSON: ${shown(line)}`, { cause: error });
  }
}

function refused(message: unknown, issue?: v.BaseIssue<unknown>): GibbonError {
  const method = (message as { method?: unknown } | null)?.method;
  const where = issue && v.getDotPath(issue);
  const problem = issue ? `${where ? `${where}: ` : ""}${issue.message}` : "it is not known";
  const name = typeof method === "string" ? `message ${shown(method)}` : "message without a method";
  return new GibbonError("PROTOCOL", `The ${name} makes no sense: ${problem}`);
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text);
}
