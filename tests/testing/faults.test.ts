// Calls of the PDK that fail or come late in a test, and what Kong refuses there as it does in production.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { definePlugin, type Kong } from "gibbon";
import { KONG_PROTOCOLS, testPlugin } from "gibbon/testing";

/** A plugin whose access does one thing. */
const doing = (access: (kong: Kong) => void | Promise<void>, deadline = 5000) =>
  definePlugin({ name: "doing", deadline, access });

const asking = doing(async (kong) => {
  const name = await kong.request.getHeader("x-name");
  kong.response.setHeader("x-seen", String(name));
});

for (const protocol of KONG_PROTOCOLS) {
  describe(`PDK calls in a test, over ${protocol}`, () => {
    test("fail as Kong's do: the client gets a 500, and the handler no answer", async () => {
      await using gateway = await testPlugin(asking, { protocol });
      const { response, upstream, failure, runs } = await gateway.request({
        pdk: { "kong.request.getHeader": { fails: "the request is gone" } },
      });
      assert.equal(response.status, 500);
      assert.equal(upstream, undefined);
      assert.equal(failure?.phase, "access");
      assert.match(failure?.message ?? "", /kong\.request\.get_header: the request is gone/);
      assert.deepEqual(runs.map(({ end }) => end), ["raised"]);
      const next = await gateway.request({ headers: { "x-name": "next" } });
      assert.equal(next.response.headers.get("x-seen"), "next");
    });

    test("give what the test says", async () => {
      await using gateway = await testPlugin(asking, {
        protocol,
        pdk: { "kong.request.get_header": { gives: "given" } },
      });
      const { response } = await gateway.request({ headers: { "x-name": "sent" } });
      assert.equal(response.headers.get("x-seen"), "given");
      const nil = await gateway.request({
        headers: { "x-name": "sent" },
        pdk: { "kong.request.getHeader": { gives: undefined } },
      });
      const seen = nil.response.headers.get("x-seen");
      assert.equal(seen, "undefined");
    });

    test("come late: the deadline is over before, and the request is stopped", async () => {
      await using gateway = await testPlugin(asking, { protocol });
      const slow = { "kong.request.getHeader": { lateMs: 4000 } };
      assert.equal((await gateway.request({ pdk: slow })).response.status, 200);
      const late = { "kong.request.getHeader": { lateMs: 6000 } };
      const { response, upstream, failure } = await gateway.request({ pdk: late });
      assert.equal(response.status, 500);
      assert.equal(upstream, undefined);
      assert.equal(failure?.code, "PDK_NO_ANSWER");
    });

    test("are refused in phases in which Kong raises", async () => {
      const plugin = doing(async (kong) => {
        await kong.response.getStatus();
      });
      await using gateway = await testPlugin(plugin, { protocol });
      const { response, failure, calls } = await gateway.request();
      assert.equal(response.status, 500);
      assert.equal(failure?.code, "PDK_PHASE");
      assert.equal(calls[0]?.way, "refused");
    });

    test("are refused with arguments that Kong does not take", async () => {
      const plugin = doing((kong) => kong.response.exit(99));
      await using gateway = await testPlugin(plugin, { protocol });
      const { response, failure } = await gateway.request();
      assert.equal(response.status, 500);
      assert.equal(failure?.code, "PDK_ARGUMENT");
    });

    test("that there are not fail the handler", async () => {
      const plugin = doing((kong) => {
        (kong as unknown as { made: { up(): void } }).made.up();
      });
      await using gateway = await testPlugin(plugin, { protocol });
      const { response, failure } = await gateway.request();
      assert.equal(response.status, 500);
      assert.ok(failure?.error instanceof TypeError);
    });

    test("of a plugin that guards nothing let the request go on", async () => {
      const plugin = definePlugin({
        onError: "continue",
        access() {
          throw new Error("not today");
        },
      });
      await using gateway = await testPlugin(plugin, { protocol });
      const { response, upstream, failure } = await gateway.request();
      assert.equal(response.status, 200);
      assert.ok(upstream);
      assert.equal(failure?.message, "not today");
    });
  });
}

test("A handler that changes what all plugins share fails, and the change is undone", async () => {
  const { at } = Array.prototype;
  const plugin = doing(() => void Object.assign(Array.prototype, { at: () => "patched" }));
  await using gateway = await testPlugin(plugin);
  const { response, failure } = await gateway.request();
  assert.equal(response.status, 500);
  assert.equal(failure?.code, "FORBIDDEN");
  assert.equal(Array.prototype.at, at);
});

test("A fault of a function that there is not is refused, with the one that was meant", async () => {
  await using gateway = await testPlugin(asking);
  const pdk = { "kong.request.getHeadr": { gives: 1 } } as object;
  await assert.rejects(gateway.request({ pdk }), {
    code: "OPTION_INVALID",
    remedy: "Did you mean kong.request.getHeader?",
  });
});
