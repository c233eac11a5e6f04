// Spans as OTLP over HTTP, in its JSON form: what a collector takes on port 4318.
import type { AttributeValue, HrTime } from "@opentelemetry/api";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import { messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";

/** How long a collector may take, in milliseconds. */
const ANSWER_MS = 10_000;

/** Where spans go. */
export interface OtlpOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What all spans of this process have. */
  readonly resource: Readonly<Record<string, string>>;
  readonly log: Logger;
}

/** Sends spans. Those that a collector does not take are lost, and the log says so. */
export class OtlpExporter implements SpanExporter {
  readonly #options: OtlpOptions;
  readonly #sending = new Set<Promise<void>>();

  constructor(options: OtlpOptions) {
    this.#options = options;
  }

  export(spans: ReadableSpan[], done: Parameters<SpanExporter["export"]>[1]): void {
    const sent = this.#send(spans).then(() => done({ code: 0 }), (error) => {
      const { log, url } = this.#options;
      log.warn("spans were lost", { url, spans: spans.length, error: messageOf(error) });
      // Told already: with an error the SDK would tell it again, on the console.
      done({ code: 0 });
    });
    this.#sending.add(sent);
    void sent.finally(() => this.#sending.delete(sent));
  }

  async forceFlush(): Promise<void> {
    await Promise.all(this.#sending);
  }

  async shutdown(): Promise<void> {
    await this.forceFlush();
  }

  async #send(spans: readonly ReadableSpan[]): Promise<void> {
    const { url, headers } = this.#options;
    const response = await fetch(url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(otlpOf(spans, this.#options.resource)),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the collector answered with status ${response.status}`);
  }
}

/** Spans as an ExportTraceServiceRequest. */
export function otlpOf(
  spans: readonly ReadableSpan[],
  resource: Readonly<Record<string, string>>,
): unknown {
  const scopes = new Map<string, ReadableSpan[]>();
  for (const span of spans) {
    const { name, version = "" } = span.instrumentationScope;
    const key = JSON.stringify([name, version]);
    scopes.set(key, [...scopes.get(key) ?? [], span]);
  }
  const scopeSpans = [...scopes.values()].map((own) => {
    const { name, version } = own[0]!.instrumentationScope;
    return { scope: { name, version }, spans: own.map(spanOf) };
  });
  return { resourceSpans: [{ resource: { attributes: attributesOf(resource) }, scopeSpans }] };
}

function spanOf(span: ReadableSpan): unknown {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    flags: traceFlags,
    name: span.name,
    // OTLP has one more before the first.
    kind: span.kind + 1,
    startTimeUnixNano: nanosecondsOf(span.startTime),
    endTimeUnixNano: nanosecondsOf(span.endTime),
    attributes: attributesOf(span.attributes),
    droppedAttributesCount: span.droppedAttributesCount,
    events: span.events.map(({ name, time, attributes }) => ({
      name,
      timeUnixNano: nanosecondsOf(time),
      attributes: attributesOf(attributes ?? {}),
    })),
    droppedEventsCount: span.droppedEventsCount,
    links: span.links.map(({ context, attributes }) => ({
      traceId: context.traceId,
      spanId: context.spanId,
      attributes: attributesOf(attributes ?? {}),
    })),
    status: { code: span.status.code, message: span.status.message },
  };
}

function nanosecondsOf([seconds, nanoseconds]: HrTime): string {
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(Math.round(nanoseconds)));
}

function attributesOf(attributes: Readonly<Record<string, unknown>>): unknown[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: valueOf(value as AttributeValue) }]
  );
}

function valueOf(value: unknown): unknown {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(valueOf) } };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value !== "number") return { stringValue: String(value) };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
