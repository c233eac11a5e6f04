// Errors of gibbon, and what can be said of anything that was thrown.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  codeOf,
  ERROR_CODES,
  GibbonError,
  isGibbonError,
  messageOf,
  stackOf,
} from "../../src/base/errors.ts";

describe("an error of gibbon", () => {
  test("has a code, a message, where it happened and what to do", () => {
    const cause = new Error("underneath");
    const where = { plugin: "auth", phase: "access", file: "/plugins/auth.ts:12:3" };
    const error = new GibbonError("DEADLINE", "too late", { ...where, remedy: "Hurry.", cause });
    assert.ok(error instanceof Error);
    assert.equal(error.name, "GibbonError");
    const { code, message, plugin, phase, file, remedy } = error;
    assert.deepEqual({ code, message, plugin, phase, file, remedy }, {
      code: "DEADLINE",
      message: "too late",
      ...where,
      remedy: "Hurry.",
    });
    assert.equal(error.cause, cause);
  });

  test("has no cause where there is none, which console.log would show", () => {
    assert.equal("cause" in new GibbonError("LIMIT", "full"), false);
    assert.equal("cause" in new GibbonError("LIMIT", "full", { cause: undefined }), false);
    assert.equal(new GibbonError("LIMIT", "full", { cause: null }).cause, null);
  });
});

describe("whatever is thrown", () => {
  const thrown: readonly (readonly [unknown, string])[] = [
    [new TypeError("wrong type"), "wrong type"],
    ["a string", "a string"],
    [null, "null"],
    [undefined, "undefined"],
    [{ toString: () => "an object" }, "an object"],
  ];
  for (const [value, message] of thrown) {
    test(`has a message: ${message}`, () => assert.equal(messageOf(value), message));
  }

  test("has a code where the system gave it one", () => {
    assert.equal(codeOf(Object.assign(new Error("no"), { code: "EPIPE" })), "EPIPE");
    for (const none of [undefined, null, 1, "text", {}]) assert.equal(codeOf(none), undefined);
  });

  test("is gibbon's own, or not", () => {
    assert.equal(isGibbonError(new GibbonError("LIMIT", "full")), true);
    for (const other of [new Error("no"), { code: "LIMIT" }, null]) {
      assert.equal(isGibbonError(other), false);
    }
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    assert.equal(isGibbonError(proxy), false);
  });

  test("has its stack, or its message where there is none", () => {
    const error = new Error("with a stack");
    assert.equal(stackOf(error), error.stack);
    assert.equal(stackOf(Object.assign(new Error("bare"), { stack: undefined })), "bare");
    assert.equal(stackOf(Object.assign(new Error("empty"), { stack: "" })), "empty");
    assert.equal(stackOf({ stack: "another realm's" }), "another realm's");
    assert.equal(stackOf({ stack: 1, toString: () => "words" }), "words");
    assert.equal(stackOf("a string"), "a string");
  });
});

test("the codes are a closed list: to rename one breaks whoever looks for it", () => {
  assert.equal(
    ERROR_CODES.join(" "),
    "CALL_FAILED CONFIG_INVALID DEADLINE DRAINING EVENT_ENDED FORBIDDEN LIMIT NO_EVENT NO_INSTANCE OPTION_INVALID PDK_ARGUMENT PDK_FAILED PDK_NO_ANSWER PDK_PHASE PHASE_UNSUPPORTED PLUGIN_BROKEN PLUGIN_DIRECTORY PLUGIN_DUPLICATE PLUGIN_INVALID PLUGIN_STOPPED PLUGIN_UNKNOWN PROTOCOL SOCKET_FAILED SOCKET_IN_USE STEP_UNEXPECTED",
  );
});
