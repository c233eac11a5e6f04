// The kit imported when gibbon has taken note of the built-in objects already: its clock works as ever.
import "../../src/kong/engine/event.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { definePlugin } from "gibbon";
import { testPlugin } from "gibbon/testing";

test("the clock stays, and what plugins change does not", async () => {
  const plugin = definePlugin({
    init: () => {
      const state = { ticks: 0, timer: setInterval(() => state.ticks++, 1000) };
      return state;
    },
    close: ({ timer }) => clearInterval(timer),
    async access(kong, _config, { ticks }) {
      if (await kong.request.getPath() === "/patch") {
        Object.assign(Array.prototype, { at: () => "patched" });
      }
      kong.response.exit(200, [ticks, Date.now()]);
    },
  });
  const now = Date.UTC(2001, 1, 3);
  const { at } = Array.prototype;
  await using gateway = await testPlugin(plugin, { now });
  const patched = await gateway.request("/patch");
  assert.equal(patched.failure?.code, "FORBIDDEN");
  assert.equal(patched.response.status, 500);
  assert.equal(Array.prototype.at, at);
  await gateway.advance(5500);
  const [ticks, time] = (await gateway.request()).response.json() as [number, number];
  assert.equal(ticks, 5);
  assert.ok(time >= now + 5500 && time < now + 60_000);
});
