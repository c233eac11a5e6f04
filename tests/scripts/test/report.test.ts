// The test command's reading of reports, with the shapes that the three runtimes write.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judge } from "../../../scripts/test/file.ts";
import { readTestReport } from "../../../scripts/test/report.ts";

/** Titles with outcomes, and the detail where there is one. */
function read(xml: string): string[] {
  return readTestReport(xml).cases.map(({ title, outcome, detail }) =>
    [outcome, title, detail].filter((part) => part !== "").join(": ")
  );
}

describe("a report's tests are read as", () => {
  it("Node writes them: nested suites, a bare > in attributes, reasons of skips", () => {
    const xml = `<?xml version="1.0" encoding="utf-8"?>
<testsuites>
  <testcase name="a &lt;b> &amp; c" time="0.1" classname="test"/>
  <testsuite name="outer" tests="2">
    <testsuite name="inner" tests="1">
      <testcase name="fails" failure="no&#10;good">
        <failure type="testCodeFailure" message="no good">
stack &lt;anonymous>
        </failure>
      </testcase>
    </testsuite>
    <testcase name="is skipped"><skipped type="skipped" message="no redis"/></testcase>
  </testsuite>
</testsuites>
`;
    assert.deepEqual(read(xml), [
      "passed: a <b> & c",
      "failed: outer > inner > fails: stack <anonymous>",
      "skipped: outer > is skipped: no redis",
    ]);
    assert.equal(readTestReport(xml).complete, true);
  });

  it("Deno writes them: suites are tests with steps, and do not count", () => {
    const xml = `<testsuites name="deno test" tests="3" failures="2">
  <testsuite name="./a.test.ts" tests="1">
    <testcase name="group"><failure message="1 test step failed">1 test step failed.</failure></testcase>
    <testcase name="alone" classname="./a.test.ts">
    </testcase>
  </testsuite>
  <testsuite name="ext:deno_node/testing.ts" tests="2">
    <testcase name="group &gt; one"><failure message="boom">Error: boom</failure></testcase>
    <testcase name="group &gt; two"><skipped/></testcase>
  </testsuite>
</testsuites>`;
    assert.deepEqual(read(xml), [
      "passed: alone",
      "failed: group > one: Error: boom",
      "skipped: group > two",
    ]);
  });

  it("Bun writes them: a suite for the file, empty tags with a space", () => {
    const xml = `<testsuites name="bun test" tests="2">
  <testsuite name="tests/a.test.ts" file="tests/a.test.ts">
    <testsuite name="group" line="7"><testcase name="one" assertions="0" /></testsuite>
    <testcase name="two"><failure type="Error" message="boom">Error: boom</failure></testcase>
  </testsuite>
</testsuites>`;
    assert.deepEqual(read(xml), ["passed: group > one", "failed: two: Error: boom"]);
  });
});

describe("a file counts as failed", () => {
  const ended = { code: 0, stdout: "said this", stderr: "", timedOut: false };
  const passed = { title: "a", outcome: "passed", detail: "" } as const;
  const failed = { title: "b", outcome: "failed", detail: "boom" } as const;
  const verdict = (cases: readonly (typeof passed | typeof failed)[], ran = {}, complete = true) =>
    judge({ cases, complete }, { ...ended, ...ran }).filter(({ outcome }) => outcome === "failed");

  it("not at all, if its tests pass and the process ends well", () => {
    assert.deepEqual(verdict([passed]), []);
  });

  it("once for each test that fails", () => {
    assert.deepEqual(verdict([passed, failed], { code: 1 }), [failed]);
  });

  it("if the process fails though no test does, with what it said", () => {
    assert.match(verdict([passed], { code: 1 })[0]?.detail ?? "", /code 1[^]*said this/);
    assert.match(verdict([passed], { code: null })[0]?.detail ?? "", /code null/);
  });

  it("if the process ends well before its report is written", () => {
    assert.match(verdict([passed], {}, false)[0]?.detail ?? "", /before its report/);
  });

  it("if there is no test in it", () => {
    assert.match(verdict([])[0]?.detail ?? "", /No test was reported/);
  });

  it("if it had to be stopped", () => {
    assert.match(verdict([passed], { timedOut: true, code: null })[0]?.detail ?? "", /did not end/);
  });

  it("if a test fails and the process says that all is well", () => {
    assert.equal(verdict([failed]).length, 2);
  });
});
