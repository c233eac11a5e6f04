// Provenance: a statement of in-toto with SLSA's predicate, and its signature where there is a key.
import { Buffer } from "node:buffer";
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { RUNTIME_VERSIONS } from "../runtimes.ts";
import type { BundledPackage } from "./contents.ts";
import { type NamedFile, sha256 } from "./digests.ts";
import type { Release } from "./release.ts";

/** What the statement is about. */
export interface Built {
  readonly release: Release;
  readonly files: readonly NamedFile[];
  readonly packages: readonly BundledPackage[];
  readonly targets: readonly string[];
  /** SHA-256 of the Bun that compiled. */
  readonly bunDigest: string;
}

const PAYLOAD_TYPE = "application/vnd.in-toto+json";

/** The statement: which files were made, of what. It has no time of its own, so that it is repeatable. */
export function statementOf({ release, files, packages, targets, bunDigest }: Built): object {
  const { bun, deno } = RUNTIME_VERSIONS;
  const dependencies = packages.map(({ name, version, integrity }) => {
    const uri = `pkg:npm/${name.replace("@", "%40")}@${version}`;
    const [algorithm = "", digest = ""] = integrity?.split("-") ?? [];
    if (algorithm === "") return { uri };
    return { uri, digest: { [algorithm]: Buffer.from(digest, "base64").toString("hex") } };
  });
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: files.map(({ name, data }) => ({ name, digest: { sha256: sha256(data) } })),
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "urn:gibbon:deno-task-release:1",
        externalParameters: { version: release.version, targets },
        internalParameters: { filesDifferFromTheCommit: release.isChanged },
        resolvedDependencies: [
          { name: "gibbon", digest: { gitCommit: release.commit } },
          { uri: `pkg:npm/bun@${bun}`, digest: { sha256: bunDigest } },
          { uri: `pkg:npm/deno@${deno}` },
          ...dependencies,
        ],
      },
      runDetails: { builder: { id: "urn:gibbon:whoever-runs-deno-task-release" } },
    },
  };
}

/**
 * The statement in an envelope (DSSE) that is signed.
 *
 * @param key a private key of Ed25519 or another kind that needs no digest named, as PEM
 */
export function signStatement(statement: object, key: string): object {
  const payload = Buffer.from(JSON.stringify(statement));
  const privateKey = createPrivateKey(key);
  const hash = privateKey.asymmetricKeyType === "ed25519" ? null : "sha256";
  const sig = sign(hash, preAuthentication(payload), privateKey).toString("base64");
  const publicKey = createPublicKey(key).export({ type: "spki", format: "der" });
  const keyid = createHash("sha256").update(publicKey).digest("hex");
  return {
    payloadType: PAYLOAD_TYPE,
    payload: payload.toString("base64"),
    signatures: [{ keyid, sig }],
  };
}

/** What of an envelope is signed: its type and its payload, each behind its length in bytes. */
export function preAuthentication(payload: Uint8Array): Uint8Array {
  const type = `${Buffer.byteLength(PAYLOAD_TYPE)} ${PAYLOAD_TYPE}`;
  return Buffer.concat([Buffer.from(`DSSEv1 ${type} ${payload.length} `), payload]);
}
