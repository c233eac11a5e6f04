// JSON Web Tokens: taken apart, and their signatures checked, as Kong's jwt does it.
import { Buffer } from "node:buffer";
import { constants, createHmac, createPublicKey, timingSafeEqual, verify } from "node:crypto";

type Json = Readonly<Record<string, unknown>>;

/** A token, in parts. */
export interface JsonWebToken {
  readonly header: Json;
  readonly claims: Json;
  /** What was signed. */
  readonly signed: string;
  readonly signature: Uint8Array;
}

const ALGORITHM = /^(?:(HS|RS|ES|PS)(256|384|512)|EdDSA)$/;

/** A token, or why it is none. */
export function readToken(text: string): JsonWebToken | string {
  const [header64 = "", claims64 = "", signature64] = text.split(".");
  const decode = (part: string): Json | undefined => {
    const value = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? value : undefined;
  };
  let header, claims;
  try {
    [header, claims] = [decode(header64), decode(claims64)];
  } catch {
    return "invalid JSON";
  }
  if (typeof header?.alg !== "string" || !ALGORITHM.test(header.alg)) return "invalid alg";
  if (!claims) return "invalid claims";
  if (signature64 === undefined) return "invalid signature";
  const signature = Buffer.from(signature64, "base64url");
  return { header, claims, signed: `${header64}.${claims64}`, signature };
}

/**
 * Whether a token was signed with a key.
 *
 * @param key the secret, or the public key as PEM
 */
export function isSignedWith({ header, signed, signature }: JsonWebToken, key: Uint8Array) {
  const [, kind, bits] = ALGORITHM.exec(String(header.alg)) ?? [];
  if (kind === "HS") {
    const right = createHmac(`sha${bits}`, key).update(signed).digest();
    return right.length === signature.length && timingSafeEqual(right, signature);
  }
  try {
    const publicKey = createPublicKey({ key: Buffer.from(key), format: "pem" });
    const padding = kind === "PS" ? { padding: constants.RSA_PKCS1_PSS_PADDING } : {};
    const encoding = kind === "ES" ? { dsaEncoding: "ieee-p1363" as const } : {};
    const digest = bits === undefined ? null : `sha${bits}`;
    return verify(
      digest,
      Buffer.from(signed),
      { key: publicKey, ...padding, ...encoding },
      signature,
    );
  } catch {
    return false;
  }
}
