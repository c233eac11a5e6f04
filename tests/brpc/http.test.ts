// The hub's HTTP API over real sockets: what it serves, what it refuses, and whether its description
// says the same.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createLogger } from "../../src/base/log.ts";
import { startHubApi } from "../../src/brpc/hub/http/api.ts";
import { ask, EventReader } from "./http_client.ts";
import { METHODS, withApi } from "./http_support.ts";
import { PATIENCE_MS, until, withHub } from "./support.ts";

describe("the hub's HTTP API", () => {
  test("lists plugins, and shows one with its functions", async () => {
    await withApi(async ({ ask }) => {
      const list = await ask("/plugins");
      assert.equal(list.headers["content-type"], "application/json");
      assert.deepEqual(list.value, [{ name: "sample", version: "v1" }]);
      const shown = await ask("/plugins/sample");
      assert.deepEqual(Object.keys(shown.value.functions).sort(), Object.keys(METHODS).sort());
      const unknown = await ask("/plugins/nobody");
      assert.deepEqual([unknown.status, unknown.value.error.code], [404, "PLUGIN_UNKNOWN"]);
    });
  });

  test("calls methods, with and without argument, result and trace", async () => {
    await withApi(async ({ post }) => {
      for (const body of ['{"a":[1,"ü"]}', "null", "0", '""']) {
        const { status, text } = await post("/plugins/sample/call/echo", body);
        assert.equal(status, 200);
        assert.equal(text, `${body}\n`);
      }
      assert.equal((await post("/plugins/sample/call/nothing", "1")).status, 204);
      const traced = await post("/plugins/sample/call/trace", "", {
        headers: { "x-trace-id": "abc" },
      });
      assert.equal(traced.value, "abc");
    });
  });

  test("passes on what the hub gives as text", async () => {
    await withApi(async ({ hub: { socket } }) => {
      assert.equal(await socket.callJson("sample", "echo", '{ "a": 1 }'), '{"a":1}');
      assert.equal(await socket.callJson("sample", "nothing"), "");
      await assert.rejects(socket.callJson("sample", "echo", "{"), SyntaxError);
    });
  });

  test("says what went wrong with a call", async () => {
    await withApi(
      async ({ post }) => {
        const cases: [path: string, body: string, status: number, code: string, text: RegExp][] = [
          ["/plugins/nobody/call/echo", "1", 404, "PLUGIN_UNKNOWN", /nobody/],
          ["/plugins/sample/call/none", "1", 404, "CALL_FAILED", /method not found/],
          ["/plugins/sample/call/fail", "1", 502, "CALL_FAILED", /went wrong on purpose/],
          ["/plugins/sample/call/wait?timeout=0.01", "1", 504, "DEADLINE", /sample.wait took more/],
          ["/plugins/sample/call/echo?timeout=soon", "1", 400, "REQUEST", /timeout=soon/],
          ["/plugins/sample/call/echo", "{", 400, "REQUEST", /no JSON/],
          ["/plugins/sample/call/%ff", "1", 400, "REQUEST", /not encoded/],
          ["/plugins/sample/say/echo", "1", 404, "REQUEST", /openapi\.json/],
          [
            "/plugins/sample/call/echo",
            `"${"x".repeat(2000)}"`,
            413,
            "REQUEST",
            /1000 are the limit/,
          ],
        ];
        for (const [path, body, status, code, text] of cases) {
          const answer = await post(path, body);
          assert.equal(answer.status, status, `${path}: ${answer.text}`);
          assert.equal(answer.value.error.code, code);
          assert.match(answer.value.error.message, text);
        }
      },
      {},
      1000,
    );
  });

  test("names what a path takes when asked for something else", async () => {
    await withApi(async ({ ask }) => {
      const answer = await ask("/plugins/sample", { method: "PUT" });
      assert.equal(answer.status, 405);
      assert.equal(answer.headers["allow"], "GET, HEAD, DELETE");
      assert.equal((await ask("/plugins/sample/call/echo")).headers["allow"], "POST");
    });
  });

  test("answers HEAD as GET, without the body", async () => {
    await withApi(async ({ ask }) => {
      for (const path of ["/plugins", "/plugins/sample", "/plugins/nobody", "/openapi.json"]) {
        const [head, get] = [await ask(path, { method: "HEAD" }), await ask(path)];
        assert.deepEqual([head.status, head.text], [get.status, ""]);
        assert.equal(head.headers["content-length"], `${get.text.length}`);
      }
      const events = await ask("/async", { method: "HEAD" });
      assert.deepEqual([events.status, events.text], [200, ""]);
      assert.equal((await ask("/plugins/sample/call/echo", { method: "HEAD" })).status, 405);
    });
  });

  test("refuses query parameters that it does not know, and trace ids that are too long", async () => {
    await withApi(async ({ ask, post }) => {
      const long = { headers: { "x-trace-id": "x".repeat(1025) } };
      const refused = [
        await ask("/plugins?x=1"),
        await ask("/plugins/sample?timeout=1"),
        await ask("/async?x"),
        await post("/plugins/sample/call/echo?timeuot=1", "1"),
        await post("/plugins/sample/call/echo?timeout=1&timeout=2", "1"),
        await post("/plugins/sample/call/echo?timeout=1?x=2", "1"),
        await post("/broadcast/echo?x=1", "1"),
        await post("/plugins/sample/call/echo", "1", long),
        await post("/broadcast/echo", "1", long),
        await ask("/plugins/sample", { method: "DELETE", ...long }),
      ];
      for (const { status, value } of refused) {
        assert.deepEqual([status, value.error.code], [400, "REQUEST"]);
      }
      assert.equal((await post("/plugins/sample/call/echo?timeout=1", "1")).status, 200);
      assert.equal((await ask("/plugins?")).status, 200);
    });
  });

  test("ends its event streams properly when hub and API are closed", async () => {
    await withApi(async ({ hub, api }) => {
      const reader = new EventReader(api.url);
      await until(() => reader.text.includes(": connected"));
      await hub.socket.shutdown();
      await api.close();
      await until(() => reader.hasEnded);
      assert.ok(reader.isComplete);
      assert.deepEqual(JSON.parse(reader.data.at(-1) ?? "null"), {
        name: "sample",
        payload: "v1 disconnected",
      });
    });
  });

  test("reaches plugins with any name", async () => {
    await withApi(async ({ hub, post, ask }) => {
      for (const name of ["..", "a/b", "ü ?#%", "__proto__"]) {
        hub.plug({ name });
        assert.ok(await hub.socket.waitFor(name, PATIENCE_MS));
        const path = `/plugins/${encodeURIComponent(name).replaceAll(".", "%2E")}`;
        assert.equal((await ask(path)).value.name, name);
        assert.equal((await post(`${path}/call/echo`, "7")).value, 7);
      }
      const { text } = await post("/broadcast/echo", "8");
      assert.match(text, /"__proto__":\{"result":8\}/);
    });
  });

  test("broadcasts, and gives each plugin's result or error", async () => {
    await withApi(async ({ hub, post }) => {
      hub.plug({ name: "other" });
      assert.ok(await hub.socket.waitFor("other", PATIENCE_MS));
      assert.deepEqual((await post("/broadcast/echo", "[1]")).value, {
        sample: { result: [1] },
        other: { result: [1] },
      });
      assert.deepEqual((await post("/broadcast/nothing")).value, {
        sample: { result: null },
        other: { error: { code: "CALL_FAILED", message: "method not found" } },
      });
    });
  });

  test("unplugs a plugin, and answers when it is gone", async () => {
    await withApi(async ({ ask, hub }) => {
      const { status, text } = await ask("/plugins/sample", { method: "DELETE" });
      assert.deepEqual([status, text], [204, ""]);
      assert.equal(hub.socket.connected().size, 0);
      assert.equal((await ask("/plugins/sample", { method: "DELETE" })).status, 404);
    });
  });

  test("gives a call up when its caller leaves", async () => {
    await withApi(async ({ post }) => {
      const left = new AbortController();
      const call = post("/plugins/sample/call/wait", "", { signal: left.signal });
      const failed = assert.rejects(call);
      // The plugin may have one call under way: while that lasts another one is refused.
      let busy: Awaited<ReturnType<typeof post>> | undefined;
      while (busy?.status !== 503) busy = await post("/plugins/sample/call/nothing");
      left.abort();
      await failed;
      let free: Awaited<ReturnType<typeof post>> | undefined;
      while (free?.status !== 204) free = await post("/plugins/sample/call/nothing");
    }, { calls: 1 });
  });

  test("sends async values as events, each on one line, until the hub stops", async () => {
    await withApi(async ({ hub, api, post }) => {
      const readers = [new EventReader(api.url), new EventReader(api.url)];
      await until(() => readers.every(({ text }) => text.includes(": connected")));
      await post("/plugins/sample/call/announce", '{"a": "line\\nbreak"}');
      hub.plug({ name: "late", version: "v2" });
      for (const reader of readers) {
        await until(() => reader.data.length === 2);
        assert.deepEqual(reader.data.map((data) => JSON.parse(data)), [
          { name: "sample", payload: { a: "line\nbreak" } },
          { name: "late", payload: "v2 connected" },
        ]);
      }
      readers[0]?.leave();
      await hub.socket.shutdown();
      await until(() => readers[1]?.hasEnded === true);
    });
  });

  test("refuses what comes from pages of others, whatever they ask for", async () => {
    await withApi(async ({ ask, api }) => {
      const { port } = new URL(api.url);
      const refused: Record<string, string>[] = [
        { host: "evil.example" },
        { host: `evil.example:${port}` },
        { host: "127.0.0.1.evil.example" },
        { host: "10.0.0.1" },
        { origin: "https://evil.example" },
        { origin: "null" },
        { origin: "http://localhost.evil.example" },
      ];
      for (const headers of refused) {
        for (const path of ["/plugins", "/async", "/openapi.json", "/nowhere"]) {
          const { status } = await ask(path, { headers });
          assert.equal(status, 403, JSON.stringify({ headers, path }));
        }
        const { status } = await ask("/plugins/sample", { method: "DELETE", headers });
        assert.equal(status, 403);
      }
      const welcome: Record<string, string>[] = [
        { host: `localhost:${port}` },
        { host: "[::1]:1" },
        { origin: "http://localhost:3000" },
      ];
      for (const headers of welcome) assert.equal((await ask("/plugins", { headers })).status, 200);
    });
  });

  test("asks for its token, where it has one", async () => {
    const token = "0123456789abcdef";
    await withApi(
      async ({ ask, post, api }) => {
        const wrong = [
          undefined,
          "",
          token,
          `Basic ${token}`,
          "Bearer",
          `Bearer ${token}0`,
          `Bearer ${token} ${token}`,
          `Bearer ${token.toUpperCase()}`,
        ];
        for (const authorization of wrong) {
          for (const path of ["/plugins", "/async", "/openapi.json", "/nowhere"]) {
            const answer = await ask(path, { headers: authorization ? { authorization } : {} });
            assert.equal(answer.status, 401, authorization);
            assert.match(String(answer.headers["www-authenticate"]), /^Bearer /);
            assert.ok(!answer.text.includes(token));
          }
        }
        const headers = { authorization: `Bearer ${token}` };
        assert.equal((await ask("/plugins", { headers })).status, 200);
        assert.equal((await post("/plugins/sample/call/echo", "1", { headers })).value, 1);
        const { host } = new URL(api.url);
        const page = { ...headers, host, origin: "https://evil.example" };
        assert.equal((await ask("/plugins", { headers: page })).status, 403);
      },
      {},
      undefined,
      token,
    );
  });

  test("listens to other machines with a token, by whatever name they know it", async () => {
    await withHub(async ({ socket }) => {
      const entries: string[] = [];
      const token = "0123456789abcdef";
      const log = createLogger((line) => entries.push(line));
      const api = await startHubApi({ socket, address: "0.0.0.0:0", log, token });
      try {
        const url = `http://127.0.0.1:${new URL(api.url).port}`;
        const host = "hub.example";
        const headers = { host, authorization: `Bearer ${token}` };
        assert.equal((await ask(url, "/plugins", { headers })).status, 200);
        assert.equal((await ask(url, "/plugins", { headers: { host } })).status, 401);
        assert.ok(entries.some((entry) => entry.includes("is not encrypted")));
      } finally {
        await api.close();
      }
    });
  });

  test("listens on this machine alone without a token", async () => {
    await withHub(async ({ socket }) => {
      const log = createLogger(() => {});
      const others = ["0.0.0.0:0", "[::]:0", "example.com:80"];
      for (const address of [...others, "/tmp/socket", "nonsense"]) {
        await assert.rejects(startHubApi({ socket, address, log }), { code: "OPTION_INVALID" });
      }
      const api = await startHubApi({ socket, address: "127.0.0.1:0", log });
      const address = new URL(api.url).host;
      await assert.rejects(startHubApi({ socket, address, log }), { code: "SOCKET_IN_USE" });
      await api.close();
    });
  });
});
