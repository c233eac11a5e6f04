// The gateway with a kong.yml: services, routes, consumers, upstreams, and plugins with scopes.
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { Buffer } from "node:buffer";
import { after, before, describe, test } from "node:test";
import { GibbonError } from "../../src/base/errors.ts";
import { readKongConfig } from "../../src/kong/emulator/config/kong_config.ts";
import { type RunningDev, startDev, startService, type TestPlugin } from "./dev_gateway.ts";

type Kong = Parameters<NonNullable<TestPlugin["access"]>>[0];

const SCHEMA: TestPlugin["schema"] = [
  { tag: { type: "string", default: "default" } },
  { secret: { type: "string", referenceable: true } },
  { plain: { type: "string" } },
];

/** Says in a header how it is configured, and for whom the request is. */
const teller = (name: string, priority: number): TestPlugin => ({
  name,
  priority,
  schema: SCHEMA!,
  access: async (kong: Kong, config) => {
    const consumer = await kong.client.getConsumer();
    const route = await kong.router.getRoute();
    const service = await kong.router.getService();
    await kong.response.setHeader(`X-${name}`, String(config.tag));
    await kong.response.setHeader(
      `X-${name}-Seen`,
      [consumer?.username, route?.name, service?.name].map((one) => one ?? "-").join(" "),
    );
  },
});

const start = (text: string, plugins: readonly TestPlugin[], more = {}) =>
  startDev(plugins, { kong: readKongConfig(`_format_version: "3.0"\n${text}`), ...more });

describe("services and routes", () => {
  let dev: RunningDev;
  let one: Awaited<ReturnType<typeof startService>>;
  let two: typeof one;
  before(async () => {
    const service = (name: string) =>
      startService((request, response) => {
        response.end(JSON.stringify({ name, url: request.url, headers: request.headers }));
      });
    [one, two] = await Promise.all([service("one"), service("two")]);
    dev = await start(
      `
services:
- name: one
  url: ${one.url}/base
  routes:
  - name: plain
    paths: [/one]
  - name: expression
    paths: ["~/item/(?<id>\\\\d+)$"]
    strip_path: false
  - name: headers
    paths: [/one]
    headers: { X-Version: ["2"] }
    preserve_host: true
- name: two
  url: ${two.url}
  routes:
  - name: host
    hosts: ["*.shop.test"]
- name: disabled
  host: off.test
  enabled: false
  routes: [{ name: disabled, paths: [/off] }]
- name: grpc
  host: grpc.test
  protocol: grpc
  routes: [{ name: to-grpc, paths: [/togrpc] }]
routes:
- name: alone
  paths: [/alone]
- name: secure
  paths: [/secure]
  protocols: [https]
- name: moved
  paths: [/moved]
  protocols: [https]
  https_redirect_status_code: 301
- name: grpc-only
  paths: [/grpc]
  protocols: [grpc]
plugins:
- name: who
`,
      [{
        ...teller("who", 1),
        response: async (kong) => {
          const { named } = await kong.request.getUriCaptures();
          await kong.response.setHeader("X-Named", JSON.stringify(named));
        },
      }, { name: "idle", rewrite: (kong) => kong.response.setHeader("X-Idle", "ran") }],
    );
  });
  after(async () => {
    await dev.close();
    await Promise.all([one.close(), two.close()]);
  });

  test("each route goes to its service, with the prefix taken off", async () => {
    const reply = await dev.get("/one/x?y=1");
    const { name, url, headers } = reply.json;
    assert.deepEqual([name, url], ["one", "/base/x?y=1"]);
    assert.equal(headers["x-forwarded-path"], "/one/x");
    assert.equal(headers["x-forwarded-prefix"], "/one");
    assert.equal(headers.host, new URL(one.url).host);
    assert.equal(reply.headers["x-who-seen"], "- plain one");
  });

  test("a route that asks for more goes first, and keeps the client's Host", async () => {
    const reply = await dev.get("/one/x", { headers: ["X-Version", "2"] });
    assert.equal(reply.headers["x-who-seen"], "- headers one");
    assert.equal(reply.json.headers.host, "dev.test");
  });

  test("an expression gives plugins its captures", async () => {
    const reply = await dev.get("/item/12");
    assert.equal(reply.json.url, "/base/item/12");
    assert.equal(reply.headers["x-named"], '{"id":"12"}');
    assert.equal((await dev.get("/item/x")).status, 404);
  });

  test("the host of a route is served, and no other", async () => {
    const reply = await dev.get("/any", { host: "a.shop.test" });
    assert.deepEqual([reply.json.name, reply.json.url], ["two", "/any"]);
    assert.equal((await dev.get("/any", { host: "shop.evil.example" })).status, 421);
  });

  test("without a route Kong answers 404, and no plugin runs in access", async () => {
    for (const path of ["/nothing", "/off"]) {
      const reply = await dev.get(path);
      assert.equal(reply.status, 404);
      assert.equal(reply.json.message, "no Route matched with those values");
      assert.equal(reply.headers["x-who"], undefined);
    }
  });

  test("without a service Kong answers 503, when the plugins have run", async () => {
    const reply = await dev.get("/alone");
    assert.equal(reply.status, 503);
    assert.equal(reply.json.message, "no Service found with those values");
    assert.equal(reply.headers["x-who-seen"], "- alone -");
  });

  test("a route of other protocols turns requests away", async () => {
    const secure = await dev.get("/secure");
    assert.deepEqual([secure.status, secure.json.message], [426, "Please use HTTPS protocol"]);
    const moved = await dev.get("/moved?x=1");
    assert.deepEqual([moved.status, moved.headers.location], [
      301,
      "https://dev.test/moved?x=1",
    ]);
    const grpc = await dev.get("/grpc");
    assert.deepEqual([grpc.status, grpc.json.message], [
      415,
      "Non-gRPC request matched gRPC route",
    ]);
  });

  test("a service of a protocol that dev does not speak is said to be one", async () => {
    const reply = await dev.get("/togrpc");
    assert.equal(reply.status, 502);
    assert.match(reply.json.message, /services of the protocol grpc/);
    assert.ok(
      dev.entries.some((line) => /kong\.yml:\d+: services of the protocol grpc/.test(line)),
    );
  });

  test("a plugin that is loaded and not configured does not run, and is left out", async () => {
    const reply = await dev.get("/one");
    assert.equal(reply.headers["x-idle"], undefined);
    assert.deepEqual(dev.gateway.leftOut.map(({ name }) => name), ["idle"]);
    assert.deepEqual(dev.gateway.plugins, ["who"]);
  });
});

