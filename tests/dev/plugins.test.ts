// The gateway with a real plugin server: which plugin runs when, and what becomes of the request.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type RunningDev, startDev, type TestPlugin } from "./dev_gateway.ts";

/** Puts a word behind those that are there. */
const note = (name: string) => async (kong: Parameters<NonNullable<TestPlugin["access"]>>[0]) => {
  const before = await kong.ctx.shared.get("order") ?? "";
  await kong.ctx.shared.set("order", `${before} ${name}`);
};

describe("the order of things", () => {
  let dev: RunningDev;
  let atTheEnd: unknown;
  before(async () => {
    const phases = (name: string) => ({
      rewrite: note(`${name}:rewrite`),
      access: note(`${name}:access`),
      response: note(`${name}:response`),
    });
    dev = await startDev([
      { name: "low", priority: 1, ...phases("low") },
      {
        name: "high",
        priority: 10,
        ...phases("high"),
        log: note("high:log"),
      },
      {
        name: "last",
        priority: -1,
        log: async (kong) => {
          atTheEnd = await kong.ctx.shared.get("order");
        },
      },
    ]);
  });
  after(() => dev.close());

  test("plugins run phase by phase, by priority, and log when the response is out", async () => {
    const reply = await dev.get("/");
    assert.equal(reply.status, 200);
    await dev.over(1);
    assert.equal(
      atTheEnd,
      " high:rewrite low:rewrite high:access low:access high:response low:response high:log",
    );
    assert.deepEqual(dev.gateway.plugins, ["high", "low", "last"]);
  });

  test("one line a request says which plugins ran", async () => {
    await dev.get("/path?x=1");
    await dev.over(2);
    assert.match(dev.lines[1]!, /^GET \/path\?x=1 → 200 in [\d.]+ ms {2}high, low, last$/);
  });

  test("requests at once keep what is theirs", async () => {
    const paths = Array.from({ length: 40 }, (_, i) => `/${i}`);
    const replies = await Promise.all(paths.map((path) => dev.get(path)));
    assert.deepEqual(replies.map(({ json }) => json.path), paths);
  });
});

describe("what plugins do to a request", () => {
  let dev: RunningDev;
  before(async () => {
    dev = await startDev([{
      name: "changer",
      access: async (kong) => {
        const name = await kong.request.getPath();
        if (name === "/exit") {
          await kong.response.setHeader("X-Before", "1");
          await kong.response.exit(403, { message: "no" }, { "X-Why": "because" });
        }
        if (name === "/throw") throw new Error("oh");
        if (name === "/raise") await kong.response.exit(700);
        if (name === "/error") await kong.response.error(401, "who are you");
        if (name === "/large") await kong.request.getRawBody(50_000);
        if (name === "/body") {
          const body = await kong.request.getRawBody(0);
          await kong.service.request.setRawBody(body!.slice(0, 5));
        }
        if (name === "/change") {
          await kong.service.request.setPath("/other path");
          await kong.service.request.setMethod("PUT");
          await kong.service.request.setQuery({ b: "2 3", a: true });
          await kong.service.request.setHeaders({ "X-New": ["1", "2"], "X-Gone": "" });
          await kong.service.request.clearHeader("X-Old");
          await kong.service.request.setBody({ a: 1 }, "application/json");
        }
      },
    }, {
      name: "second",
      priority: -1,
      access: (kong) => kong.response.setHeader("X-Second", "ran"),
      log: () => {},
      // ProtoBuf:1 has no message for setBody and error, and gives large bodies as files.
    }], { protocol: "MsgPack:1" });
  });
  after(() => dev.close());

  test("exit answers, no other plugin runs in that phase, and log runs all the same", async () => {
    const reply = await dev.get("/exit");
    assert.equal(reply.status, 403);
    assert.deepEqual(reply.json, { message: "no" });
    assert.equal(reply.headers["x-why"], "because");
    assert.equal(reply.headers["x-before"], "1");
    assert.equal(reply.headers["x-second"], undefined);
    assert.ok(reply.headers["x-kong-response-latency"]);
    const { runs } = await dev.over(1);
    assert.deepEqual(runs.map(({ plugin, phase, end }) => `${plugin} ${phase} ${end}`), [
      "changer access exited",
      "second log returned",
    ]);
    assert.match(dev.lines[0]!, /403 in .* changer \(answered in access\), second$/);
  });

  test("a plugin that throws, or that makes Kong raise, gives Kong's 500", async () => {
    for (const path of ["/throw", "/raise"]) {
      const reply = await dev.get(path);
      assert.equal(reply.status, 500, path);
      assert.equal(reply.json.message, "An unexpected error occurred", path);
      assert.equal(reply.headers["x-second"], undefined);
    }
  });

  test("an error response says what the client wants to read", async () => {
    const reply = await dev.get("/error", { headers: ["Accept", "text/plain"] });
    assert.equal(reply.status, 401);
    assert.match(reply.text, /^who are you\n/);
    assert.match(reply.headers["content-type"]!, /^text\/plain/);
  });

  test("a body that Kong has in a file fails as in Kong, and whole if asked for", async () => {
    const body = "x".repeat(100_000);
    const large = await dev.get("/large", { method: "POST", body });
    assert.equal(large.status, 500);
    assert.ok(
      dev.entries.some((line) => line.includes("client_body_buffer_size")),
      dev.entries.join(),
    );
    const cut = await dev.get("/body", { method: "POST", body });
    assert.equal(cut.json.body, "xxxxx");
    assert.equal(cut.json.headers["content-length"], "5");
  });

  test("changes of the request reach the service", async () => {
    const reply = await dev.get("/change?old=1", { headers: ["X-Old", "1"] });
    assert.equal(reply.json.path, "/other%20path");
    assert.equal(reply.json.method, "PUT");
    assert.deepEqual(reply.json.query, { a: true, b: "2 3" });
    assert.deepEqual(reply.json.headers["x-new"], ["1", "2"]);
    assert.equal(reply.json.headers["x-old"], undefined);
    assert.equal(reply.json.body, '{"a":1}');
    assert.equal(reply.json.headers["content-type"], "application/json");
    assert.equal(reply.headers["x-second"], "ran");
  });
});

