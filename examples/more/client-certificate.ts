// Lets in who shows a certificate that one's own authority has signed (mTLS), and tells the service who it is.
//
//   curl -ik https://127.0.0.1:8443/ --cert client.pem --key client.key
//
// gibbon dev asks no client for a certificate, so the answer there is 401; Kong does. A test shows the rest.
// Kong can ask for it over MsgPack:1 alone: gibbon dump --protocol MsgPack:1.
//
// The authority's certificate goes into the configuration, in PEM. Kong checks in the handshake that the
// client has the certificate's key.
import { X509Certificate } from "node:crypto";
import { definePlugin } from "gibbon";
import * as v from "valibot";

/** Headers with which the service learns who asks. Nobody else may send them. */
const SUBJECT = "x-client-subject";
const FINGERPRINT = "x-client-fingerprint";

export default definePlugin({
  version: "1.0.0",
  priority: 1500,
  config: v.object({
    authority: v.pipe(
      v.string(),
      v.startsWith("-----BEGIN CERTIFICATE-----"),
      v.description("Certificate of the authority that signs the clients' ones, in PEM."),
    ),
    revoked: v.pipe(
      v.optional(v.set(v.pipe(v.string(), v.nonEmpty())), new Set<string>()),
      v.description("SHA-256 fingerprints of certificates that are not good any more."),
    ),
  }),

  init: ({ authority }) => new X509Certificate(authority),

  async certificate(kong) {
    await kong.client.tls.requestClientCertificate();
  },

  async access(kong, { revoked }, authority) {
    const chain = await kong.client.tls.getFullClientCertificateChain();
    const refusal = chain === undefined
      ? "Show a certificate."
      : whyNot(chain, authority, revoked, Date.now());
    if (refusal !== undefined || chain === undefined) {
      return kong.response.exit(401, { message: refusal });
    }
    const { subject, fingerprint256 } = new X509Certificate(chain);
    kong.service.request.setHeaders({
      [SUBJECT]: subject.replaceAll("\n", ", "),
      [FINGERPRINT]: fingerprint256,
    });
  },
});

/** Why a certificate is not good enough; undefined if it is. Of a chain, the first one counts. */
function whyNot(
  chain: string,
  authority: X509Certificate,
  revoked: ReadonlySet<string>,
  now: number,
): string | undefined {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(chain);
  } catch {
    return "This is no certificate.";
  }
  const isSigned = certificate.issuer === authority.subject &&
    certificate.verify(authority.publicKey);
  if (!isSigned) return "Nobody here knows who signed this certificate.";
  const from = Date.parse(certificate.validFrom);
  const until = Date.parse(certificate.validTo);
  if (now < from || now > until) return "This certificate is not valid today.";
  return revoked.has(certificate.fingerprint256) ? "This certificate was revoked." : undefined;
}
