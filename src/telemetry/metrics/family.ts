// What a metric is, and the numbers of one as they travel between processes and onto the page.

/** A metric, as it is documented. */
export interface MetricDefinition {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** What its values count: `seconds`, `bytes`, or what is counted. */
  readonly unit: string;
  readonly labels: readonly string[];
  /** How the numbers of several processes become one; `sum` if left out. */
  readonly together?: "sum" | "max";
}

/** One number of a metric. */
export interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Of a histogram, which of its series this is. */
  readonly metricName?: string;
}

/** A metric with its numbers, in the form that prom-client calls its JSON. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: MetricDefinition["type"];
  readonly aggregator: "sum" | "max";
  readonly values: readonly Sample[];
}

/** A metric's numbers, one for each combination of its labels. */
export function family(definition: MetricDefinition, values: readonly Sample[]): MetricFamily {
  const { name, help, type, together = "sum" } = definition;
  return { name, help, type, aggregator: together, values };
}

/** A metric with no labels. */
export function single(definition: MetricDefinition, value: number): MetricFamily {
  return family(definition, [{ value, labels: {} }]);
}
