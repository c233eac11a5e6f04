// Metrics without a process: histograms, bounds, and numbers of workers that come and go.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers";
import { WorkerNumbers } from "../../src/kong/server/workers/worker_numbers.ts";
import type { WorkerProcess } from "../../src/kong/server/workers/process.ts";
import { EventCounts } from "../../src/kong/server/metrics/event_counts.ts";
import { BoundedMap, OTHERS } from "../../src/telemetry/metrics/bounded_map.ts";
import { family, type MetricDefinition, single } from "../../src/telemetry/metrics/family.ts";
import { Histogram } from "../../src/telemetry/metrics/histogram.ts";
import { metricsPage } from "../../src/telemetry/metrics/page.ts";
import { readNumbers } from "../support/page_client.ts";

const SEEN = {
  name: "seen_total",
  help: "What was seen",
  type: "counter",
  unit: "things",
  labels: [],
} as const satisfies MetricDefinition;
const NOW = { ...SEEN, name: "now", type: "gauge" } as const;
const MOST = { ...NOW, name: "most", together: "max" } as const;

async function numbers(...pages: Parameters<typeof metricsPage>[0]) {
  return readNumbers((await metricsPage(pages)).text);
}

describe("a histogram", () => {
  test("counts a value within each bound that it does not pass, and its sum", () => {
    const histogram = new Histogram([1, 2]);
    for (const value of [0.5, 1, 1.5, 2, 7]) histogram.observe(value);
    const found = histogram.samples("h", { a: "b" }).map(({ value, labels, metricName }) => [
      metricName,
      (labels as Record<string, string>).le,
      value,
    ]);
    assert.deepEqual(found, [
      ["h_bucket", "1", 2],
      ["h_bucket", "2", 4],
      ["h_bucket", "+Inf", 5],
      ["h_sum", undefined, 12],
      ["h_count", undefined, 5],
    ]);
  });
});

describe("names that others choose", () => {
  test("are counted one by one up to a bound, and together past it", () => {
    const map = new BoundedMap(2, () => ({ count: 0 }));
    for (const name of ["a", "b", "c", "d", "a"]) map.get(name).count++;
    assert.deepEqual([...map.entries()].map(([name, { count }]) => [name, count]), [
      ["a", 2],
      ["b", 1],
      [OTHERS, 2],
    ]);
  });

  test("do not make events without end", () => {
    const counts = new EventCounts();
    for (let at = 0; at < 5000; at++) {
      const event = { instance: { id: at, plugin: { name: `plugin-${at}` } } };
      counts.handled({ ...event, phase: "access" }, "returned", 1);
      counts.called({ ...event, phase: "access" }, `kong.made.up.${at}`);
    }
    const series = counts.families().reduce((sum, { values }) => sum + values.length, 0);
    assert.ok(series < 10_000, `${series} series`);
    const all = counts.families()[0]!.values.reduce((sum, { value }) => sum + value, 0);
    assert.equal(all, 5000);
  });
});

/** A worker that tells some numbers, or does not answer. */
function worker(serial: number, answer: () => Promise<unknown>): WorkerProcess {
  return { serial, ask: answer } as unknown as WorkerProcess;
}

describe("the numbers of workers", () => {
  const tells = (serial: number, seen: number) =>
    worker(serial, () => Promise.resolve([single(SEEN, seen), single(NOW, 1), single(MOST, 3)]));

  test("are added up, or the largest is taken, as the metric says", async () => {
    const { processes, silent } = await new WorkerNumbers().gather(
      () => [tells(1, 5), tells(2, 7)],
    );
    const page = await numbers(...processes);
    assert.deepEqual([page.get("seen_total"), page.get("now"), page.get("most")], [12, 2, 3]);
    assert.equal(silent, 0);
  });

  test("count on when a worker is gone, and what was there then does not", async () => {
    const workers = new WorkerNumbers();
    await workers.gather(() => [tells(1, 5), tells(2, 7)]);
    await workers.gather(() => [tells(2, 8), tells(3, 1)]);
    const { processes } = await workers.gather(() => [tells(3, 2)]);
    const page = await numbers(...processes);
    assert.deepEqual([page.get("seen_total"), page.get("now")], [15, 1]);
  });

  test("of one that dies while several ask are counted once", async () => {
    const workers = new WorkerNumbers();
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const slow = worker(1, () => promise);
    let alive = [slow];
    const first = workers.gather(() => alive);
    const second = workers.gather(() => alive);
    // The first one has asked.
    await new Promise((resolve) => setImmediate(resolve));
    alive = [tells(2, 3)];
    const third = workers.gather(() => alive);
    resolve([single(SEEN, 5)]);
    await Promise.all([first, second]);
    const pages = [await third, await workers.gather(() => alive)];
    for (const { processes } of pages) {
      assert.equal((await numbers(...processes)).get("seen_total"), 8);
    }
  });

  test("are the last ones that it told where a worker does not answer", async () => {
    const workers = new WorkerNumbers();
    await workers.gather(() => [tells(1, 5)]);
    const deaf = worker(1, () => Promise.reject(new Error("gone")));
    const { processes, silent } = await workers.gather(() => [deaf]);
    assert.deepEqual([(await numbers(...processes)).get("seen_total"), silent], [5, 1]);
  });

  test("of a histogram add up bucket by bucket", async () => {
    const definition = { ...SEEN, name: "took_seconds", type: "histogram" } as const;
    const once = (value: number) => {
      const histogram = new Histogram([1]);
      histogram.observe(value);
      return [family(definition, histogram.samples(definition.name, {}))];
    };
    const page = await numbers(once(0.5), once(3));
    assert.deepEqual([...page], [
      ['took_seconds_bucket{le="1"}', 1],
      ['took_seconds_bucket{le="+Inf"}', 2],
      ["took_seconds_sum", 3.5],
      ["took_seconds_count", 2],
    ]);
  });
});
