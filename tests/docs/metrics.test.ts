// docs/operators/metrics.md and the definitions of metrics say the same, in both directions.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
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
