// jwt: a signed token in Authorization, the query or a cookie.
import { Buffer } from "node:buffer";
import * as v from "valibot";
import { strictRecord } from "../config/entity_parts.ts";
import { flag, oneOf, set, text } from "../config/field_types.ts";
import {
  authenticated,
  type AuthIdentity,
  type BundledPlugin,
  type BundledRun,
  type Refusal,
} from "./bundled_plugin.ts";
import { consumerOf } from "./credentials.ts";
import { isSignedWith, type JsonWebToken, readToken } from "./json_web_token.ts";

type Config = Readonly<Record<string, unknown>>;

const listOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((item): item is string =>
    typeof item === "string" && item !== ""
  );

/** Every token that a request has. */
async function tokensOf({ perform }: BundledRun, config: Config): Promise<Set<string>> {
  const tokens = new Set<string>();
  const query = await perform("kong.request.get_query", []) as Map<string, unknown>;
  for (const name of config.uri_param_names as string[]) {
    listOf(query.get(name)).forEach((token) => tokens.add(token));
  }
  const headers = await perform("kong.request.get_headers", []) as Map<string, unknown>;
  const cookies = listOf(headers.get("cookie")).flatMap((line) => line.split(";"));
  for (const name of config.cookie_names as string[]) {
    const cookie = cookies.map((one) => one.trim()).find((one) => one.startsWith(`${name}=`));
    listOf(cookie?.slice(name.length + 1)).forEach((token) => tokens.add(token));
  }
  for (const name of config.header_names as string[]) {
    const [line = ""] = listOf(headers.get(name.toLowerCase()));
    const token = /\s*[Bb]earer\s+(.+)/.exec(line)?.[1];
    if (token !== undefined) tokens.add(token);
  }
  return tokens;
}

/** What is wrong with a token's times, by claim. */
function badTimes({ claims }: JsonWebToken, config: Config): Record<string, string> | undefined {
  const errors: Record<string, string> = {};
  const now = Date.now() / 1000;
  for (const name of (config.claims_to_verify ?? []) as string[]) {
    const value = claims[name];
    if (typeof value !== "number") errors[name] = "must be a number";
    else if (name === "exp" && value <= now) errors.exp = "token expired";
    else if (name === "nbf" && value > now) errors.nbf = "token not valid yet";
  }
  if (Object.keys(errors).length > 0) return errors;
  const most = Number(config.maximum_expiration);
  const isLong = most > 0 && !(typeof claims.exp === "number" && claims.exp - now <= most);
  return isLong ? { exp: "exceeds maximum allowed expiration" } : undefined;
}

async function identify(run: BundledRun, config: Config): Promise<AuthIdentity | Refusal> {
  const { realm } = config;
  const base = realm === undefined ? "Bearer" : `Bearer realm="${realm}"`;
  const broken = `${base}${realm === undefined ? "" : ","} error="invalid_token"`;
  const refused = (message: Refusal["message"], challenge = broken): Refusal => {
    return { status: 401, message, challenge };
  };
  const [token, other] = await tokensOf(run, config);
  if (token === undefined) return refused("Unauthorized", base);
  if (other !== undefined) return refused("Multiple tokens provided");
  const parsed = readToken(token);
  if (typeof parsed === "string") return refused(`Bad token; ${parsed}`);
  const claim = String(config.key_claim_name);
  const key = parsed.claims[claim] ?? parsed.header[claim];
  if (key === undefined || key === null) return refused(`No mandatory '${claim}' in claims`);
  if (key === "") return refused(`Invalid '${claim}' in claims`);
  const credential = run.store.jwt.find((one) => one.key === key);
  if (!credential) return refused(`No credentials found for given '${claim}'`);
  if (parsed.header.alg !== credential.algorithm) return refused("Invalid algorithm");
  const isSymmetric = String(credential.algorithm).startsWith("HS");
  const secret = isSymmetric ? credential.secret : credential.rsa_public_key;
  if (typeof secret !== "string") return refused("Invalid key/secret");
  const encoding = isSymmetric && config.secret_is_base64 === true ? "base64url" : "utf8";
  if (!isSignedWith(parsed, Buffer.from(secret, encoding))) return refused("Invalid signature");
  const errors = badTimes(parsed, config);
  if (errors) return refused(errors);
  await run.perform("kong.ctx.shared.set", ["authenticated_jwt_token", token]);
  return { consumer: consumerOf(run.store, credential), credential, identifier: credential.key };
}

const names = (...otherwise: string[]) => v.optional(set(text), otherwise);

/** Kong's jwt. */
export const jwt: BundledPlugin = {
  priority: 1450,
  config: v.pipe(
    strictRecord({
      uri_param_names: names("jwt"),
      cookie_names: names(),
      header_names: names("authorization"),
      key_claim_name: v.optional(text, "iss"),
      secret_is_base64: v.optional(flag, false),
      claims_to_verify: v.optional(set(oneOf(["exp", "nbf"]))),
      anonymous: v.optional(text),
      run_on_preflight: v.optional(flag, true),
      maximum_expiration: v.optional(
        v.pipe(
          v.number("expected a number"),
          v.minValue(0, "value should be between 0 and 31536000"),
          v.maxValue(31_536_000, "value should be between 0 and 31536000"),
        ),
        0,
      ),
      realm: v.optional(text),
    }),
    v.check(
      ({ maximum_expiration, claims_to_verify }) =>
        maximum_expiration === 0 ||
        (claims_to_verify as string[] | undefined)?.includes("exp") === true,
      "claims_to_verify: expected to contain: exp",
    ),
  ),
  access: (run, config) =>
    authenticated(
      run,
      config,
      () => identify(run, config),
      ({ status, message, challenge }) =>
        run.perform("kong.response.exit", [
          status,
          typeof message === "string" ? { message } : message,
          { "WWW-Authenticate": challenge },
        ]),
    ),
};
