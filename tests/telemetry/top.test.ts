// gibbon top without a server: what is read of two pages.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatActivity } from "../../src/cli/top.ts";
import { KONG_METRICS } from "../../src/kong/server/metrics/definitions.ts";
import { family, single } from "../../src/telemetry/metrics/family.ts";
import { Histogram } from "../../src/telemetry/metrics/histogram.ts";
import { metricsPage } from "../../src/telemetry/metrics/page.ts";
import { activityBetween } from "../../src/telemetry/top/activity.ts";
import { readPage } from "../../src/telemetry/top/scrape.ts";

const NAME = 'a "b" \\ c\n';

/** A page of a server whose plugin has had events, each of 2 ms, and failures. */
async function page(events: number, failures: number) {
  const { duration } = KONG_METRICS;
  const histogram = new Histogram([0.001, 0.003]);
  for (let at = 0; at < events; at++) histogram.observe(0.002);
  const of = (outcome: string, value: number) => {
    return { value, labels: { plugin: NAME, phase: "access", outcome } };
  };
  const { text } = await metricsPage([[
    family(KONG_METRICS.events, [of("returned", events), of("failed", failures)]),
    family(duration, histogram.samples(duration.name, { plugin: NAME, phase: "access" })),
    family(KONG_METRICS.instances, [{ value: 3, labels: { plugin: NAME } }]),
    single(KONG_METRICS.workers, 2),
    single(KONG_METRICS.wanted, 2),
  ]]);
  return readPage(text);
}

describe("two pages", () => {
  test("tell rates, times and failures of each plugin", async () => {
    const activity = activityBetween(await page(100, 1), await page(300, 3), 2);
    const [{ p50, p99, ...plugin }] = activity.plugins as [(typeof activity.plugins)[0]];
    assert.deepEqual(plugin, {
      plugin: NAME,
      instances: 3,
      eventsPerSecond: 101,
      failures: 2,
      failuresInAll: 3,
      isStopped: false,
    });
    assert.ok(Math.abs(p50! - 2) < 1e-6, `${p50}`);
    assert.ok(p99! > 2.9 && p99! < 3, `${p99}`);
    assert.match(formatActivity(activity), /2 of 2 workers.*\n101 events\/s/);
  });

  test("tell nothing of times where nothing was over", async () => {
    const activity = activityBetween(await page(5, 0), await page(5, 0), 1);
    assert.deepEqual(activity.plugins.map(({ p50, p99 }) => [p50, p99]), [[null, null]]);
  });

  test("of which the later one is of a new server count that one alone", async () => {
    const activity = activityBetween(await page(500, 0), await page(10, 0), 1);
    assert.equal(activity.eventsPerSecond, 10);
  });
});
