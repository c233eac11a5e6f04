// The connection to NATS: made once, kept up by the client, and looked after.
import { Buffer } from "node:buffer";
import type { ConnectionOptions, NatsConnection } from "@nats-io/transport-node";
import { GibbonError, messageOf } from "../../../base/errors.ts";
import { inTime } from "../../../base/waiting.ts";
import type { JoinOptions } from "./options.ts";

/** How long the client waits between two tries to connect again, in milliseconds. */
const AGAIN_MS = 250;

/**
 * Connects. Afterwards the client connects again by itself, for ever.
 *
 * @param name what NATS is told that this is
 * @throws {GibbonError} OPTION_INVALID for a URL that is none; SOCKET_FAILED
 */
export async function connectToNats(
  options: JoinOptions,
  name: string,
  connectMs: number,
): Promise<NatsConnection> {
  const servers = serversOf(options);
  // Only those who need it wait for the client to be loaded.
  const client = await import("@nats-io/transport-node");
  const shown = servers.map(({ host }) => host).join(", ");
  const connecting = client.connect({
    ...accessOf(options, servers, client.credsAuthenticator),
    servers: servers.map(({ host }) => host),
    name,
    // What a hub says to all is not meant for itself, nor is its question who has a name.
    noEcho: true,
    timeout: connectMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: AGAIN_MS,
    reconnectJitter: AGAIN_MS,
    reconnectJitterTLS: AGAIN_MS,
    pingInterval: connectMs,
    maxPingOut: 2,
  });
  try {
    return await inTime(2 * connectMs, connecting, () => new Error("it does not answer"));
  } catch (cause) {
    void connecting.then((late) => late.close(), () => {});
    throw new GibbonError("SOCKET_FAILED", `NATS at ${shown}: ${messageOf(cause)}`, {
      remedy: "Look whether nats-server runs there, and takes this user and certificate.",
      cause,
    });
  }
}

interface Server {
  /** HOST:PORT: what may be shown. */
  readonly host: string;
  readonly url: URL;
}

function serversOf({ servers }: JoinOptions): Server[] {
  const texts = (typeof servers === "string" ? servers.split(",") : servers)
    .map((text) => text.trim()).filter((text) => text !== "");
  if (texts.length === 0) throw noServer("none is named");
  return texts.map((text) => {
    const url = URL.parse(text.includes("://") ? text : `nats://${text}`);
    if (!url || !/^(?:nats|tls):$/.test(url.protocol) || url.hostname === "") {
      // Without the text: a password may stand in it.
      throw noServer("one is no URL");
    }
    return { host: `${url.hostname}:${url.port || 4222}`, url };
  });
}

function noServer(why: string): GibbonError {
  return new GibbonError("OPTION_INVALID", `The servers of NATS: ${why}`, {
    remedy: "Name them as nats://HOST:PORT, or tls://HOST:PORT, with commas between.",
  });
}

/** What the URLs say of user, password and token counts where nothing else is said. */
function accessOf(
  { user, password, token, credentials, tls }: JoinOptions,
  servers: readonly Server[],
  byCredentials: typeof import("@nats-io/transport-node").credsAuthenticator,
): Partial<ConnectionOptions> {
  const { username = "", password: inUrl = "" } = servers.find(({ url }) => url.username)?.url ??
    {};
  const isToken = username !== "" && inUrl === "";
  const name = user ?? (isToken ? undefined : decodeURIComponent(username) || undefined);
  const pass = password ?? (decodeURIComponent(inUrl) || undefined);
  const word = token ?? (isToken && user === undefined ? decodeURIComponent(username) : undefined);
  const isTls = tls !== undefined || servers.some(({ url }) => url.protocol === "tls:");
  return {
    ...(name !== undefined && { user: name }),
    ...(pass !== undefined && { pass }),
    ...(word !== undefined && { token: word }),
    ...(credentials !== undefined && { authenticator: byCredentials(Buffer.from(credentials)) }),
    ...(isTls && { tls: { ...tls } }),
  };
}
