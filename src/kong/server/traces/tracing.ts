// Begins to trace the events of a process, if that is wanted. Else nothing of it is even loaded.
import type { Logger } from "../../../base/log.ts";
import { atMost } from "../../../base/waiting.ts";
import type { EventTracer } from "../../engine/event_tracer.ts";
import type { EventMeter } from "../../engine/meter.ts";

/** How long the last spans may take to be sent, in milliseconds. */
const CLOSING_MS = 2000;

/** What a server is given so that its events are traced. */
export interface TracedServer {
  readonly tracer: EventTracer;
  readonly meter: EventMeter;
  /** Sends what is there, and gives up if nobody takes it in time. */
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
  return { tracer: spans, meter: spans, close: () => atMost(CLOSING_MS, close()) };
}
