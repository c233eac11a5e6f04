// basic-auth: a name and a password in Authorization, or in Proxy-Authorization.
import { Buffer } from "node:buffer";
import { timingSafeEqual } from "node:crypto";
import * as v from "valibot";
import { strictRecord } from "../config/entity_parts.ts";
import { flag, text } from "../config/field_types.ts";
import {
  authenticated,
  type AuthIdentity,
  type BundledPlugin,
  type BundledRun,
  type Refusal,
  refuseWithError,
} from "./bundled_plugin.ts";
import { consumerOf, passwordHash } from "./credentials.ts";

type Config = Readonly<Record<string, unknown>>;

/** Name and password of a header. */
function given(header: unknown): { username: string; password: Uint8Array } | undefined {
  const encoded = /\s*[Bb]asic\s*(.+)/.exec(typeof header === "string" ? header : "")?.[1];
  if (encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, "base64");
  const at = bytes.indexOf(":");
  if (at < 1) return undefined;
  return { username: bytes.subarray(0, at).toString("utf8"), password: bytes.subarray(at + 1) };
}

async function identify(run: BundledRun, config: Config): Promise<AuthIdentity | Refusal> {
  const { perform, store } = run;
  const challenge = `Basic realm="${config.realm}"`;
  const refused: Refusal = { status: 401, message: "Unauthorized", challenge };
  for (const name of ["proxy-authorization", "authorization"]) {
    const shown = given(await perform("kong.request.get_header", [name]));
    if (config.hide_credentials === true) {
      await perform("kong.service.request.clear_header", [name]);
    }
    const credential = shown && store.basicAuth.find((one) => one.username === shown.username);
    if (!credential) continue;
    const { id } = credential.consumer as Config;
    const [right, wrong] = [
      passwordHash(id, String(credential.password)),
      passwordHash(id, shown.password),
    ].map((hash) => Buffer.from(hash)) as [Buffer, Buffer];
    if (!timingSafeEqual(right, wrong)) return refused;
    const consumer = consumerOf(store, credential);
    // Plugins see what Kong keeps: the hash in place of the password.
    const kept = { ...credential, password: right.toString() };
    return { consumer, credential: kept, identifier: credential.username };
  }
  return refused;
}

/** Kong's basic-auth. */
export const basicAuth: BundledPlugin = {
  priority: 1100,
  config: strictRecord({
    anonymous: v.optional(text),
    hide_credentials: v.optional(flag, false),
    realm: v.optional(text, "service"),
  }),
  access: (run, config) =>
    authenticated(run, config, () => identify(run, config), refuseWithError(run)),
};
