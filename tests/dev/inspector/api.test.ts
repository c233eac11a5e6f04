// The inspector's API: who may use it, sending again, clearing, and the live stream.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { LiveStream } from "../../../src/dev/inspector/live.ts";
import { Recorder } from "../../../src/dev/inspector/recorder.ts";
import { RequestStore } from "../../../src/dev/inspector/store.ts";
import type { LiveBatch, Masked, Shown } from "../../../src/dev/inspector/view.ts";
import { Exchange } from "../../../src/kong/emulator/exchange.ts";
import { createKongNode } from "../../../src/kong/emulator/node.ts";
import { until } from "../../support/until.ts";
import type { TestPlugin } from "../dev_gateway.ts";
import { type Inspected, startInspected } from "./inspected.ts";

/** What requests of `/held` wait for. */
let held = Promise.resolve();
let letGo = () => {};

const KEYED: TestPlugin = {
  name: "keyed",
  access: async (kong) => {
    if (await kong.request.getPath() === "/held") await held;
    const key = await kong.request.getHeader("x-api-key");
    if (key !== "right-key") kong.response.exit(401, { message: "no" });
    await kong.response.setHeader("x-method", await kong.request.getMethod());
  },
};

const header = (lines: readonly (readonly [string, Shown])[] | undefined, name: string) =>
  lines?.find(([one]) => one.toLowerCase() === name)?.[1];

