// A certificate that vouches for itself: for the names of this machine, and for nobody else.
import { Buffer } from "node:buffer";
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { bitString, der, oid, time } from "./der.ts";

/** Key and certificate, as PEM. */
export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

/** Browsers refuse certificates that live longer than 825 days. */
const DAYS = 820;

/** The names of this machine. No client takes `*.localhost`: a star needs two labels behind it. */
const NAMES = ["localhost"];
const ADDRESSES = [
  Buffer.from([127, 0, 0, 1]),
  Buffer.from([...Array<number>(15).fill(0), 1]),
];

const ECDSA_WITH_SHA256 = der("sequence", oid("1.2.840.10045.4.3.2"));
const SUBJECT = der(
  "sequence",
  der("set", der("sequence", oid("2.5.4.3"), der("utf8", Buffer.from("gibbon dev")))),
);

/** An extension of X.509 (RFC 5280, 4.2). */
function extension(id: string, isCritical: boolean, value: Uint8Array): Buffer {
  const critical = isCritical ? [der("boolean", Buffer.from([0xff]))] : [];
  return der("sequence", oid(id), ...critical, der("octets", value));
}

const EXTENSIONS = [
  // subjectAltName: [2] is a name of DNS, [7] an address.
  extension(
    "2.5.29.17",
    false,
    der(
      "sequence",
      ...NAMES.map((name) => der(0x82, Buffer.from(name))),
      ...ADDRESSES.map((address) => der(0x87, address)),
    ),
  ),
  // basicConstraints: it signs no others. keyUsage: digitalSignature. extKeyUsage: serverAuth.
  extension("2.5.29.19", true, der("sequence")),
  extension("2.5.29.15", true, der("bits", Buffer.from([7, 0x80]))),
  extension("2.5.29.37", false, der("sequence", oid("1.3.6.1.5.5.7.3.1"))),
];

/** Makes a key on P-256 and its certificate. */
export function selfSigned(now = new Date()): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  // Clocks differ a little.
  const from = new Date(now.getTime() - 3_600_000);
  const until = new Date(now.getTime() + DAYS * 86_400_000);
  // A positive number: its first bit is not set, and some other one is.
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  const toSign = der(
    "sequence",
    der(0xa0, der("integer", Buffer.from([2]))),
    der("integer", serial),
    ECDSA_WITH_SHA256,
    SUBJECT,
    der("sequence", time(from), time(until)),
    SUBJECT,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, der("sequence", ...EXTENSIONS)),
  );
  const signature = sign("sha256", toSign, privateKey);
  const certificate = der("sequence", toSign, ECDSA_WITH_SHA256, bitString(signature));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    cert: pem("CERTIFICATE", certificate),
  };
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
