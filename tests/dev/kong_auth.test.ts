// Consumers of kong.yml: Kong's key-auth, basic-auth, jwt and acl.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { RunningDev } from "./dev_gateway.ts";
import { startWithKong } from "./kong_gateway.ts";

describe("authentication", () => {
  let dev: RunningDev;
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  before(async () => {
    dev = await startWithKong(
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
      // Over ProtoBuf:1 a credential is its id alone.
      { protocol: "MsgPack:1" },
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