describe("the inspector", () => {
  let inspected: Inspected;
  before(async () => {
    inspected = await startInspected([KEYED]);
  });
  after(() => inspected.close());

  test("serves its page with a policy, and everything that the page loads", async () => {
    const { client } = inspected;
    const seen = new Set<string>();
    const load = async (path: string): Promise<void> => {
      if (seen.has(path)) return;
      seen.add(path);
      const { status, headers, text } = await client.ask(path);
      assert.equal(status, 200, path);
      assert.match(headers["content-security-policy"]!, /default-src 'none'/);
      assert.match(headers["content-security-policy"]!, /frame-ancestors 'none'/);
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.ok(!/https?:\/\/(?!www\.w3\.org\/)/.test(text), `${path} names another host`);
      const found = text.matchAll(/(?:from\s*|import\s*|src=|href=)["'](\/[^"']+)["']/g);
      for (const [, next] of found) await load(next!);
    };
    await load("/");
    assert.ok(seen.size > 15, `${[...seen]}`);
    assert.equal((await client.ask("/none.js")).status, 404);
    assert.equal((await client.ask("/../../package.json")).status, 404);
    assert.equal((await client.ask("/%2e%2e/package.json")).status, 404);
    assert.equal((await client.ask("/api/%zz")).status, 400);
  });

  test("serves only requests whose Host is this machine, on its own port", async () => {
    const { client } = inspected;
    const { port } = new URL(client.url);
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
      assert.equal((await client.ask("/api/requests", [], host)).status, 200, host);
    }
    for (
      const host of [
        "evil.example",
        `evil.example:${port}`,
        `127.0.0.1.evil.example:${port}`,
        "127.0.0.1:1",
        "localhost",
        `192.168.1.1:${port}`,
        `10.0.0.1:${port}`,
        `x.localhost:${port}`,
        "",
      ]
    ) {
      for (const path of ["/", "/api/requests", "/api/live"]) {
        assert.equal((await client.ask(path, [], host)).status, 421, `${host} ${path}`);
      }
    }
  });

  test("takes orders of its own page alone", async () => {
    const { dev, client } = inspected;
    await dev.get("/orders");
    const { id } = await client.newest();
    const orders = [
      [`/api/requests/${id}/send`, {}],
      [`/api/requests/${id}/reveal`, { place: "target" }],
      ["/api/clear", {}],
    ] as const;
    const { port } = new URL(client.url);
    for (const [path, order] of orders) {
      for (
        const headers of [
          [],
          ["Origin", "null"],
          ["Origin", "http://evil.example"],
          ["Origin", `https://127.0.0.1:${port}`],
          ["Origin", "http://127.0.0.1:8000"],
          ["Origin", `http://localhost:${port}`],
          ["Origin", client.url, "Sec-Fetch-Site", "cross-site"],
          ["Origin", client.url, "Sec-Fetch-Site", "same-site"],
        ]
      ) {
        const { status } = await client.order(path, order, headers);
        assert.equal(status, 403, `${path} ${headers}`);
      }
    }
    // Reading too, where a browser says that another page asks.
    const foreign = ["Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors"];
    assert.equal((await client.ask("/api/requests", foreign)).status, 403);
    assert.equal((await client.ask("/api/live", foreign)).status, 403);
    const link = ["Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"];
    assert.equal((await client.ask("/", link)).status, 200);
    const same = ["Origin", client.url, "Sec-Fetch-Site", "same-origin"];
    assert.equal((await client.order("/api/clear", {}, same)).status, 200);
  });

  test("answers what it does not know, and orders that are none, with an error", async () => {
    const { dev, client } = inspected;
    await dev.get("/wrong");
    const { id } = await client.newest();
    const send = `/api/requests/${id}/send`;
    assert.equal((await client.ask("/api/none")).status, 404);
    assert.equal((await client.ask("/api/requests/none")).status, 404);
    assert.equal((await client.order("/api/requests/none/send", {})).status, 404);
    for (
      const order of [
        [],
        null,
        "x",
        { method: "A B" },
        { method: "" },
        { target: 7 },
        { headers: [["a"]] },
        { headers: [["", "b"]] },
        { headers: Array.from({ length: 501 }, () => ["a", "b"]) },
        { host: "evil.example" },
        { body: { $masked: 1 } },
      ]
    ) {
      const answer = await client.order(send, order);
      assert.equal(answer.status, 400, JSON.stringify(order)?.slice(0, 100));
      assert.ok(answer.json.error);
    }
    for (
      const order of [
        { headers: [["a\nb", "c"]] },
        { headers: [["a", "b\r\nc: d"]] },
        { target: { $masked: "headers.99", text: "", like: 0 } },
      ]
    ) {
      assert.equal((await client.order(send, order)).status, 422, JSON.stringify(order));
    }
    const own = ["Origin", client.url];
    assert.equal((await client.order(send, {}, own, "text/plain")).status, 415);
  });

  test("sends a request again, with what is masked as it was", async () => {
    const { dev, client } = inspected;
    await dev.get("/again?a=1", {
      method: "POST",
      headers: ["X-Api-Key", "right-key", "X-Twice", "1", "X-Twice", "2"],
      body: "the body",
    });
    const first = await client.newest();
    const second = await client.again(first.id);
    assert.notEqual(second.id, first.id);
    assert.equal(second.status, 200);
    assert.deepEqual(
      [second.method, second.target, second.body.text],
      ["POST", "/again?a=1", "the body"],
    );
    const twice = second.headers.filter(([name]) => name === "X-Twice").map(([, one]) => one);
    assert.deepEqual(twice, ["1", "2"]);
    assert.equal(header(second.headers, "host"), "dev.test");
  });

  test("sends it edited: method, path, headers and body", async () => {
    const { dev, client } = inspected;
    await dev.get("/edit", { headers: ["X-Api-Key", "right-key"] });
    const first = await client.newest();
    const key = header(first.headers, "x-api-key") as Masked;
    assert.equal(key.text, "•••••");
    const second = await client.again(first.id, {
      method: "PUT",
      target: "/edited to?é=1",
      headers: [["Host", "dev.test"], ["X-Api-Key", key], ["X-New", "grün"]],
      body: "new",
    });
    assert.equal(second.status, 200);
    assert.deepEqual([second.method, second.body.text], ["PUT", "new"]);
    assert.equal(second.target, "/edited%20to?%C3%A9=1");
    assert.equal(header(second.headers, "x-new"), "grün");
    assert.equal(header(second.responseHeaders, "x-method"), "PUT");
    const third = await client.again(first.id, { headers: [["Host", "dev.test"]] });
    assert.equal(third.status, 401);
  });

  test("does not send a body again of which it has only a part", async () => {
    const { dev, client } = inspected;
    await dev.get("/large", { method: "POST", body: "x".repeat(100_000) });
    const { id } = await client.newest();
    const answer = await client.order(`/api/requests/${id}/send`, {});
    assert.equal(answer.status, 422);
    assert.match(answer.json.error, /65536 of 100000 bytes/);
    assert.match(answer.json.remedy, /Edit/);
    assert.equal((await client.again(id, { body: "short" })).body.text, "short");
  });

  test("forgets all requests when it is told to, and goes on", async () => {
    const { dev, client } = inspected;
    await dev.get("/before");
    const { id } = await client.newest();
    const { total } = await client.list();
    const live = await client.listen();
    assert.equal((await client.order("/api/clear", {})).status, 200);
    await until(() => live.batches.some(({ cleared }) => cleared));
    assert.deepEqual((await client.list()).requests, []);
    assert.equal((await client.ask(`/api/requests/${id}`)).status, 404);
    await dev.get("/after");
    const list = await client.list();
    assert.deepEqual(list.requests.map(({ target }) => target), ["/after"]);
    assert.ok(total > 1);
    assert.equal(list.total, 1);
    live.close();
  });

  test("tells no page of a request that ends after it was forgotten", async () => {
    const { dev, client } = inspected;
    const live = await client.listen();
    held = new Promise((resolve) => letGo = resolve);
    const reply = dev.get("/held");
    await until(() => live.batches.some(({ changed }) => changed[0]?.target === "/held"));
    await client.order("/api/clear", {});
    await until(() => live.batches.some(({ cleared }) => cleared));
    letGo();
    await reply;
    await dev.get("/after");
    await until(() =>
      live.batches.at(-1)!.changed.some(({ target, status }) =>
        target === "/after" && status !== undefined
      )
    );
    const cleared = live.batches.findIndex((batch) => batch.cleared);
    const told = live.batches.slice(cleared).flatMap(({ changed }) => changed);
    assert.deepEqual([...new Set(told.map(({ target }) => target))], ["/after"]);
    live.close();
  });

  test("tells of requests as they come and as they end, and refuses too many pages", async () => {
    const { dev, client } = inspected;
    const pages = await Promise.all(Array.from({ length: 16 }, () => client.listen()));
    assert.equal((await client.ask("/api/live")).status, 503);
    await dev.get("/live");
    for (const page of pages) {
      await until(() =>
        page.batches.some(({ changed }) =>
          changed.some(({ target, status }) => target === "/live" && status === 401)
        )
      );
      page.close();
    }
    await until(async () => {
      const page = await client.listen();
      page.close();
      return page.response.statusCode === 200;
    });
  });
});

