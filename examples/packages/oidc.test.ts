// Run it with: gibbon test examples
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { testPlugin, type TestResponse } from "gibbon/testing";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import plugin from "./oidc.ts";

const { publicKey, privateKey } = await generateKeyPair("RS256");

let provider: Server;
let issuer = "";
/** What a code stands for, as the browser was sent to the provider. */
const codes = new Map<string, { nonce: string; challenge: string }>();

before(async () => {
  const key = { ...await exportJWK(publicKey), kid: "one", alg: "RS256", use: "sig" };
  provider = createServer(async (request, response) => {
    const answer = (body: unknown, status = 200) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (request.url === "/.well-known/openid-configuration") {
      return answer({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
      });
    }
    if (request.url === "/keys") return answer({ keys: [key] });
    const form = new URLSearchParams(await text(request));
    const code = codes.get(form.get("code") ?? "");
    const verifier = createHash("sha256").update(form.get("code_verifier") ?? "");
    if (code?.challenge !== verifier.digest("base64url")) {
      return answer({ error: "invalid_grant" }, 400);
    }
    const id_token = await new SignJWT({ nonce: code.nonce }).setSubject("ada").setIssuer(issuer)
      .setAudience("shop").setIssuedAt().setExpirationTime("1m")
      .setProtectedHeader({ alg: "RS256", kid: "one" }).sign(privateKey);
    return answer({ access_token: "a", token_type: "bearer", id_token });
  });
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
});
after(() => {
  provider.closeAllConnections();
  return new Promise((resolve) => provider.close(resolve));
});

const configOf = () => ({
  issuer,
  client_id: "shop",
  client_secret: "secret",
  url: "https://shop.test",
  cookie_secret: "0123456789abcdef0123456789abcdef",
});

/** The cookies of an answer, as a browser sends them back. */
function cookiesOf({ headers }: TestResponse): string {
  const pairs = headers.all("set-cookie").map((line) => line.split(";")[0]!);
  return pairs.filter((pair) => !pair.endsWith("=")).join("; ");
}

describe("oidc", () => {
  test("sends a browser to the provider and back, and knows who has come", async () => {
    await using gateway = await testPlugin(plugin, { config: configOf() });
    const page = { accept: "text/html" };
    const begun = await gateway.request({ path: "/cart?x=1", headers: page });
    assert.deepEqual([begun.response.status, begun.upstream], [302, undefined]);
    const at = new URL(begun.response.headers.get("location")!);
    assert.equal(at.origin + at.pathname, `${issuer}/authorize`);
    const asked = (name: string) => at.searchParams.get(name)!;
    codes.set("c1", { nonce: asked("nonce"), challenge: asked("code_challenge") });

    const query = `code=c1&state=${asked("state")}`;
    const cookie = cookiesOf(begun.response);
    const done = await gateway.request({ path: `/oidc/callback?${query}`, headers: { cookie } });
    assert.equal(done.response.status, 302, done.response.text);
    assert.equal(done.response.headers.get("location"), "/cart?x=1");

    const session = cookiesOf(done.response);
    const { upstream } = await gateway.request({
      path: "/cart?x=1",
      headers: { cookie: session, "x-user": "root" },
    });
    assert.equal(upstream?.headers.get("x-user"), "ada");
    await gateway.advance(3_700_000);
    assert.equal((await gateway.request({ headers: { cookie: session } })).response.status, 401);
  });

  test("lets nobody in otherwise", async () => {
    await using gateway = await testPlugin(plugin, { config: configOf() });
    const { response, upstream } = await gateway.request({ headers: { "x-user": "root" } });
    assert.deepEqual([response.status, upstream], [401, undefined]);
    const forged = { cookie: "oidc_session=eyJhbGciOiJub25lIn0.e30." };
    assert.equal((await gateway.request({ headers: forged })).response.status, 401);

    const begun = await gateway.request({ headers: { accept: "text/html" } });
    const cookie = cookiesOf(begun.response);
    const state = new URL(begun.response.headers.get("location")!).searchParams.get("state");
    const WRONG = [
      { query: `code=c1&state=other`, cookie },
      { query: `code=unknown&state=${state}`, cookie },
      { query: `code=c1&state=${state}`, cookie: "" },
      { query: `error=access_denied&state=${state}`, cookie },
    ];
    for (const { query, cookie } of WRONG) {
      const back = await gateway.request({ path: `/oidc/callback?${query}`, headers: { cookie } });
      assert.deepEqual([back.response.status, back.upstream], [400, undefined], query);
    }
  });
});
