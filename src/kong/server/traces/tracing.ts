// Begins to trace the events of a process, if that is wanted. Else nothing of it is even loaded.
import type { Logger } from "../../../base/log.ts";
import type { EventTracer } from "../../engine/event_tracer.ts";
import type { EventMeter } from "../../engine/meter.ts";

/** What a server is given so that its events are traced. */
export interface TracedServer {
  readonly tracer: EventTracer;
  readonly meter: EventMeter;
  /** Sends what is there. */
  close(): Promise<void>;
}

/**
 * @param url of a collector that takes OTLP over HTTP
 */
export async function traceEvents(
  url: string | undefined,
  log: Logger,
): Promise<TracedServer | undefined> {
  if (url === undefined) return undefined;
  const [{ startTracing }, { EventSpans }] = await Promise.all([
    import("../../../telemetry/traces/provider.ts"),
    import("./spans.ts"),
  ]);
  const { tracer, close } = startTracing(url, log);
  const spans = new EventSpans(tracer);
  return { tracer: spans, meter: spans, close };
}
