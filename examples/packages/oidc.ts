// Sends people to an OpenID provider to sign in, and tells the service who they are.
//
//   npm install openid-client jose
//   curl -i http://127.0.0.1:8000/ -H "accept: text/html"        302, to the provider
//
// The code flow with PKCE. Nothing is kept here: who signs in, and who has, is in two cookies that only
// this plugin can read. Programs, which send no Accept of pages, get 401 in place of a redirect.
import { createHash } from "node:crypto";
import { definePlugin, type Kong } from "gibbon";
import { EncryptJWT, jwtDecrypt } from "jose";
import * as oidc from "openid-client";
import * as v from "valibot";

const LOGIN = "oidc_login";
const SESSION = "oidc_session";
const LOGIN_SECONDS = 600;

export default definePlugin({
  version: "1.0.0",
  priority: 1010,
  config: v.object({
    issuer: v.pipe(v.string(), v.url(), v.description("The provider, as its tokens name it.")),
    client_id: v.pipe(v.string(), v.nonEmpty(), v.description("This service at the provider.")),
    client_secret: v.pipe(
      v.string(),
      v.nonEmpty(),
      v.description("Its secret."),
      v.metadata({ kong: { referenceable: true, encrypted: true } }),
    ),
    url: v.pipe(v.string(), v.url(), v.description("Where people reach this service.")),
    callback: v.pipe(
      v.optional(v.pipe(v.string(), v.startsWith("/")), "/oidc/callback"),
      v.description("The path that the provider sends people back to."),
    ),
    cookie_secret: v.pipe(
      v.string(),
      v.minLength(32, "It takes 32 characters."),
      v.description("What the cookies are encrypted with."),
      v.metadata({ kong: { referenceable: true, encrypted: true } }),
    ),
    seconds: v.pipe(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(60)), 3600),
      v.description("How long somebody stays signed in."),
    ),
  }),

  init(config) {
    return new Login(config);
  },

  async access(kong, { callback, seconds }, login) {
    const cookies = readCookies(await kong.request.getHeader("cookie"));
    // Nobody but this plugin says who somebody is.
    kong.service.request.clearHeader("x-user");
    if (await kong.request.getPath() === callback) {
      const answer = await login.finish(await kong.request.getRawQuery(), cookies.get(LOGIN));
      if (!answer) return kong.response.exit(400, { message: "Signing in failed. Try again." });
      return kong.response.exit(302, "", {
        location: answer.to,
        "set-cookie": [cookie(SESSION, answer.session, seconds), cookie(LOGIN, "", 0)],
      });
    }
    const user = await login.userOf(cookies.get(SESSION));
    if (user !== undefined) return kong.service.request.setHeader("x-user", user);
    return await askToSignIn(kong, login);
  },
});

async function askToSignIn(kong: Kong, login: Login): Promise<void> {
  const isPage = await kong.request.getMethod() === "GET" &&
    (await kong.request.getHeader("accept") ?? "").includes("text/html");
  if (!isPage) return kong.response.exit(401, { message: "Sign in first." });
  const begun = await login.begin(await kong.request.getPathWithQuery());
  return kong.response.exit(302, "", {
    location: begun.location,
    "set-cookie": [cookie(LOGIN, begun.cookie, LOGIN_SECONDS)],
  });
}

interface LoginConfig {
  readonly issuer: string;
  readonly client_id: string;
  readonly client_secret: string;
  readonly url: string;
  readonly callback: string;
  readonly cookie_secret: string;
  readonly seconds: number;
}

/** What goes on between a browser, the provider and here. */
class Login {
  readonly #config: LoginConfig;
  readonly #key: Uint8Array;
  #provider: Promise<oidc.Configuration> | undefined;

  constructor(config: LoginConfig) {
    this.#config = config;
    this.#key = createHash("sha256").update(config.cookie_secret).digest();
  }

  /** Where to sign in, and the cookie that has to come back from there. */
  async begin(to: string): Promise<{ location: string; cookie: string }> {
    const verifier = oidc.randomPKCECodeVerifier();
    const state = oidc.randomState();
    const nonce = oidc.randomNonce();
    const url = oidc.buildAuthorizationUrl(await this.#discover(), {
      redirect_uri: this.#config.url + this.#config.callback,
      scope: "openid",
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
    });
    return {
      location: url.href,
      cookie: await this.#seal({ verifier, state, nonce, to }, LOGIN_SECONDS),
    };
  }

  /** Who has come back, as the session's cookie; undefined if it does not fit what was begun. */
  async finish(query: string, begun: string | undefined) {
    const login = await this.#open(begun);
    if (!login) return undefined;
    const { verifier, state, nonce, to } = login as Record<string, string>;
    const here = new URL(`${this.#config.url}${this.#config.callback}?${query}`);
    try {
      const tokens = await oidc.authorizationCodeGrant(await this.#discover(), here, {
        pkceCodeVerifier: verifier!,
        expectedState: state!,
        expectedNonce: nonce!,
        idTokenExpected: true,
      });
      const session = await this.#seal({ user: tokens.claims()!.sub }, this.#config.seconds);
      return { session, to: to! };
    } catch (error) {
      console.warn("signing in failed:", error instanceof Error ? error.message : error);
      return undefined;
    }
  }

  async userOf(session: string | undefined): Promise<string | undefined> {
    const user = (await this.#open(session))?.["user"];
    return typeof user === "string" ? user : undefined;
  }

  /** What the provider says of itself, asked again if that failed. */
  #discover(): Promise<oidc.Configuration> {
    const { issuer, client_id, client_secret } = this.#config;
    const isLocal = new URL(issuer).hostname === "127.0.0.1";
    const options = isLocal ? { execute: [oidc.allowInsecureRequests] } : {};
    return this.#provider ??= oidc.discovery(
      new URL(issuer),
      client_id,
      client_secret,
      undefined,
      options,
    ).catch((error) => {
      this.#provider = undefined;
      throw error;
    });
  }

  #seal(what: Record<string, unknown>, seconds: number): Promise<string> {
    return new EncryptJWT(what).setProtectedHeader({ alg: "dir", enc: "A256GCM" })
      .setExpirationTime(Math.floor(Date.now() / 1000) + seconds).encrypt(this.#key);
  }

  async #open(sealed: string | undefined): Promise<Record<string, unknown> | undefined> {
    if (!sealed) return undefined;
    return await jwtDecrypt(sealed, this.#key).then(({ payload }) => payload, () => undefined);
  }
}

function cookie(name: string, value: string, seconds: number): string {
  return `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; Secure; SameSite=Lax`;
}

function readCookies(header: string | undefined): Map<string, string> {
  const pairs = (header ?? "").split(/; */).map((pair) => pair.split("=", 2));
  return new Map(pairs.map(([name = "", value = ""]) => [name, value]));
}
