// What a soak says: its samples as series, tables and a drawing, and its verdict.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SoakLoad } from "../../scripts/soak/load.ts";
import { plot } from "../../scripts/soak/plot.ts";
import { failuresOf, loadTable, sampleLine, trendTable } from "../../scripts/soak/report.ts";
import type { Sample } from "../../scripts/soak/sample.ts";
import { judgeAll, panelsOf } from "../../scripts/soak/series.ts";
import { Excuses } from "../../scripts/soak/system.ts";
import { until } from "../support/until.ts";

/** Samples of one load and one system, whose memory grows by so many megabytes a sample. */
function samples(growth: number): Sample[] {
  return Array.from({ length: 40 }, (_, index) => ({
    seconds: 10 * (index + 1),
    loads: {
      "kong <&>": { perSecond: 500, p50: 1, p99: 4, p999: 9, harmed: 0, abandoned: 1 },
    },
    systems: {
      kong: { rss: 90, pss: 60 + growth * index, anonymous: 0, descriptors: 40, processes: 2 },
    },
    upsets: index === 3 ? ["kong death"] : [],
  }));
}

describe("a soak's series", () => {
  test("are judged, those that must not rise", () => {
    const judgements = judgeAll(panelsOf(samples(0)));
    assert.deepEqual(judgements.map(({ what }) => what), [
      "kong <&>: p99, ms",
      "kong: memory (PSS), MB",
      "kong: open descriptors",
    ]);
    assert.deepEqual(failuresOf(judgements, []), []);
    assert.match(trendTable(judgements), /kong: memory \(PSS\), MB +60\.0 +0\.0 +level/);
  });

  test("that rise are named", () => {
    const judgements = judgeAll(panelsOf(samples(2)));
    assert.match(trendTable(judgements), /kong: memory \(PSS\), MB.*RISES/);
    const [failure, ...more] = failuresOf(judgements, []);
    assert.match(failure!, /^kong: memory \(PSS\), MB: up by \d+\.\d from \d+\.\d$/);
    assert.deepEqual(more, []);
  });

  test("of a short run are not judged", () => {
    const judgements = judgeAll(panelsOf(samples(50).slice(0, 4)));
    assert.deepEqual(failuresOf(judgements, []), []);
    assert.match(trendTable(judgements), /too short to tell/);
  });
});

describe("a soak's drawing", () => {
  const svg = plot("a <title>", panelsOf(samples(1)));

  test("is one picture with a panel for each unit and a line for each series", () => {
    assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" [^>]*>/);
    assert.match(svg, /<\/svg>\n$/);
    const lines = svg.match(/<path d="M[^"]*" fill="none"/g) ?? [];
    assert.equal(lines.length, 7);
    for (const line of lines) assert.equal(line.match(/L/g)?.length, 39);
  });

  test("escapes names", () => {
    assert.ok(svg.includes("a &lt;title&gt;"));
    assert.ok(svg.includes("kong &lt;&amp;&gt;"));
  });

  test("stays in its frame, whatever the values", () => {
    const [, height] = /viewBox="0 0 900 (\d+)"/.exec(svg) ?? [];
    for (const [, x, y] of svg.matchAll(/[ML]([\d.]+) ([\d.]+)/g)) {
      assert.ok(Number(x) >= 0 && Number(x) <= 900, x);
      assert.ok(Number(y) >= 0 && Number(y) <= Number(height), y);
    }
  });

  test("breaks a line where nothing was measured, and draws nothing of nothing", () => {
    const points = [[1, 5], [2, NaN], [3, 6], [4, 7]] as const;
    const drawn = plot("t", [{ title: "p", series: [{ name: "s", points }] }]);
    const [, path = ""] = /<path d="(M[^"]*)" fill="none"/.exec(drawn) ?? [];
    assert.deepEqual(path.match(/[ML]/g), ["M", "M", "L"]);
    assert.ok(!plot("t", [{ title: "p", series: [] }]).includes("NaN"));
    assert.ok(!drawn.includes("NaN"));
  });
});

describe("a soak's load", () => {
  const options = { name: "load", lanes: 2, restMs: 0 };

  test("counts what became of events, in windows and in all", async () => {
    const outcomes = ["ok", "abandoned", { error: "dead", isHarm: true }] as const;
    let turn = 0;
    let left = 0;
    const once = () => Promise.resolve(outcomes[turn++ % outcomes.length]!);
    const load = new SoakLoad(options, () => ({ once, leave: () => void left++ }));
    await until(() => turn > 30);
    await load.stop();
    const { harmed, abandoned, perSecond } = load.take();
    assert.equal(left, 2);
    assert.equal(load.total.events + harmed + abandoned, turn);
    assert.ok(perSecond > 0 && harmed > 0 && abandoned > 0);
    assert.deepEqual(load.errors, []);
    assert.equal(load.take().harmed, 0);
    assert.match(loadTable([load], 10), new RegExp(`load +${load.total.events} `));
  });

  test("keeps what nothing explains, which makes the soak fail", async () => {
    let turn = 0;
    const once = () =>
      turn++ === 0 ? Promise.reject(new Error("odd")) : Promise.resolve("ok" as const);
    const load = new SoakLoad(options, () => ({ once, leave: () => {} }));
    await until(() => turn > 3);
    await load.stop();
    assert.deepEqual(failuresOf([], [load]), ["load: nothing explains: Error: odd"]);
  });

  test("is said in one line with what was done", () => {
    assert.equal(
      sampleLine(samples(0)[3]!),
      "40 s: kong <&> 500/s p99 4.0 ms, kong 60 MB 40 fd, kong death",
    );
  });
});

test("events may fail while something is done on purpose, and those that began before its end", async () => {
  const excuses = new Excuses();
  const before = performance.now();
  assert.equal(excuses.cover(before), false);
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = excuses.during(() => promise);
  assert.equal(excuses.cover(before), true);
  resolve();
  await done;
  assert.equal(excuses.cover(before), true);
  assert.equal(excuses.cover(performance.now() + 60_000), false);
});
