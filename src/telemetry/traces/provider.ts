// OpenTelemetry in this process: what plugins get by its API, and where its spans go.
import { context, propagation, trace, type Tracer } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import process from "node:process";
import type { Logger } from "../../base/log.ts";
import { attempt } from "../../base/printable.ts";
import { VERSION } from "../../base/version.ts";
import { OtlpExporter } from "./otlp.ts";

/** A process that makes spans. */
export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what is there, and no more after that. */
  close(): Promise<void>;
}

/**
 * Begins to make spans: by this and by the API of OpenTelemetry, whichever copy of it a plugin has.
 *
 * @param url of the collector; `/v1/traces` is put behind one that has no path
 */
export function startTracing(url: string, log: Logger): Tracing {
  const { OTEL_SERVICE_NAME = "gibbon", OTEL_EXPORTER_OTLP_HEADERS = "" } = process.env;
  const exporter = new OtlpExporter({
    url: tracesUrl(url),
    headers: headersOf(OTEL_EXPORTER_OTLP_HEADERS),
    resource: { "service.name": OTEL_SERVICE_NAME, "service.version": VERSION },
    log,
  });
  const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return {
    tracer: provider.getTracer("gibbon", VERSION),
    close: () => provider.shutdown(),
  };
}

/** Headers as OpenTelemetry's variable has them: `name=value,name=value`, the values as in a URL. */
function headersOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").filter((part) => part.includes("=")).map((part) => {
      const at = part.indexOf("=");
      const value = part.slice(at + 1).trim();
      return [part.slice(0, at).trim(), attempt(() => decodeURIComponent(value)) ?? value];
    }),
  );
}

/** Where a collector takes spans. */
export function tracesUrl(url: string): string {
  const parsed = new URL(url);
  if (parsed.pathname === "/") parsed.pathname = "/v1/traces";
  return parsed.href;
}