describe("plugins", () => {
  let dev: RunningDev;
  const started: string[] = [];
  before(async () => {
    dev = await start(
      `
services:
- name: echo
  url: http://echo.invalid
  routes:
  - { name: a, paths: [/a] }
  - { name: b, paths: [/b] }
- name: other
  url: http://echo.invalid
  routes:
  - { name: c, paths: [/c] }
  - { name: d, paths: [/d] }
consumers:
- username: alice
  keyauth_credentials: [{ key: a-key }]
- username: bob
  keyauth_credentials: [{ key: b-key }]
plugins:
- { name: key-auth, config: { anonymous: bob, key_names: [apikey] } }
- { name: who, config: { tag: global } }
- { name: who, route: a, config: { tag: route } }
- { name: who, service: echo, config: { tag: service } }
- { name: who, consumer: alice, config: { tag: consumer } }
- { name: who, route: a, service: echo, config: { tag: route+service } }
- { name: who, service: echo, consumer: alice, config: { tag: service+consumer } }
- { name: who, route: b, consumer: alice, config: { tag: route+consumer } }
- { name: who, route: b, service: echo, consumer: alice, enabled: false, config: { tag: off } }
- { name: who, route: d, protocols: [tcp], config: { tag: streams } }
- { name: early, config: { tag: global } }
- { name: early, consumer: alice, config: { tag: alice } }
- { name: late, route: a, instance_name: one, tags: [x] }
`,
      [
        {
          ...teller("who", 1),
          configure: (raw) => {
            started.push((raw as { tag: string }).tag);
            return raw;
          },
        },
        // Before key-auth, which has 1250.
        teller("early", 2000),
        { ...teller("late", 0), rewrite: (kong) => kong.response.setHeader("X-Late-Rewrite", "1") },
      ],
    );
  });
  after(() => dev.close());

  const cases: readonly (readonly [string, string, string])[] = [
    ["/a", "b-key", "route+service"],
    ["/b", "b-key", "service"],
    ["/c", "b-key", "global"],
    ["/d", "b-key", "global"],
    ["/a", "a-key", "service+consumer"],
    ["/b", "a-key", "route+consumer"],
    ["/c", "a-key", "consumer"],
  ];
  for (const [path, key, tag] of cases) {
    test(`${path} of ${key} has the narrowest configuration: ${tag}`, async () => {
      const reply = await dev.get(path, { headers: ["apikey", key] });
      assert.equal(reply.headers["x-who"], tag);
      assert.equal(reply.headers["x-who-seen"]!.split(" ")[0], key === "a-key" ? "alice" : "bob");
    });
  }

  test("one that runs before authentication does not know the consumer", async () => {
    const reply = await dev.get("/c", { headers: ["apikey", "a-key"] });
    assert.equal(reply.headers["x-early"], "global");
    assert.equal(reply.headers["x-early-seen"], "- c other");
  });

  test("rewrite comes before the route: what is for a route does not run in it", async () => {
    const reply = await dev.get("/a");
    assert.equal(reply.headers["x-late"], "default");
    assert.equal(reply.headers["x-late-rewrite"], undefined);
  });

  test("each has an instance with a key and Kong's ids of its own", async () => {
    assert.deepEqual([...new Set(started)].sort(), [
      "consumer",
      "global",
      "route",
      "route+consumer",
      "route+service",
      "service",
      "service+consumer",
    ]);
    await dev.get("/a", { headers: ["apikey", "a-key"] });
    const plugins = dev.exchanges.at(-1)!.plugins!;
    const keys = new Set(plugins.map(({ key }) => key));
    assert.equal(keys.size, plugins.length);
    const late = plugins.find(({ name }) => name === "late")!;
    assert.equal(late.config.plugin_instance_name, "one");
    assert.equal(late.config.route_id, dev.exchanges.at(-1)!.route!.id);
    assert.equal(late.key.split(":")[2], late.config.route_id);
  });
});

