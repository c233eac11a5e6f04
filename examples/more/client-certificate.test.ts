// Run it with: gibbon test examples
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, test } from "node:test";
import { testPlugin } from "gibbon/testing";
import clientCertificate from "./client-certificate.ts";

/** Made with openssl for a hundred years; nobody has the keys any more. */
const AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBjjCCATWgAwIBAgIUBrE+Iw2E1iKftPn8kchccSIH5aEwCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRRXhhbXBsZSBBdXRob3JpdHkwIBcNMjYxMTI3MDAzODI2WhgP
MjEyNjExMDMwMDM4MjZaMBwxGjAYBgNVBAMMEUV4YW1wbGUgQXV0aG9yaXR5MFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEn3w5bWC8IDGZwxhG1zN2G3URLGACWKRC
P5t9x84TEvFtA0PPPbRN66H8XHxlzuS9TWMi7QolzxL6W73k0H2WkqNTMFEwHQYD
VR0OBBYEFErcaM2VNfEtXBomGqo6z+xWzQVHMB8GA1UdIwQYMBaAFErcaM2VNfEt
XBomGqo6z+xWzQVHMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIg
MzyZGkVOHoxSy7VnqJb99KTwzgR1Beza5EQ1G3CpuCMCIHGMZmN0wWD1RQqvKOcm
9YSFR6J750QpZW7/Ujwg46Aj
-----END CERTIFICATE-----
`;

/** Signed by the authority. */
const CLIENT = `-----BEGIN CERTIFICATE-----
MIIBODCB3wIUN3OFjsk/R9cxX6x9bdqih1BlsqYwCgYIKoZIzj0EAwIwHDEaMBgG
A1UEAwwRRXhhbXBsZSBBdXRob3JpdHkwIBcNMjYxMTI3MDAzODI2WhgPMjEyNjEx
MDMwMDM4MjZaMCAxDTALBgNVBAoMBEFwZXMxDzANBgNVBAMMBmdpYmJvbjBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABBjcEpQm++8PnsySyAFXaEys92q81qdj3fsD
rTzaNtilqyKGH7X6A4JXRV/XCsQWjLXAjEwKd0aFLDTlRNwA6LkwCgYIKoZIzj0E
AwIDSAAwRQIhAITKxHByeit2mNj51DjKB8v0P1d0BjcAWrda9qV6dSM7AiAzwBeG
4Dpz4X97E9EFG+SFBKsKhkqYeeyQ888/tcYuoQ==
-----END CERTIFICATE-----
`;

/** Signed by another one of the same name. */
const FORGED = `-----BEGIN CERTIFICATE-----
MIIBOTCB3wIUSKpTyjLmme94PgRbf0S80dYGVuQwCgYIKoZIzj0EAwIwHDEaMBgG
A1UEAwwRRXhhbXBsZSBBdXRob3JpdHkwIBcNMjYxMTI3MDAzODI2WhgPMjEyNjEx
MDMwMDM4MjZaMCAxDTALBgNVBAoMBEFwZXMxDzANBgNVBAMMBmdpYmJvbjBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABBjcEpQm++8PnsySyAFXaEys92q81qdj3fsD
rTzaNtilqyKGH7X6A4JXRV/XCsQWjLXAjEwKd0aFLDTlRNwA6LkwCgYIKoZIzj0E
AwIDSQAwRgIhAMx2h4mHLrdLE9rOdochu0ldZaI74TTsKtSIT3pnVJxfAiEAyGCj
TDP1/yI0bU8rQQAQLcx29m+tYC3lV6geK7nOStI=
-----END CERTIFICATE-----
`;

/** Over ProtoBuf:1 Kong cannot be told to ask for a certificate. */
const protocol = "MsgPack:1";
const config = { authority: AUTHORITY };
const tls = (clientCertificates: string) =>
  ({ scheme: "https", tls: { clientCertificates } }) as const;

describe("client-certificate", () => {
  test("lets in who has one, and tells the service who it is", async () => {
    await using gateway = await testPlugin(clientCertificate, { protocol, config });
    const { response, upstream, runs } = await gateway.request({
      ...tls(CLIENT + AUTHORITY),
      headers: { "x-client-subject": "CN=somebody else" },
    });
    assert.equal(response.status, 200);
    assert.equal(upstream?.headers.get("x-client-subject"), "O=Apes, CN=gibbon");
    const { fingerprint256 } = new X509Certificate(CLIENT);
    assert.equal(upstream?.headers.get("x-client-fingerprint"), fingerprint256);
    assert.deepEqual(runs.map(({ phase }) => phase), ["certificate", "access"]);
  });

  test("turns away who has none, or one of somebody else", async () => {
    await using gateway = await testPlugin(clientCertificate, { protocol, config });
    const refused = [{}, { scheme: "https" as const }, tls(FORGED), tls("nonsense")];
    for (const request of refused) {
      const { response, upstream } = await gateway.request(request);
      assert.equal(response.status, 401);
      assert.equal(upstream, undefined);
    }
  });

  test("turns away one that was revoked, or is not valid any more", async () => {
    const { fingerprint256 } = new X509Certificate(CLIENT);
    const revoked = { ...config, revoked: [fingerprint256] };
    await using strict = await testPlugin(clientCertificate, { protocol, config: revoked });
    assert.equal((await strict.request(tls(CLIENT))).response.status, 401);
    await using later = await testPlugin(clientCertificate, {
      protocol,
      config,
      now: "2200-01-01",
    });
    const { response } = await later.request(tls(CLIENT));
    assert.deepEqual(response.json(), { message: "This certificate is not valid today." });
  });
});