describe("the live stream", () => {
  /** A response that takes everything, or nothing. */
  const sink = (writableLength = 0) => {
    const batches: LiveBatch[] = [];
    return {
      batches,
      response: {
        writableLength,
        on: () => {},
        end: () => {},
        write: (text: string) => {
          if (text.startsWith("data: ")) batches.push(JSON.parse(text.slice("data: ".length)));
        },
      },
    };
  };

  test("says how many requests it did not tell of, to a page that is slow too", async () => {
    const store = new RequestStore();
    const limits = { clients: 4, everyMs: 1, batch: 10, unreadBytes: 100 };
    const live = new LiveStream(() => ({ total: store.total, problems: [] }), limits);
    const recorder = new Recorder(store, (recording) => live.changed(recording));
    const [quick, slow] = [sink(), sink(1000)];
    live.join(quick.response as never);
    live.join(slow.response as never);
    const node = createKongNode();
    const request = (count: number) => {
      for (let at = 0; at < count; at++) {
        recorder.entered(new Exchange(node, { method: "GET", target: `/${at}` }), 0);
      }
    };
    request(35);
    await until(() => quick.batches.length === 1);
    const [first] = quick.batches;
    assert.equal(first!.changed.length, 10);
    assert.equal(first!.dropped, 25);
    assert.equal(first!.total, 35);
    // The newest ones are told of.
    assert.equal(first!.changed.at(-1)?.target, "/34");
    assert.equal(slow.batches.length, 0);
    slow.response.writableLength = 0;
    request(5);
    await until(() => slow.batches.length === 1);
    assert.equal(slow.batches[0]!.dropped, 35);
    assert.equal(slow.batches[0]!.changed.length, 5);
    assert.equal(quick.batches[1]!.dropped, 0);
    live.close();
  });
});

test("an inspector whose port is taken says so, and records all the same", async () => {
  const one = await startInspected([]);
  try {
    const { port } = new URL(one.client.url);
    await assert.rejects(
      startInspected([], {}, { port: Number(port) }),
      { message: `something listens on 127.0.0.1:${port} already` },
    );
  } finally {
    await one.close();
  }
  // Its port is free at once.
  const { port } = new URL(one.client.url);
  await assert.rejects(
    new Promise((resolve, reject) =>
      connect(Number(port), "127.0.0.1", () => resolve(0)).on("error", reject)
    ),
    { code: "ECONNREFUSED" },
  );
});
