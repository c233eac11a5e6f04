// Run it with: gibbon test examples
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testPlugin } from "gibbon/testing";

const greeting = new URL("./greeting.cjs", import.meta.url);

describe("greeting", () => {
  test("runs as it did on Kong's JavaScript server", async () => {
    await using gateway = await testPlugin(greeting);
    const { response } = await gateway.request({ path: "/?name=Ada", host: "here" });
    assert.equal(response.headers.get("x-greeting"), "Hello, Ada! Welcome to here.");
    assert.equal(response.headers.get("x-greeted"), "1");
    const second = await gateway.request("/");
    assert.match(second.response.headers.get("x-greeting") ?? "", /^Hello, stranger!/);
    assert.equal(second.response.headers.get("x-greeted"), "2");
  });

  test("greets as it is configured", async () => {
    await using gateway = await testPlugin(greeting, { config: { stranger: "you" } });
    const { response } = await gateway.request("/");
    assert.match(response.headers.get("x-greeting") ?? "", /^Hello, you!/);
  });
});
