// Run it with: gibbon test examples
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { testPlugin } from "gibbon/testing";
import opa from "./opa.ts";

const { fetch: real } = globalThis;
afterEach(() => void (globalThis.fetch = real));

/** Puts a policy in the place of the network; gives what it is asked. */
function policy(answer: (signal: AbortSignal) => Response | Promise<Response>) {
  const asked: { url: string; input: Record<string, unknown> }[] = [];
  globalThis.fetch = async (url, init) => {
    asked.push({ url: String(url), ...JSON.parse(String(init?.body)) });
    return await answer(init?.signal as AbortSignal);
  };
  return asked;
}

const config = { url: "http://opa.test/v1/data/allow", headers: ["x-team"], timeout: 50 };

describe("opa", () => {
  test("lets through what the policy allows, and tells it what it asked for", async () => {
    const asked = policy(() => Response.json({ result: true }));
    await using gateway = await testPlugin(opa, { config, consumers: [{ username: "ada" }] });
    const { response } = await gateway.request({
      path: "/reports?x=1",
      headers: { "x-team": "red", "authorization": "secret" },
      consumer: { username: "ada" },
    });
    assert.equal(response.status, 200);
    const { url, input } = asked[0]!;
    assert.equal(url, config.url);
    assert.deepEqual(input, {
      method: "GET",
      path: "/reports",
      client: "127.0.0.1",
      consumer: "ada",
      headers: { "x-team": "red" },
    });
  });

  test("turns away what it does not allow, with its reason", async () => {
    await using gateway = await testPlugin(opa, { config });
    policy(() => Response.json({ result: false }));
    assert.equal((await gateway.request()).response.status, 403);
    policy(() => Response.json({ result: { allow: false, reason: "not on Sundays" } }));
    const { response, upstream } = await gateway.request();
    assert.deepEqual(response.json(), { message: "not on Sundays" });
    assert.equal(upstream, undefined);
  });

  const UNCLEAR: Readonly<Record<string, (signal: AbortSignal) => Response | Promise<Response>>> = {
    "an error": () => new Response("", { status: 500 }),
    "no JSON": () => new Response("yes"),
    "a rule that is not defined": () => Response.json({}),
    "nonsense": () => Response.json({ result: "true" }),
    "no connection": () => Promise.reject(new TypeError("fetch failed")),
    "no answer in time": (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  };
  for (const [what, answer] of Object.entries(UNCLEAR)) {
    test(`lets nobody in with ${what}`, async () => {
      policy(answer);
      await using gateway = await testPlugin(opa, { config });
      const { response, upstream, logs } = await gateway.request();
      assert.equal(response.status, 503);
      assert.equal(upstream, undefined);
      assert.match(logs[0]?.message ?? "", /^the policy gave no answer: /);
    });
  }
});
