// Wrong PDK calls that nobody awaits: they fail their event in a test as they do in production.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { definePlugin } from "gibbon";
import { onBothProtocols, testPlugin } from "gibbon/testing";
import { CAUGHT, type Handler, WRONG } from "../kong/pdk/unawaited_handlers.ts";

/** On their calls something hangs, whose failing is the runner's business: it fails the test. */
const RUNNERS: readonly string[] = [
  "whose promise has more hanging on it",
  "in a function of its own that nobody awaits",
  "an exit in a function of its own that nobody awaits",
  "among several of them",
];

const plugin = (handler: Handler) =>
  definePlugin({
    deadline: 5000,
    access: (kong) => handler(kong) as void | Promise<void>,
  });

describe("A wrong call in a test", () => {
  const direct = WRONG.filter(([title]) => !RUNNERS.includes(title));
  assert.equal(direct.length, WRONG.length - RUNNERS.length);

  for (const [title, handler, code] of direct) {
    test(`${title} stops the request`, async () => {
      await onBothProtocols(async (protocol) => {
        await using gateway = await testPlugin(plugin(handler), { protocol });
        const { response, upstream, failure } = await gateway.request();
        assert.equal(response.status, 500);
        assert.equal(upstream, undefined);
        assert.equal(failure?.code, code);
      });
    });
  }

  for (const [title, handler] of CAUGHT) {
    test(`that is caught ${title} stops nothing`, async () => {
      await using gateway = await testPlugin(plugin(handler));
      const { response, failure } = await gateway.request();
      assert.equal(failure, undefined);
      assert.equal(response.status, 200);
    });
  }
});

describe("Calls of a test that nobody awaits", () => {
  const ENDS: readonly [how: string, handler: Handler, status: number][] = [
    ["throws", (kong) => {
      kong.log.info("a");
      kong.log.info("b");
      throw new Error("not today");
    }, 500],
    ["ends the request", (kong) => {
      kong.log.info("a");
      kong.log.info("b");
      kong.response.exit(200);
    }, 200],
    ["runs out of time", async (kong) => {
      kong.log.info("a");
      kong.log.info("b");
      await kong.request.getHost();
    }, 500],
  ];
  for (const [how, handler, status] of ENDS) {
    test(`are nobody's failure where the handler ${how}`, async () => {
      await using gateway = await testPlugin(plugin(handler));
      const late = how === "runs out of time" ? { "kong.log.info": { lateMs: 6000 } } : {};
      const { response } = await gateway.request({ pdk: late });
      assert.equal(response.status, status);
    });
  }
});