describe("authentication", () => {
  let dev: RunningDev;
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  before(async () => {
    dev = await start(
      `
services:
- name: echo
  url: http://echo.invalid
  routes:
  - name: key
    paths: [/key]
    plugins: [{ name: key-auth, config: { hide_credentials: true, realm: here } }]
  - name: basic
    paths: [/basic]
    plugins: [{ name: basic-auth }]
  - name: jwt
    paths: [/jwt]
    plugins: [{ name: jwt, config: { claims_to_verify: [exp] } }]
  - name: vip
    paths: [/vip]
    plugins:
    - name: key-auth
    - { name: acl, config: { allow: [vip] } }
  - name: anonymous
    paths: [/anonymous]
    plugins:
    - { name: key-auth, config: { anonymous: nobody } }
    - { name: basic-auth, config: { anonymous: nobody } }
consumers:
- username: alice
  custom_id: c-1
  keyauth_credentials: [{ key: k1 }]
  basicauth_credentials: [{ username: al, password: "pa:ss" }]
  jwt_secrets:
  - { key: hs, secret: shh }
  - key: es
    algorithm: ES256
    rsa_public_key: ${JSON.stringify(pem)}
  acls: [{ group: vip }, { group: staff }]
- username: bob
  keyauth_credentials: [{ key: k2 }]
- username: nobody
plugins:
- name: who
`,
      [{
        name: "who",
        access: async (kong) => {
          const credential = await kong.client.getCredential() as { key?: string } | undefined;
          const consumer = await kong.client.getConsumer();
          await kong.response.setHeader("X-Who", `${consumer?.username} ${credential?.key}`);
        },
      }],
    );
  });
  after(() => dev.close());

  test("key-auth: without a key, with a wrong one, with two", async () => {
    const cases: readonly (readonly [string, readonly string[], string])[] = [
      ["/key", [], "No API key found in request"],
      ["/key", ["apikey", "x"], "Unauthorized"],
      ["/key?apikey=k1&apikey=k2", [], "Duplicate API key found"],
    ];
    for (const [path, headers, message] of cases) {
      const reply = await dev.get(path, { headers });
      assert.deepEqual([reply.status, reply.json.message], [401, message]);
      assert.equal(reply.headers["www-authenticate"], 'Key realm="here"');
      assert.equal(reply.headers["x-who"], undefined, "nothing after it runs");
    }
  });

  test("key-auth: with a key in a header or in the query, which is taken out", async () => {
    for (const [path, headers] of [["/key?apikey=k1&b=1", []], ["/key?b=1", ["apikey", "k1"]]]) {
      const reply = await dev.get(path as string, { headers: headers as string[] });
      assert.equal(reply.headers["x-who"], "alice k1");
      const { headers: sent, query } = reply.json;
      assert.deepEqual(query, { b: "1" });
      assert.equal(sent.apikey, undefined);
      assert.equal(sent["x-consumer-username"], "alice");
      assert.equal(sent["x-consumer-custom-id"], "c-1");
      assert.match(sent["x-consumer-id"], /^[0-9a-f-]{36}$/);
      assert.equal(sent["x-anonymous-consumer"], undefined);
    }
  });

  test("basic-auth: name and password", async () => {
    const basic = (
      text: string,
    ) => ["Authorization", `Basic ${Buffer.from(text).toString("base64")}`];
    for (
      const headers of [[], basic("al:wrong"), basic("xx:pa:ss"), ["Authorization", "Basic !"]]
    ) {
      const reply = await dev.get("/basic", { headers });
      assert.deepEqual([reply.status, reply.json.message], [401, "Unauthorized"]);
      assert.equal(reply.headers["www-authenticate"], 'Basic realm="service"');
    }
    const reply = await dev.get("/basic", { headers: basic("al:pa:ss") });
    assert.equal(reply.status, 200);
    assert.equal(reply.json.headers["x-credential-identifier"], "al");
  });

  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const soon = Math.floor(Date.now() / 1000) + 600;
  const token = (alg: string, claims: object, seal: (text: string) => Buffer) => {
    const text = `${encode({ alg, typ: "JWT" })}.${encode(claims)}`;
    return `${text}.${seal(text).toString("base64url")}`;
  };
  const hs = (secret: string) => (text: string) =>
    createHmac("sha256", secret).update(text).digest();
  const es = (text: string) =>
    sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" });

  test("jwt: tokens that are right, in a header and in the query", async () => {
    const good = token("HS256", { iss: "hs", exp: soon }, hs("shh"));
    const bearer = await dev.get("/jwt", { headers: ["Authorization", `Bearer ${good}`] });
    assert.equal(bearer.headers["x-who"], "alice hs");
    assert.equal((await dev.get(`/jwt?jwt=${good}`)).headers["x-who"], "alice hs");
    const other = token("ES256", { iss: "es", exp: soon }, es);
    assert.equal((await dev.get(`/jwt?jwt=${other}`)).headers["x-who"], "alice es");
  });

  test("jwt: tokens that are not", async () => {
    const cases: readonly (readonly [string, string])[] = [
      ["", "Unauthorized"],
      ["x.y.z", "Bad token; invalid JSON"],
      [token("none", { iss: "hs" }, hs("shh")), "Bad token; invalid alg"],
      [token("HS256", {}, hs("shh")), "No mandatory 'iss' in claims"],
      [token("HS256", { iss: "xx" }, hs("shh")), "No credentials found for given 'iss'"],
      [token("HS512", { iss: "hs" }, hs("shh")), "Invalid algorithm"],
      [token("HS256", { iss: "es" }, hs(pem)), "Invalid algorithm"],
      [token("HS256", { iss: "hs", exp: soon }, hs("other")), "Invalid signature"],
      [token("ES256", { iss: "es", exp: soon }, hs("shh")), "Invalid signature"],
    ];
    for (const [jwt, message] of cases) {
      const reply = await dev.get(`/jwt?jwt=${jwt}`);
      assert.deepEqual([reply.status, reply.json], [401, { message }], jwt);
    }
    const old = await dev.get(`/jwt?jwt=${token("HS256", { iss: "hs", exp: 1 }, hs("shh"))}`);
    assert.deepEqual([old.status, old.json], [401, { exp: "token expired" }]);
  });

  test("acl: who is in the group, who is not, and who is nobody", async () => {
    const vip = await dev.get("/vip", { headers: ["apikey", "k1"] });
    assert.equal(vip.json.headers["x-consumer-groups"], "vip, staff");
    const other = await dev.get("/vip", { headers: ["apikey", "k2"] });
    assert.deepEqual([other.status, other.json.message], [403, "You cannot consume this service"]);
    assert.equal((await dev.get("/vip")).status, 401);
  });

  test("anonymous: one of several ways is enough, and without any it is that consumer", async () => {
    const nobody = await dev.get("/anonymous");
    assert.equal(nobody.headers["x-who"], "nobody undefined");
    assert.equal(nobody.json.headers["x-anonymous-consumer"], "true");
    const known = await dev.get("/anonymous", { headers: ["apikey", "k1"] });
    assert.equal(known.headers["x-who"], "alice k1");
  });
});

