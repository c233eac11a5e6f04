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
      remedy: "Look whether nats-server runs there, and takes this user, token or certificate.",
      cause,
    });
  }
}

interface Server {
  /** HOST:PORT: what may be shown. */
  readonly host: string;
  readonly isTls: boolean;
  /** As the URL says; empty where it does not. */
  readonly user: string;
  readonly password: string;
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
    return {
      host: `${url.hostname}:${url.port || 4222}`,
      isTls: url.protocol === "tls:",
      user: decode(url.username),
      password: decode(url.password),
    };
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw noServer("one has a % in its user or password that stands for nothing; write it as %25");
  }
}

function noServer(why: string): GibbonError {
  return new GibbonError("OPTION_INVALID", `The servers of NATS: ${why}`, {
    remedy: "Name them as nats://HOST:PORT, or tls://HOST:PORT, with commas between.",
  });
}

/**
 * Who the hub is. What the URLs say of it counts where nothing else is said.
 *
 * @throws {GibbonError} OPTION_INVALID for a password that is nobody's
 */
function accessOf(
  { user, password, token, credentials, tls }: JoinOptions,
  servers: readonly Server[],
  byCredentials: typeof import("@nats-io/transport-node").credsAuthenticator,
): Partial<ConnectionOptions> {
  const said = servers.find((server) => server.user !== "");
  const pass = password ?? (said?.password || undefined);
  // A URL that names one word alone has a token there, as NATS has it.
  const word = token ?? (user === undefined && pass === undefined ? said?.user : undefined);
  const name = user ?? (word === undefined ? said?.user : undefined);
  if (pass !== undefined && name === undefined) {
    throw new GibbonError("OPTION_INVALID", "There is a password for NATS, and no user", {
      remedy: "Name the user too, in the URL or beside the password.",
    });
  }
  return {
    ...(name !== undefined && { user: name }),
    ...(pass !== undefined && { pass }),
    ...(word !== undefined && { token: word }),
    ...(credentials !== undefined && { authenticator: byCredentials(Buffer.from(credentials)) }),
    ...((tls !== undefined || servers.some(({ isTls }) => isTls)) && { tls: { ...tls } }),
  };
}