describe("when the plugin server fails", () => {
  test("the request goes on without a plugin that may be left out", async () => {
    const dev = await startDev([{
      name: "decoration",
      onError: "continue",
      access: () => {
        throw new Error("oh");
      },
    }]);
    try {
      assert.equal((await dev.get("/")).status, 200);
    } finally {
      await dev.close();
    }
  });

  test("without a server requests go on without its plugins over MsgPack:1, and fail over ProtoBuf:1", async () => {
    for (
      const [protocol, status, says] of [
        ["MsgPack:1", 200, /200 in .* guard \(skipped in access: .+\)$/],
        ["ProtoBuf:1", 500, /500 in .* guard \(failed in access\)$/],
      ] as const
    ) {
      const guard: TestPlugin = { name: "guard", access: (kong) => kong.response.exit(403) };
      const dev = await startDev([guard], { protocol });
      try {
        assert.equal((await dev.get("/")).status, 403);
        await dev.closeServer();
        assert.equal((await dev.get("/")).status, status);
        await dev.over(2);
        assert.match(dev.lines[1]!, says);
      } finally {
        await dev.close();
      }
    }
  });

  test("a server that was started again gets new instances", async () => {
    const plugins: TestPlugin[] = [{
      name: "hello",
      access: (kong, config) => kong.response.exit(200, String(config.greeting)),
    }];
    const config = { plugins: { hello: { config: { greeting: "hi" } } } };
    const dev = await startDev(plugins, { config });
    try {
      assert.equal((await dev.get("/")).text, "hi");
      await dev.closeServer();
      await dev.startServer();
      assert.equal((await dev.get("/")).text, "hi");
    } finally {
      await dev.close();
    }
  });
});

describe("functions that ProtoBuf:1 cannot carry", () => {
  test("fail in gibbon dev as behind Kong, with a word on what to do", async () => {
    const asks: TestPlugin = {
      name: "asks",
      access: async (kong) => void await kong.request.getBody(),
    };
    const dev = await startDev([asks]);
    try {
      assert.equal((await dev.get("/")).status, 500);
      const told = dev.entries.filter((line) => /kong\.request\.get_body/.test(line));
      assert.match(told.join("\n"), /Kong has no message for it in ProtoBuf:1/);
      assert.match(told.join("\n"), /Decode kong\.request\.getRawBodyText\(\)/);
    } finally {
      await dev.close();
    }
  });
});

describe("a body that Kong has in a file", () => {
  test("gets to a plugin over ProtoBuf:1 as well", async () => {
    const reads: TestPlugin = {
      name: "reads",
      access: async (kong) => {
        const body = await kong.request.getRawBody();
        kong.response.exit(200, String(body?.length));
      },
    };
    const dev = await startDev([reads]);
    try {
      const body = "x".repeat(100_000);
      assert.equal((await dev.get("/", { method: "POST", body })).text, "100000");
    } finally {
      await dev.close();
    }
  });
});

describe("the response phase", () => {
  let dev: RunningDev;
  before(async () => {
    dev = await startDev([{
      name: "response",
      response: async (kong) => {
        const body = JSON.parse(await kong.service.response.getRawBodyText() ?? "") as {
          path: string;
        };
        await kong.response.setHeader("X-Path", body.path);
        await kong.response.setStatus(202);
        await kong.response.clearHeader("Content-Type");
        if (body.path === "/exit") await kong.response.exit(418, "short and stout");
        if (body.path === "/throw") throw new Error("oh");
      },
    }]);
  });
  after(() => dev.close());

  test("sees the service's response and changes it before it goes out", async () => {
    const reply = await dev.get("/seen");
    assert.equal(reply.status, 202);
    assert.equal(reply.headers["x-path"], "/seen");
    assert.equal(reply.headers["content-type"], undefined);
    assert.equal(reply.json.path, "/seen");
  });

  test("can put another in its place", async () => {
    const reply = await dev.get("/exit");
    assert.equal(reply.status, 418);
    assert.equal(reply.text, "short and stout");
    assert.equal(reply.headers["content-length"], "15");
  });

  test("lets nothing out if a plugin fails in it", async () => {
    const reply = await dev.get("/throw");
    assert.equal(reply.status, 500);
    assert.equal(reply.json.message, "An unexpected error occurred");
  });
});