describe("upstreams", () => {
  test("targets have their shares, and setUpstream goes to another one", async () => {
    const names = ["a", "b", "c"];
    const services = await Promise.all(
      names.map((name) => startService((_, response) => response.end(name))),
    );
    const [a, b, c] = services.map(({ port }) => `127.0.0.1:${port}`);
    const dev = await start(
      `
services:
- { name: s, host: green, routes: [{ paths: [/] }] }
upstreams:
- name: green
  targets: [{ target: "${a}", weight: 3 }, { target: "${b}", weight: 1 }]
- name: blue
  targets: [{ target: "${c}" }]
- name: empty
plugins: [{ name: switch }]
`,
      [{
        name: "switch",
        access: async (kong) => {
          const name = await kong.request.getHeader("X-To");
          if (name) {
            await kong.response.setHeader("X-Set", String(await kong.service.setUpstream(name)));
          }
        },
      }],
    );
    try {
      const replies = [];
      for (let i = 0; i < 8; i++) replies.push((await dev.get("/")).text);
      assert.equal(replies.filter((text) => text === "a").length, 6);
      assert.equal(replies.filter((text) => text === "b").length, 2);
      assert.equal((await dev.get("/", { headers: ["X-To", "blue"] })).text, "c");
      const unknown = await dev.get("/", { headers: ["X-To", "red"] });
      assert.notEqual(unknown.headers["x-set"], "true");
      assert.ok(
        dev.entries.some((line) => line.includes("could not find an Upstream named 'red'")),
      );
      const empty = await dev.get("/", { headers: ["X-To", "empty"] });
      assert.equal(empty.status, 503);
      assert.equal(empty.json.message, "failure to get a peer from the ring-balancer");
    } finally {
      await dev.close();
      await Promise.all(services.map((service) => service.close()));
    }
  });
});

