// Lets in who has a JSON Web Token of an issuer that is trusted, and tells the service whose it is.
//
//   npm install jose
//   curl -i http://127.0.0.1:8000/ -H "authorization: Bearer $TOKEN"
//
// Keys are fetched from the issuer, kept, and fetched again when a token names one that is not known.
import { definePlugin, type Kong } from "gibbon";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import * as v from "valibot";

export default definePlugin({
  version: "1.0.0",
  priority: 1005,
  config: v.object({
    keys: v.pipe(v.string(), v.url(), v.description("URL of the issuer's key set (JWKS).")),
    issuer: v.pipe(v.string(), v.nonEmpty(), v.description("Who has to have issued a token.")),
    audience: v.pipe(v.string(), v.nonEmpty(), v.description("Whom it has to be meant for.")),
    algorithms: v.pipe(
      v.optional(v.array(v.picklist(["RS256", "PS256", "ES256", "EdDSA"])), ["RS256", "ES256"]),
      v.description("Signatures that count. None that a shared secret makes is among them."),
    ),
    scope: v.pipe(
      v.optional(v.pipe(v.string(), v.nonEmpty())),
      v.description("What a token has to allow."),
    ),
  }),

  // Once for each configuration: the keys that were fetched are kept here.
  init({ keys }) {
    return createRemoteJWKSet(new URL(keys), { timeoutDuration: 3000, cooldownDuration: 10_000 });
  },

  async access(kong, { issuer, audience, algorithms, scope }, keySet) {
    const header = await kong.request.getHeader("authorization") ?? "";
    const [, token] = /^bearer +([\w.-]+)$/i.exec(header) ?? [];
    if (token === undefined) return refuse(kong, "invalid_request", "a bearer token is needed");
    try {
      const options = { issuer, audience, algorithms, clockTolerance: 5 };
      const { payload } = await jwtVerify(token, keySet, options);
      const scopes = String(payload["scope"] ?? "").split(" ");
      if (scope !== undefined && !scopes.includes(scope)) {
        return refuse(kong, "insufficient_scope", `the scope ${scope} is needed`, 403);
      }
      kong.service.request.setHeaders({
        "x-subject": payload.sub ?? "",
        "x-scope": scopes.join(" "),
      });
    } catch (error) {
      // The network's fault is nobody's token: the client may try again.
      if (!isTokensFault(error)) {
        kong.log.err("keys cannot be had: ", error);
        return kong.response.exit(503, { message: "Tokens cannot be checked just now." });
      }
      return refuse(kong, "invalid_token", error.message);
    }
  },
});

function isTokensFault(error: unknown): error is errors.JOSEError {
  return error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout) &&
    // What jose says where the key set's server does not answer with 200 and JSON.
    error.code !== "ERR_JOSE_GENERIC";
}

/** Refuses as RFC 6750 has it. */
function refuse(kong: Kong, code: string, text: string, status = 401): never {
  const description = text.replace(/["\\]/g, "'");
  return kong.response.exit(status, { message: text }, {
    "www-authenticate": `Bearer error="${code}", error_description="${description}"`,
  });
}
