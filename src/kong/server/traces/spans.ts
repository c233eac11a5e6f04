// A span for each event: child of the request's traceparent, with the PDK calls as its events.
import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import type { EventTracer, TracedEvent } from "../../engine/event_tracer.ts";
import type { EventMeter, MeteredEvent } from "../../engine/meter.ts";
import type { EventEnd } from "../../engine/turn.ts";

/** Phases in which Kong gives headers of the request. */
const WITH_HEADERS: readonly string[] = ["rewrite", "access", "response", "log"];

/** Makes spans of events. */
export class EventSpans implements EventTracer, EventMeter {
  readonly #tracer: Tracer;
  readonly #spans = new WeakMap<object, Span>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** Asks for the request's traceparent first: it is one more call of the PDK. */
  async run(event: TracedEvent, handler: () => unknown): Promise<unknown> {
    const parent = await parentOf(event);
    if (event.over) return undefined;
    const { plugin, id } = event.instance;
    const span = this.#tracer.startSpan(`${plugin.name} ${event.phase}`, {
      kind: SpanKind.INTERNAL,
      attributes: {
        "gibbon.plugin": plugin.name,
        "gibbon.phase": event.phase,
        "gibbon.instance": id,
      },
    }, parent);
    this.#spans.set(event, span);
    return await context.with(trace.setSpan(parent, span), handler);
  }

  called(): void {}

  answered(event: MeteredEvent, method: string, ms: number): void {
    this.#spans.get(event)?.addEvent(method, { "gibbon.round_trip_ms": ms });
  }

  handled(event: MeteredEvent, end: EventEnd): void {
    const span = this.#spans.get(event);
    if (!span) return;
    this.#spans.delete(event);
    span.setAttribute("gibbon.outcome", end);
    if (end !== "returned" && end !== "exited") span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }
}

/** Where the request comes from; nowhere where it does not say, or nobody can be asked. */
async function parentOf(event: TracedEvent): Promise<Context> {
  if (!WITH_HEADERS.includes(event.phase)) return ROOT_CONTEXT;
  try {
    const traceparent = await event.call("kong.request.get_header", ["traceparent"]);
    if (typeof traceparent !== "string") return ROOT_CONTEXT;
    return propagation.extract(ROOT_CONTEXT, { traceparent });
  } catch {
    return ROOT_CONTEXT;
  }
}
