// The property of prox's calls: whatever a handler does, its request is answered, with the failure or
// with what the plugin asked for.
import assert from "node:assert/strict";
import { request, withPlugin } from "../prox/plugin_run.ts";
import { checkHandlers, inTime, LIMIT_MS } from "./check.ts";
import { expectedEnds } from "./expected.ts";
import { type Gateway, handlerOf, type Step } from "./steps.ts";

/** There is nothing to call during a call. */
const NOBODY: Gateway = {
  call: () => Promise.resolve(),
  wrongCall: () => Promise.resolve(),
  exit: () => {},
};

async function prove(all: readonly (readonly Step[])[]): Promise<void> {
  const made = all.map(handlerOf);
  const onRequest = ({ path }: { readonly path: string }) =>
    made[Number(path.slice(1))]!.run(NOBODY) as never;
  await withPlugin({ onRequest, deadline: LIMIT_MS }, async (run) => {
    await run.configure("r:0");
    await Promise.all(made.map(async ({ trace }, at) => {
      const { allow, status } = await inTime(
        `request ${at}`,
        run.call("on_request", request({ path: `/${at}` })),
      );
      const end = allow ? "returned" : "failed";
      if (!allow) assert.equal(status, 500);
      const expected = trace.junk ? ["failed"] : expectedEnds(trace, LIMIT_MS);
      assert.ok(expected.includes(end), `request ${at} ${end}: ${JSON.stringify(trace)}`);
    }));
  });
}

await checkHandlers(false, prove);