describe("secrets", () => {
  test("references are resolved where the schema allows them", async () => {
    let seen: Record<string, unknown> = {};
    const dev = await start(
      `
services: [{ url: "http://echo.invalid", routes: [{ paths: [/] }] }]
vaults: [{ name: env, prefix: mine, config: { prefix: MY_ } }]
plugins:
- name: a
  config: { secret: "{vault://env/top-secret}", plain: "{vault://env/top-secret}" }
- name: b
  config: { secret: "{vault://mine/word}" }
- name: c
  config: { secret: "{vault://env/nothing}" }
`,
      ["a", "b", "c"].map((name) => ({
        name,
        schema: SCHEMA!,
        access: (_, config) => {
          seen = { ...seen, [name]: [config.secret, config.plain] };
        },
      })),
      { env: { TOP_SECRET: "s1", MY_WORD: "s2" } },
    );
    try {
      await dev.get("/");
      assert.deepEqual(seen, {
        a: ["s1", "{vault://env/top-secret}"],
        b: ["s2", null],
        c: ["", null],
      });
      assert.ok(
        dev.entries.some((line) => line.includes("{vault://env/nothing} leads to nothing")),
      );
    } finally {
      await dev.close();
    }
  });
});

const ECHO = `services: [{ url: "http://echo.invalid", routes: [{ paths: [/] }] }]\n`;

