// What the log says of requests that fail, for errors of gibbon's and for all others.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GibbonError } from "../../../src/base/errors.ts";
import { createLogger } from "../../../src/base/log.ts";
import { failureFields, logLostExit } from "../../../src/kong/protocol/complaints.ts";

const known = new GibbonError("LIMIT", "too much", { plugin: "auth", remedy: "Send less." });

describe("a request that fails", () => {
  test("is told of by code, plugin and remedy where gibbon knows the error", () => {
    assert.deepEqual(failureFields("plugin.Step", known), {
      method: "plugin.Step",
      plugin: "auth",
      code: "LIMIT",
      remedy: "Send less.",
      stack: undefined,
    });
  });

  test("is told of by its stack otherwise, whatever was thrown", () => {
    const error = Object.assign(new TypeError("odd"), { code: "ERR_ODD", plugin: "x" });
    const { stack, ...rest } = failureFields("plugin.Step", error);
    assert.deepEqual(rest, {
      method: "plugin.Step",
      plugin: undefined,
      code: undefined,
      remedy: undefined,
    });
    assert.match(String(stack), /odd[\s\S]*complaints\.test/);
    for (const thrown of [undefined, null, "text"]) {
      assert.equal(failureFields("plugin.Step", thrown).code, undefined);
    }
  });
});

describe("the last call of an event that cannot be sent", () => {
  const logged = (error: unknown, plugin?: string) => {
    const entries: string[] = [];
    const log = createLogger((line) => entries.push(line), "debug");
    logLostExit(log, plugin, "kong.response.exit", error);
    assert.equal(entries.length, 1);
    return entries[0]!;
  };

  test("is told of with the code and the remedy of gibbon's own errors", () => {
    assert.match(
      logged(known, "auth"),
      /^\[error\] .*the request is stopped plugin=auth code=LIMIT error=".*exit cannot be sent: too much" remedy="Send less\."$/,
    );
  });

  test("is told of without a code for others, whatever was thrown", () => {
    const odd = Object.assign(new Error("odd"), { code: "ERR_ODD", remedy: "none" });
    assert.doesNotMatch(logged(odd, "auth"), /code=|remedy=/);
    assert.match(logged(undefined), /cannot be sent: /);
  });
});
