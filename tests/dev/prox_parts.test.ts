// The small parts of prox's route in the gateway: domains, and speeds.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { parseDevConfig } from "../../src/dev/config.ts";
import { domainMatcher, domainProblem } from "../../src/dev/prox/domain.ts";
import { Speeds } from "../../src/dev/prox/speeds.ts";
import { Throttle } from "../../src/dev/throttle.ts";

describe("a domain", () => {
  type Found = readonly [matchDomain: string, matchGlob: string, key: string];
  const cases: [pattern: string | undefined, host: string, found: Found | undefined][] = [
    [undefined, "anything.at.all", ["", "", ""]],
    ["example.com", "example.com", ["", "", ""]],
    ["example.com", "EXAMPLE.com", ["", "", ""]],
    ["example.com", "www.example.com", undefined],
    ["example.com", "exampleXcom", undefined],
    ["*.example.com", "a.example.com", ["a", "", "a"]],
    ["*.example.com", "a.b.example.com", undefined],
    ["*.example.com", "example.com", undefined],
    ["cdn-*.example.com", "cdn-1.example.com", ["1", "", "1"]],
    ["cdn-*.example.com", "cdn-.example.com", ["", "", ""]],
    ["cdn-*.example.com", "www.example.com", undefined],
    ["*.*.com", "a.b.com", ["a.b", "", "a"]],
    ["*.**", "a.b.c.com", ["a", "b.c.com", "a"]],
    ["example.**", "example.co.uk", ["", "co.uk", ""]],
    ["**", "anything.at.all", ["", "anything.at.all", ""]],
    ["**", "", undefined],
    ["a+b.com", "aab.com", undefined],
  ];
  for (const [pattern, host, found] of cases) {
    test(`${pattern} ${found ? "is" : "is not"} ${host || "an empty host"}`, () => {
      const [matchDomain, matchGlob, key] = found ?? [];
      assert.deepEqual(domainMatcher(pattern)(host), found && { matchDomain, matchGlob, key });
    });
  }

  test("is refused where prox refuses it", () => {
    for (const right of ["*.**", "**", "a.b", "cdn-*.a"]) {
      assert.equal(domainProblem(right), undefined);
    }
    for (const wrong of ["", "a..b", "**.example.com", "*.**.com", "a*b*.com"]) {
      assert.ok(domainProblem(wrong), wrong);
      assert.throws(() => parseDevConfig({ prox: { domain: wrong } }), /must be a domain/);
    }
  });
});

describe("a throttle", () => {
  test("lets bytes wait until those before them are paid for", () => {
    const throttle = new Throttle(1);
    assert.equal(throttle.waitMs(1000), 0);
    assert.ok(throttle.waitMs(1000) > 900_000);
    assert.ok(throttle.waitMs(1) > 1_900_000);
    throttle.bytesPerSecond = 0;
    assert.equal(throttle.waitMs(1000), 0);
  });

  test("passes all bytes on, in their order", async () => {
    const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, i) => i % 251));
    const chunks = [bytes.subarray(0, 1), bytes.subarray(1, 9000), bytes.subarray(9000)];
    const passed: Uint8Array[] = [];
    const stream = Readable.from(chunks).pipe(new Throttle(100_000_000).stream());
    for await (const chunk of stream) passed.push(chunk);
    assert.deepEqual(Buffer.concat(passed), bytes);
  });
});

describe("speeds", () => {
  const NONE = { downloadBps: 0, uploadBps: 0 };

  test("are those of the route, of a group and of one response", () => {
    const speeds = new Speeds();
    const of = (route: number, limit?: Parameters<Speeds["of"]>[1]) =>
      speeds.of({ ...NONE, downloadBps: route }, limit).map((each) => each.bytesPerSecond);
    assert.deepEqual(of(0), []);
    assert.deepEqual(of(5), [5]);
    assert.deepEqual(of(5, { downloadMbps: 1, uploadMbps: 0 }), [5, 125_000]);
    speeds.setGroup("team", { downloadBps: 7, uploadBps: 0 });
    assert.deepEqual(of(0, { downloadMbps: 0, uploadMbps: 0, groupKey: "team" }), [7]);
    assert.deepEqual(of(0, { downloadMbps: 2, uploadMbps: 0, groupKey: "team" }), [250_000]);
  });

  test("are shared by all responses of a group, and by no others", () => {
    const speeds = new Speeds();
    const limit = { downloadMbps: 1, uploadMbps: 0 };
    const [one] = speeds.of(NONE, { ...limit, groupKey: "a" });
    assert.equal(speeds.of(NONE, { ...limit, groupKey: "a" })[0], one);
    assert.notEqual(speeds.of(NONE, { ...limit, groupKey: "b" })[0], one);
    assert.notEqual(speeds.of(NONE, limit)[0], speeds.of(NONE, limit)[0]);
  });
});
