// How a development gateway is set up.
import type { GibbonError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { KongConfig } from "../kong/emulator/config/kong_config.ts";
import type { Exchange } from "../kong/emulator/exchange.ts";
import type { Runtime } from "../runtime/contract.ts";
import type { DevConfig } from "./config.ts";
import type { OwnServer } from "./own_server.ts";
import type { RequestObserver } from "./request_observer.ts";
import type { KeyPair } from "./tls/self_signed.ts";
import type { ProxPluginFile, ProxPluginsOptions } from "./prox/plugins.ts";

/** How a gateway is set up. */
export interface GatewayOptions {
  readonly runtime: Pick<Runtime, "connect" | "spawn">;
  /** Socket of the plugin server. */
  readonly socketPath: string;
  /** What is spoken on it: ProtoBuf:1 unless said otherwise. */
  readonly protocol?: "ProtoBuf:1" | "MsgPack:1";
  /** What is known of the server beside that. */
  readonly ownServer?: OwnServer;
  /** Plugins to run, as the server knows them. */
  readonly plugins: readonly string[];
  /** Problems of modules that could not be loaded. */
  readonly problems?: readonly GibbonError[];
  /** Plugins of prox, around Kong's. */
  readonly prox?: GatewayProx;
  /** What gibbon.dev.json says. */
  readonly config?: DevConfig;
  /** What kong.yml says, in place of the upstream and the plugins of `config`. */
  readonly kong?: KongConfig | undefined;
  /** 127.0.0.1 unless said otherwise. */
  readonly host?: string;
  /** Names that requests may have as their Host, besides this machine's; see host_check.ts. */
  readonly allowHosts?: readonly string[];
  /** 8000 unless said otherwise; 0 for any that is free. */
  readonly port?: number;
  /** Where requests go: before what `config` says; an echo without either. */
  readonly upstream?: string;
  /** Port, key and certificate of HTTPS; without them there is none. */
  readonly secure?: KeyPair & { readonly port: number };
  /** Takes what Kong would write to its error log. */
  readonly log: Logger;
  /**
   * Hears of each request that is over.
   *
   * @param status what the client got; 499 if it left before that
   * @param milliseconds from the request's first byte to the response's last
   * @param note what else there is to say of it
   */
  readonly report: (
    exchange: Exchange,
    status: number,
    milliseconds: number,
    note?: string,
  ) => void;
  /** Variables that `{vault://env/...}` reads: none unless said otherwise. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Largest body of a request, and of a response that is held back, in bytes: 8 MiB. */
  readonly bodyBytes?: number;
  /** How long requests under way may take when the gateway closes, in milliseconds: 2000. */
  readonly graceMs?: number;
  /** Settles when edits of the plugins and settings are in effect; asked before each request. */
  readonly refresh?: () => Promise<void>;
  /** Watches requests on their way. */
  readonly observer?: RequestObserver;
  /** Sees every exchange when it is over. */
  readonly observe?: (exchange: Exchange) => void;
}

/** The plugins of prox that a gateway runs. */
export interface GatewayProx extends Pick<ProxPluginsOptions, "patienceMs" | "restartDelayMs"> {
  /** In the order in which they are asked. */
  readonly plugins: readonly ProxPluginFile[];
  /** Takes what they say, and what is to be said of them; the gateway's log unless said otherwise. */
  readonly log?: Logger;
}
