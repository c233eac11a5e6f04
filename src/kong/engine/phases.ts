// The phases in which a gateway can call a plugin, and which of them guard something.

/** The phases that Kong can run outside of itself, in the order of a request's life. */
export const PHASES = ["certificate", "rewrite", "access", "response", "preread", "log"] as const;
/** When a plugin is called. */
export type Phase = (typeof PHASES)[number];

/** Kong's phases that no external server can serve: there are no sockets in them. */
export const UNSERVED_PHASES = ["init_worker", "header_filter", "body_filter"] as const;

/** Whether a text names a phase that can be served. */
export function isPhase(text: string): text is Phase {
  return (PHASES as readonly string[]).includes(text);
}

/** Whether a request has been through other phases before: one that is under way comes to these. */
export function isFollowing(phase: Phase): boolean {
  return phase === "response" || phase === "log";
}

/**
 * Whether a failing handler must stop the request. Only `log` runs when the request is over;
 * everything before it may be what guards the service.
 */
export function isGuarding(phase: Phase): boolean {
  return phase !== "log";
}
