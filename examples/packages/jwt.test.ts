// Run it with: gibbon test examples
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { testPlugin } from "gibbon/testing";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import jwt from "./jwt.ts";

const ISSUER = "https://issuer.test";

let server: Server;
let status = 200;
let config: { keys: string; issuer: string; audience: string };
const good = await generateKeyPair("ES256");
const other = await generateKeyPair("ES256");

before(async () => {
  const key = { ...await exportJWK(good.publicKey), kid: "one", alg: "ES256" };
  server = createServer((_, response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ keys: [key] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  config = { keys: `http://127.0.0.1:${port}/keys`, issuer: ISSUER, audience: "api" };
});
after(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

/** A token, right unless something is said otherwise. */
function token(
  more: { key?: typeof good.privateKey; expires?: number; audience?: string; scope?: string } = {},
) {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ scope: more.scope ?? "read" })
    .setProtectedHeader({ alg: "ES256", kid: "one" })
    .setSubject("ada")
    .setIssuer(ISSUER)
    .setAudience(more.audience ?? "api")
    .setExpirationTime(now + (more.expires ?? 60))
    .sign(more.key ?? good.privateKey);
}

async function ask(given: string | undefined, more: Record<string, unknown> = {}) {
  await using gateway = await testPlugin(jwt, { config: { ...config, ...more } });
  const headers = given === undefined ? {} : { authorization: `Bearer ${given}` };
  return await gateway.request({ headers });
}

describe("jwt", () => {
  test("lets in who has a token, and says who it is", async () => {
    const { response, upstream } = await ask(await token());
    assert.equal(response.status, 200);
    assert.equal(upstream?.headers.get("x-subject"), "ada");
  });

  const unsigned = `${btoa('{"alg":"none"}')}.${btoa('{"sub":"ada"}')}.`.replaceAll("=", "");
  const WRONG: Readonly<Record<string, () => Promise<string | undefined>>> = {
    "no token": () => Promise.resolve(undefined),
    "nonsense": () => Promise.resolve("a.b.c"),
    "a token that nobody signed": () => Promise.resolve(unsigned),
    "another's signature": () => token({ key: other.privateKey }),
    "a token that is over": () => token({ expires: -60 }),
    "a token for somebody else": () => token({ audience: "shop" }),
  };
  for (const [what, make] of Object.entries(WRONG)) {
    test(`lets nobody in with ${what}`, async () => {
      const { response, upstream } = await ask(await make());
      assert.deepEqual([response.status, upstream], [401, undefined]);
      assert.match(response.headers.get("www-authenticate") ?? "", /^Bearer error="invalid_/);
    });
  }

  test("wants the scope that is asked for", async () => {
    assert.equal((await ask(await token(), { scope: "read" })).response.status, 200);
    const { response } = await ask(await token(), { scope: "write" });
    assert.equal(response.status, 403);
  });

  test("lets nobody in where the keys cannot be had", async () => {
    status = 500;
    const { response, upstream } = await ask(await token());
    status = 200;
    assert.deepEqual([response.status, upstream], [503, undefined]);
  });
});