describe("what is refused", () => {
  const picky: TestPlugin = {
    name: "picky",
    schema: [{ tag: { type: "string" } }],
    access: (kong, config) => kong.response.setHeader("X-Tag", String(config.tag)),
    configure: (raw) => {
      const { tag } = raw as { tag: string };
      if (tag === "bad") {
        throw new GibbonError("CONFIG_INVALID", "the configuration does not fit: tag: is bad");
      }
      if (tag === "unable") throw new Error("no database");
      return raw;
    },
  };
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [
      "a plugin that is not there",
      "plugins:\n- name: strange",
      /plugins\[0\]\.name \(line 4\): plugin 'strange' not enabled/,
    ],
    [
      "a configuration that the plugin's schema refuses",
      "plugins:\n- name: picky\n  config:\n    tag: bad",
      /plugins\[0\]\.config\.tag \(line 6\): is bad/,
    ],
    [
      "a configuration that the schema of Kong's own plugin refuses",
      "plugins:\n- name: key-auth\n  config:\n    key_nmes: [a]",
      /plugins\[0\]\.config\.key_nmes \(line 6\): unknown field/,
    ],
    [
      "authentication for a consumer",
      "consumers: [{ username: a }]\nplugins:\n- { name: key-auth, consumer: a }",
      /plugins\[0\]\.consumer \(line 5\): value must be null/,
    ],
    [
      "acl with neither list",
      "plugins:\n- name: acl\n  config: {}",
      /plugins\[0\]\.config \(line 5\): exactly one of these fields must be non-empty/,
    ],
  ];
  for (const [what, text, expected] of cases) {
    test(what, async () => {
      await assert.rejects(start(ECHO + text, [picky]), (error: Error & { code?: string }) => {
        assert.equal(error.code, "OPTION_INVALID");
        assert.match(error.message, expected);
        return true;
      });
    });
  }

  test("other plugins of Kong's are said once, and not acted on", async () => {
    const text = `${ECHO}plugins:\n- name: rate-limiting\n  config: { minute: 5 }\n`;
    const dev = await start(text, []);
    try {
      await dev.gateway.reload([], {}, readKongConfig(`_format_version: "3.0"\n${text}`));
      assert.equal((await dev.get("/")).status, 200);
      const said = dev.entries.filter((line) => line.includes("rate-limiting"));
      assert.equal(said.length, 1);
      assert.match(said[0]!, /kong\.yml:4: the plugin rate-limiting of Kong's is not acted on/);
    } finally {
      await dev.close();
    }
  });

  test("a plugin that cannot start fails its requests with 500", async () => {
    const dev = await start(
      `${ECHO}plugins: [{ name: picky, config: { tag: unable } }]`,
      [picky],
    );
    try {
      assert.equal((await dev.get("/")).status, 500);
    } finally {
      await dev.close();
    }
  });

  test("at a reload, what was good stays, also where a part of it was started anew", async () => {
    const other = { ...picky, name: "other", access: () => {} };
    const config = (tag: string, second: string) =>
      readKongConfig(
        `_format_version: "3.0"\n${ECHO}plugins:\n- { name: picky, config: { tag: ${tag} } }\n` +
          `- { name: other, config: { tag: ${second} } }\n`,
      );
    const dev = await startDev([picky, other], { kong: config("one", "fine") });
    const names = ["picky", "other"];
    try {
      assert.equal((await dev.get("/")).headers["x-tag"], "one");
      await assert.rejects(dev.gateway.reload(names, {}, config("two", "bad")), /plugins\[1\]/);
      assert.equal((await dev.get("/")).headers["x-tag"], "one");
      await dev.gateway.reload(names, {}, config("two", "fine"));
      assert.equal((await dev.get("/")).headers["x-tag"], "two");
    } finally {
      await dev.close();
    }
  });
});
