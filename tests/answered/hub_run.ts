// The property of a hub's calls: whatever a method does, its call ends, with what the method gave or
// with an error, and the next call is answered.
import assert from "node:assert/strict";
import { isGibbonError } from "../../src/base/errors.ts";
import { method } from "../../src/brpc/plugin/define.ts";
import { ECHO, withHub } from "../brpc/support.ts";
import { checkHandlers, inTime, LIMIT_MS } from "./check.ts";
import { type End, expectedEnds } from "./expected.ts";
import { type Gateway, handlerOf, type Step } from "./steps.ts";

/** There is nothing to call during a call. */
const NOBODY: Gateway = {
  call: () => Promise.resolve(),
  wrongCall: () => Promise.resolve(),
  exit: () => {},
};

async function prove(all: readonly (readonly Step[])[]): Promise<void> {
  const made = all.map((steps, at) => ({ ...handlerOf(steps), name: `m${at}` }));
  const methods = Object.fromEntries(
    made.map(({ name, run }) => [name, method({}, () => run(NOBODY))]),
  );
  await withHub(async (hub) => {
    const { entries } = hub.plug({ methods: { ...ECHO, ...methods } }, {
      // Some of the calls never end.
      limits: { graceMs: 1 },
    });
    await hub.socket.waitFor("sample", 15_000);
    await Promise.all(made.map(async ({ name, trace }) => {
      const called = hub.socket.call("sample", name, undefined, { timeoutMs: LIMIT_MS });
      const end = await inTime(
        name,
        called.then((): End => "returned", (error): End => {
          assert.ok(isGibbonError(error), String(error));
          // It is the plugin that says what went wrong. Only what never settles ends by its time.
          const settled = trace.deeds.length > 0 && trace.ms < LIMIT_MS / 2;
          const codes = settled ? ["CALL_FAILED"] : ["CALL_FAILED", "DEADLINE"];
          assert.ok(
            codes.includes(error.code),
            `${name}: ${error.message}: ${JSON.stringify(trace)}`,
          );
          return "failed";
        }),
      );
      const expected = trace.junk ? ["returned", "failed"] : expectedEnds(trace, LIMIT_MS);
      assert.ok(expected.includes(end), `${name} ${end}: ${JSON.stringify(trace)}`);
    }));
    const echoed = hub.socket.call("sample", "echo", "still here", { timeoutMs: 15_000 });
    assert.equal(await inTime("echo", echoed), "still here", entries.join("\n"));
  });
}

await checkHandlers(false, prove);
