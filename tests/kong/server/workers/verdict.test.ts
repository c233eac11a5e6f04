// The verdicts on failed events: what a kill does not explain is not put down to it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Failure, judge } from "./verdict.ts";

const KILLED = 7;
const LIVING = 8;
const kills = new Map([[KILLED, { killedAt: 1000, goneAt: 1050 }]]);

function verdictOn(failure: Pick<Failure, "wire"> & Partial<Failure>): string {
  return judge({ ranIn: undefined, failedAt: 1020, error: "", ...failure }, kills);
}

const broken = (pid?: number, connectedAt = 990) => ({ broke: true, pid, connectedAt });

test("an event of the killed worker failed with it, also by an answer of another", () => {
  assert.equal(verdictOn({ ranIn: KILLED, wire: broken(KILLED) }), "ran");
  assert.equal(verdictOn({ ranIn: KILLED, wire: { ...broken(LIVING), broke: false } }), "ran");
});

test("what was on the killed worker's connection failed with it", () => {
  assert.equal(verdictOn({ wire: broken(KILLED) }), "handed");
  assert.equal(verdictOn({ ranIn: LIVING, wire: broken(KILLED) }), "passed");
});

test("a connection that was new may have been the killed worker's while that died", () => {
  assert.equal(verdictOn({ wire: broken() }), "first");
  assert.equal(verdictOn({ ranIn: LIVING, wire: broken() }), "first");
  assert.equal(verdictOn({ wire: broken(), failedAt: 999 }), "unexplained");
  assert.equal(verdictOn({ wire: broken(), failedAt: 2051 }), "unexplained");
});

test("nothing else is explained by a kill", () => {
  assert.equal(verdictOn({ ranIn: LIVING, wire: broken(LIVING) }), "unexplained");
  assert.equal(verdictOn({ wire: broken(LIVING) }), "unexplained");
  assert.equal(verdictOn({ wire: { ...broken(), broke: false } }), "unexplained");
  assert.equal(
    verdictOn({ ranIn: LIVING, wire: { ...broken(KILLED), broke: false } }),
    "unexplained",
  );
  assert.equal(verdictOn({ ranIn: KILLED, wire: broken(KILLED), failedAt: 999 }), "unexplained");
});
