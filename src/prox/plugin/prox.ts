// The `prox` object of handlers: what a plugin can tell the host without being asked.
import * as v from "valibot";
import { GibbonError } from "../../base/errors.ts";
import { LOG_LEVELS, type LogFields, type Logger, type LogLevel } from "../../base/log.ts";
import type { SpeedLimit } from "../messages.ts";
import { wholeRecord } from "../whole_record.ts";
import type { PushQueue } from "./push_queue.ts";

/**
 * Routes: a route's id, which must be bound to the plugin; `"*"` for every route that has a
 * balancer; or all routes with an action.
 */
export type ProxRoutes = string | { readonly action: string };

/** Targets of a balancer, as `host:port`: a list, or lists by group. */
export type ProxTargets = readonly string[] | Readonly<Record<string, readonly string[]>>;

/** The host, as a plugin sees it. */
export interface Prox {
  /**
   * Gives balancers new targets in place of those that they have. Groups need a balancer with keys.
   *
   * @throws {GibbonError} PDK_ARGUMENT; LIMIT if the list has no room in one line of 64 KiB
   */
  setTargets(routes: ProxRoutes, targets: ProxTargets): void;
  /**
   * Sets the speed limit of routes; of connections with a group key if the limit has one.
   *
   * @throws {GibbonError} PDK_ARGUMENT
   */
  setSpeedLimit(routes: ProxRoutes, limit: SpeedLimit): void;
  /** Writes to the host's log. */
  readonly log: Logger;
}

const NonEmpty = v.pipe(v.string(), v.nonEmpty("it is empty"));
const Routes = v.union([NonEmpty, v.object({ action: NonEmpty })]);
const Targets = v.union([v.array(NonEmpty), wholeRecord(v.array(NonEmpty))]);
const Mbps = v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 0);
const Limit = v.object({
  downloadMbps: Mbps,
  uploadMbps: Mbps,
  groupKey: v.optional(v.string(), ""),
});

/** Makes the object that goes to all handlers of a process. */
export function createProx(pushes: PushQueue): Prox {
  return {
    setTargets(routes, targets) {
      const where = address(routes, "setTargets");
      const lists = checkArgument(Targets, targets, "setTargets: the targets");
      const params = Array.isArray(lists) ? { targets: lists } : { groups: lists };
      pushes.replace({ method: "set_targets", params: { ...where, ...params } });
    },
    setSpeedLimit(routes, limit) {
      const where = address(routes, "setSpeedLimit");
      const checked = checkArgument(Limit, limit, "setSpeedLimit: the limit");
      pushes.replace({
        method: "set_speed",
        params: {
          ...where,
          download_mbps: checked.downloadMbps,
          upload_mbps: checked.uploadMbps,
          ...(checked.groupKey ? { group_key: checked.groupKey } : {}),
        },
      });
    },
    log: createHostLog(pushes),
  };
}

/** A logger whose entries go to the host. */
function createHostLog(pushes: PushQueue): Logger {
  const at = (level: LogLevel) => (message: string, fields: LogFields = {}) => {
    const args = Object.entries(fields).filter(([, value]) => value !== undefined).flat();
    pushes.log({ method: "log", params: { level, message, ...(args.length > 0 ? { args } : {}) } });
  };
  return Object.fromEntries(LOG_LEVELS.map((level) => [level, at(level)])) as unknown as Logger;
}

function address(routes: unknown, method: string): { route_id: string } | { action: string } {
  const checked = checkArgument(Routes, routes, `${method}: the routes`);
  return typeof checked === "string" ? { route_id: checked } : { action: checked.action };
}

function checkArgument<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  what: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue);
  throw new GibbonError(
    "PDK_ARGUMENT",
    `${what}: ${where ? `${where}: ` : ""}${issue.message}`,
  );
}
