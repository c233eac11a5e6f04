// docs/operators/metrics.md and the definitions of metrics say the same, in both directions.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { HUB_METRICS, HUB_OUTCOMES } from "../../src/brpc/hub/metrics.ts";
import { PROX_METRICS } from "../../src/prox/plugin/metrics.ts";
import { KONG_METRICS, OUTCOMES } from "../../src/kong/server/metrics/definitions.ts";
import type { MetricDefinition } from "../../src/telemetry/metrics/family.ts";
import { PROCESS_METRICS } from "../../src/telemetry/metrics/process_metrics.ts";

const page = await readFile(new URL("../../docs/operators/metrics.md", import.meta.url), "utf8");

/** The rows of the table behind a comment, in the form of the definitions. */
function tableOf(mark: string): unknown[] {
  const [, rest = ""] = page.split(`<!-- ${mark} -->\n\n`);
  const [table = ""] = rest.split("\n\n");
  return table.split("\n").slice(2).map((row) => {
    const [name, type, unit, labels, help] = row.split("|").slice(1, -1).map((cell) => cell.trim());
    const names = (text = "") => [...text.matchAll(/`([^`]+)`/g)].map(([, word]) => word);
    return { name: names(name)[0], type, unit, labels: names(labels), help };
  });
}

function rows(...tables: Readonly<Record<string, MetricDefinition>>[]): unknown[] {
  return tables.flatMap((table) => Object.values(table)).map((definition) => {
    const { name, type, unit, labels, help } = definition;
    return { name, type, unit, labels: [...labels], help };
  });
}

describe("docs/operators/metrics.md", () => {
  test("tables what gibbon serve tells", () => {
    assert.deepEqual(tableOf("serve"), rows(KONG_METRICS, PROCESS_METRICS));
  });

  test("tables what gibbon hub tells", () => {
    assert.deepEqual(tableOf("hub"), rows(HUB_METRICS));
  });

  test("tables what gibbon prox tells", () => {
    assert.deepEqual(tableOf("prox"), rows(PROX_METRICS));
  });

  test("names every outcome of an event", () => {
    for (const outcome of [...OUTCOMES, ...HUB_OUTCOMES]) {
      assert.ok(page.includes(`\`${outcome}\``), outcome);
    }
  });
});

/** Every metric that Prometheus knows of a server: a histogram is three. */
const SERVED = new Map(
  Object.values<MetricDefinition>({ ...KONG_METRICS, ...PROCESS_METRICS }).flatMap((one) => {
    const names = one.type === "histogram"
      ? ["_bucket", "_sum", "_count"].map((end) => `${one.name}${end}`)
      : [one.name];
    return names.map((name) => [name, one] as const);
  }),
);

/** What Prometheus itself adds, and what PromQL says by names that look like labels. */
const PROMETHEUS_LABELS = ["instance", "job", "le"];

/** An expression names only what is served, with labels that it has. */
function checkExpression(expression: string): void {
  const names = expression.match(/gibbon_\w+/g) ?? [];
  const labels = names.flatMap((name) => {
    const definition = SERVED.get(name);
    assert.ok(definition, `${name} is not served: ${expression}`);
    return definition.labels;
  });
  const used = [
    ...[...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(/,\s*/)),
    ...[...expression.matchAll(/[{,](\w+)(?:=~|=|!=)"/g)].map(([, label]) => label!),
  ];
  for (const label of used) {
    assert.ok([...labels, ...PROMETHEUS_LABELS].includes(label), `${label}: ${expression}`);
  }
  for (const [, said] of expression.matchAll(/outcome=~?"([^"]+)"/g)) {
    const known: readonly string[] = OUTCOMES;
    for (const outcome of said!.split("|")) assert.ok(known.includes(outcome), outcome);
  }
}

const read = (name: string) =>
  readFile(new URL(`../../docs/operators/${name}`, import.meta.url), "utf8");

test("the alert rules name what gibbon serves", async () => {
  const { groups } = parse(await read("gibbon.rules.yml"));
  assert.ok(groups[0].rules.length > 5);
  for (const { alert, expr, annotations } of groups[0].rules) {
    if (alert !== "GibbonDown") assert.match(expr, /gibbon_/);
    checkExpression(expr);
    assert.ok(annotations.summary && annotations.description, alert);
  }
});

test("the dashboard names what gibbon serves", async () => {
  const { panels, templating } = JSON.parse(await read("grafana.json"));
  assert.equal(new Set(panels.map(({ id }: { id: number }) => id)).size, panels.length);
  for (const { targets } of panels) {
    for (const { expr } of targets) {
      assert.match(expr, /gibbon_/);
      checkExpression(expr);
    }
  }
  for (const { query } of templating.list) checkExpression(query);
});
