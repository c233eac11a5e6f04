import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { testPlugin } from "gibbon/testing";
import plugin from "./my-plugin.ts";

/** An endpoint on this machine, which keeps what it gets. */
async function startEndpoint() {
  const batches: { path: string; status: number }[][] = [];
  const endpoint = { batches, status: 200, refused: 0 };
  const server = createServer(async (request, response) => {
    const lines = JSON.parse(await text(request));
    if (endpoint.status === 200) batches.push(lines);
    else endpoint.refused++;
    response.writeHead(endpoint.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(endpoint, {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}

describe("my-plugin", () => {
  test("sends a line for each request, several at once", async () => {
    await using endpoint = await startEndpoint();
    {
      await using gateway = await testPlugin(plugin, { config: { url: endpoint.url } });
      await gateway.request("/one");
      await gateway.request({ path: "/two", upstream: { status: 404 } });
    }
    const [lines, ...more] = endpoint.batches;
    assert.deepEqual(more, []);
    assert.deepEqual(lines?.map(({ path, status }) => [path, status]), [
      ["/one", 200],
      ["/two", 404],
    ]);
  });

  test("keeps lines while the endpoint is away, up to a number", async () => {
    await using endpoint = await startEndpoint();
    {
      await using gateway = await testPlugin(plugin, { config: { url: endpoint.url, keep: 2 } });
      endpoint.status = 503;
      await gateway.request("/one");
      await gateway.advance(5000);
      while (endpoint.refused === 0) await setImmediate();
      const { response, failure } = await gateway.request("/two");
      assert.deepEqual([response.status, failure], [200, undefined]);
      await gateway.request("/three");
      endpoint.status = 200;
    }
    assert.deepEqual(endpoint.batches.flat().map(({ path }) => path), ["/two", "/three"]);
  });
});
