// The development gateway's own certificate: made at the first start, and kept for the next ones.
import { X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { attempt } from "../../base/printable.ts";
import { type KeyPair, selfSigned } from "./self_signed.ts";

/** A key pair, and where it is. */
export interface OwnCertificate extends KeyPair {
  /** The certificate's file; undefined if it could not be kept: the next start makes another one. */
  readonly file: string | undefined;
}

/** With so little left, another one is made, in milliseconds: a week. */
const LEAST_MS = 7 * 86_400_000;

/** Where state belongs on this system, by the XDG base directories. */
function stateFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const home = env.XDG_STATE_HOME || (env.HOME ?? attempt(homedir));
  if (!home) return undefined;
  return env.XDG_STATE_HOME ? join(home, "gibbon") : join(home, ".local", "state", "gibbon");
}

/** Reads the certificate, or makes one. */
export function ownCertificate(env: Readonly<Record<string, string | undefined>>): OwnCertificate {
  const folder = stateFolder(env);
  if (folder === undefined) return { ...selfSigned(), file: undefined };
  const file = join(folder, "dev-certificate.pem");
  const kept = attempt(() => read(file));
  if (kept) return { ...kept, file };
  const made = selfSigned();
  const isKept = attempt(() => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Both in one file: nobody can ever find one without the other.
    writeFileSync(file, made.cert + made.key, { mode: 0o600 });
    return true;
  });
  return { ...made, file: isKept ? file : undefined };
}

/** @throws {Error} if there is none that can be used for some time yet */
function read(file: string): KeyPair {
  const text = readFileSync(file, "utf8");
  const at = text.indexOf("-----BEGIN PRIVATE KEY-----");
  const [cert, key] = [text.slice(0, at), text.slice(at)];
  const certificate = new X509Certificate(cert);
  const left = Date.parse(certificate.validTo) - Date.now();
  if (at <= 0 || left < LEAST_MS) throw new Error("it is used up");
  return { cert, key };
}
