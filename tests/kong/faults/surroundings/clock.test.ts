// The clock jumps: nothing ends before its time, nothing is left for ever, no number comes twice. What
// has a deadline is measured by a clock that does not jump; the date alone is set here.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { PROTOCOLS } from "../../life/nginx/worker.ts";
import { allowPatches } from "../../../../src/runtime/shared/builtins/inspection.ts";
import { connectTo, startConversant, talk } from "./conversation.ts";

/** A year in milliseconds. */
const YEAR_MS = 365 * 24 * 3600 * 1000;

const { now } = Date;
// A plugin that does that is stopped; here it stands for the machine's clock.
allowPatches(["Date.now"]);
const started: ReturnType<typeof startConversant>[] = [];
afterEach(async () => {
  Date.now = now;
  for (const { server } of started.splice(0)) await server.close("the test is over");
});

function start() {
  const one = startConversant();
  started.push(one);
  return one;
}

const jump = (ms: number) => void (Date.now = () => now() + ms);

for (const protocol of PROTOCOLS) {
  describe(`a clock that jumps, over ${protocol}`, () => {
    for (const [where, ms] of [["forward", YEAR_MS], ["back", -YEAR_MS]] as const) {
      test(`${where} ends no event that is under way, and none after it`, async () => {
        const started = start();
        const client = connectTo(started, protocol);
        const instance = await client.start("talker");
        if ("answers" in client) {
          const { EventId } = await client.event(instance);
          jump(ms);
          assert.notEqual(await client.step(EventId, "/"), "ret");
          assert.equal(started.server.events.size, 1);
        } else {
          client.handle(instance);
          await client.call();
          jump(ms);
          assert.equal(started.server.events.size, 1);
        }
        const other = connectTo(started, protocol);
        assert.equal(await talk(other), 3);
        assert.equal(started.entries.filter((entry) => entry.startsWith("[error]")).length, 0);
      });

      test(`${where} and again gives no number twice`, async () => {
        const started = start();
        const client = connectTo(started, protocol);
        const ids = new Set<number>();
        for (const jumpMs of [0, ms, -ms, 0, ms]) {
          jump(jumpMs);
          ids.add(await client.start("talker"));
        }
        assert.equal(ids.size, 5);
      });
    }
  });
}
