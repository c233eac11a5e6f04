// Who is told of the events of a process: its counts, and its spans, where there are any.
import { allMeters } from "../engine/meter.ts";
import type { KongServerOptions } from "../protocol/server.ts";
import type { EventCounts } from "./metrics/event_counts.ts";
import type { TracedServer } from "./traces/tracing.ts";

/** What a server is given so that both hear of its events. */
export function watchEvents(
  counts: EventCounts | undefined,
  traced: TracedServer | undefined,
): Pick<KongServerOptions, "meter" | "tracer" | "refused"> {
  return {
    meter: allMeters([counts, traced?.meter]),
    tracer: traced?.tracer,
    refused: counts && ((plugin, phase) => counts.refused(plugin, phase)),
  };
}
