// The page that Prometheus reads: numbers of several processes as one text.
import type { MetricFamily } from "./family.ts";

/** A page with its content type. */
export interface MetricsPage {
  readonly contentType: string;
  readonly text: string;
}

/** Numbers of several processes, put together as their metrics say. */
export async function together(
  processes: readonly (readonly MetricFamily[])[],
): Promise<MetricFamily[]> {
  const registry = await aggregate(processes);
  return await registry.getMetricsAsJSON() as unknown as MetricFamily[];
}

/** The page for numbers of several processes. */
export async function metricsPage(
  processes: readonly (readonly MetricFamily[])[],
): Promise<MetricsPage> {
  const registry = await aggregate(processes);
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** Loaded only where there are metrics. */
async function aggregate(processes: readonly (readonly MetricFamily[])[]) {
  const { AggregatorRegistry } = await import("prom-client");
  return AggregatorRegistry.aggregate(processes as unknown as object[]);
}
