// Which requests must not be answered with an error text: Kong would let its client's request pass.
import { isGibbonError } from "../../../base/errors.ts";
import type { Event } from "../../engine/event.ts";
import { isGuarding, isPhase } from "../../engine/phases.ts";
import { FAILURE_CALL, type KongServer } from "../server.ts";
import type { Request } from "./messages.ts";

/** What the names of all methods begin with that answer a call of an event. */
export const STEP = "plugin.Step";

/**
 * Whether an error stops the client's request instead of being told: the request is, or may be, a
 * part of an event that guards something. An unknown instance is told, since Kong then starts it
 * and repeats the event.
 */
export function stopsRequest(server: KongServer, request: Request, error: unknown): boolean {
  const { method, argument, passedBy } = request;
  // The server that passed it on looks further, and stops the request itself.
  if (passedBy) return false;
  if (isGibbonError(error) && error.code === "NO_INSTANCE") return false;
  const fields = (argument ?? {}) as Readonly<Record<string, unknown>>;
  if (method === "plugin.HandleEvent") {
    const phase = fields["EventName"];
    return typeof phase === "string" && isPhase(phase) && isGuarding(phase) &&
      mayGuard(server, fields["InstanceId"]);
  }
  if (typeof method !== "string" || !method.startsWith(STEP)) return false;
  const event = known(() => server.events.get(fields["EventId"]));
  return event === undefined || guards(server, event);
}

/** The result that stops the client's request. */
export function stoppingResult({ argument }: Request): Record<string, unknown> {
  const { method: Method, args: Args } = FAILURE_CALL;
  const { EventId } = (argument ?? {}) as { EventId?: unknown };
  return { EventId: typeof EventId === "number" ? EventId : 0, Data: { Method, Args } };
}

function mayGuard(server: KongServer, instanceId: unknown): boolean {
  return known(() => server.instances.get(instanceId))?.plugin.onError !== "continue";
}

function guards({ events }: KongServer, event: Event): boolean {
  return events.failureCall(event) !== undefined;
}

function known<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}
