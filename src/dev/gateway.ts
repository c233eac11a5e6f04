// The development gateway: plays Kong's part for a plugin server, on real HTTP requests.
import type http from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { type GibbonError, messageOf } from "../base/errors.ts";
import { hostPort } from "../base/host_port.ts";
import { MsgPackClient } from "../kong/emulator/client/client.ts";
import type { PluginServerClient } from "../kong/emulator/client/client_options.ts";
import { ProtoBufClient } from "../kong/emulator/client/protobuf/client.ts";
import type { KongConfig } from "../kong/emulator/config/kong_config.ts";
import type { KongLogEntry } from "../kong/emulator/node.ts";
import type { DevConfig } from "./config.ts";
import { handleRequest, type HandlerOptions } from "./handler.ts";
import { handleUpgrade } from "./upgrade.ts";
import type { ServedHosts } from "./host_check.ts";
import { writeEntry } from "./kong_log.ts";
import type { LeftOut } from "./configured_plugins.ts";
import { PROX_HEAD_BYTES, type ProxPluginFile, ProxPlugins } from "./prox/plugins.ts";
import type { TryRequest } from "./node_setup.ts";
import type { GatewayOptions } from "./gateway_options.ts";
import { type HttpListener, plainListener, secureListener } from "./listeners.ts";
import { Served } from "./served.ts";
import { ServiceConnections } from "./service_connections.ts";

/** A body of 8 MiB has room in a message to the plugin server. */
const BODY_BYTES = 8 * 1024 * 1024;

/** How long requests under way may take when the gateway closes. */
const GRACE_MS = 2000;

/** A running gateway. */
export interface Gateway {
  /** Such as `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Such as `https://127.0.0.1:8443`, or why there is none; undefined if it is not wanted. */
  readonly secure: { readonly url: string } | { readonly reason: string } | undefined;
  /** The plugins that run, in the order in which they do. */
  readonly plugins: readonly string[];
  /** What to try first. */
  readonly example: TryRequest;
  /** Those that do not, and why. */
  readonly leftOut: readonly LeftOut[];
  /** Takes other plugins or another configuration; requests under way go on with what they have. */
  reload(
    plugins: readonly string[],
    config: DevConfig,
    kong?: KongConfig,
    problems?: readonly GibbonError[],
  ): Promise<void>;
  /** Runs other plugins of prox; requests under way end on what they began with. */
  reloadProx(plugins: readonly ProxPluginFile[]): Promise<void>;
  /** The process of a plugin of prox, by its name. */
  proxPid(name: string): number | undefined;
  /** Takes no more requests; those under way have `graceMs`. Settles when all are over. */
  close(): Promise<void>;
}

/**
 * Starts a gateway.
 *
 * @throws {GibbonError} SOCKET_IN_USE, SOCKET_FAILED if it cannot listen; OPTION_INVALID for an
 * upstream that is no URL
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const gateway = new DevGateway(options);
  try {
    const { plugins, config = {}, kong, problems } = options;
    await gateway.reload(plugins, config, kong, problems);
    await gateway.listen();
  } catch (error) {
    await gateway.close();
    throw error;
  }
  return gateway;
}

class DevGateway implements Gateway {
  readonly #options: GatewayOptions;
  readonly #client: PluginServerClient;
  readonly #plain: HttpListener;
  readonly #secure: HttpListener | undefined;
  readonly #running = new Set<Promise<void>>();
  /** Connections that speak another protocol by now. */
  readonly #upgraded = new Set<Duplex>();
  readonly #prox: ProxPlugins | undefined;
  readonly #served: Served;
  readonly #services = new ServiceConnections();
  #secureFailure: string | undefined;
  #hosts: Omit<ServedHosts, "port">;

  constructor(options: GatewayOptions) {
    this.#options = options;
    const { runtime } = options;
    this.#client = createClient(options);
    this.#served = new Served(this.#client, options);
    this.#hosts = this.#servedHosts({});
    const take = { request: this.#handle, upgrade: this.#upgrade };
    const { secure, prox: around } = options;
    const isOpen = !around || around.plugins.length === 0;
    this.#plain = isOpen ? plainListener(take) : plainListener(take, PROX_HEAD_BYTES);
    // Plugins of prox are asked about connections of HTTP, and must not be gone around.
    this.#secure = secure && isOpen ? secureListener(secure, take) : undefined;
    const { prox, config = {} } = options;
    if (!prox || prox.plugins.length === 0) return;
    const { prox: route = {} } = config;
    this.#prox = new ProxPlugins({ runtime, log: options.log, config: route, ...prox });
  }

  get url(): string {
    const { host = "127.0.0.1" } = this.#options;
    return `http://${hostPort(host, this.#plain.port)}`;
  }

  get secure(): Gateway["secure"] {
    if (this.#secureFailure !== undefined) return { reason: this.#secureFailure };
    const { host = "127.0.0.1" } = this.#options;
    return this.#secure && { url: `https://${hostPort(host, this.#secure.port)}` };
  }

  get plugins(): readonly string[] {
    return this.#served.pluginNames;
  }

  get example(): TryRequest {
    return this.#served.example;
  }

  get leftOut(): readonly LeftOut[] {
    return this.#served.leftOut;
  }

  async reload(
    names: readonly string[],
    config: DevConfig,
    kong?: KongConfig,
    problems: readonly GibbonError[] = [],
  ): Promise<void> {
    await this.#served.reload(names, config, kong, problems);
    this.#hosts = this.#servedHosts(config);
  }

  async reloadProx(plugins: readonly ProxPluginFile[]): Promise<void> {
    await this.#prox?.reload(plugins);
  }

  proxPid(name: string): number | undefined {
    return this.#prox?.pidOf(name);
  }

  async listen(): Promise<void> {
    const { host = "127.0.0.1", port = 8000 } = this.#options;
    await this.#prox?.start(this.#plain.server);
    await this.#plain.listen(host, port);
    // Whoever has something else there wants HTTP all the same.
    await this.#secure?.listen(host, this.#options.secure?.port ?? 0).catch((error) => {
      this.#secureFailure = messageOf(error);
    });
  }

  async close(): Promise<void> {
    const listeners = [this.#plain, ...this.#secure ? [this.#secure] : []];
    const closed = listeners.map((listener) => listener.stop());
    const { graceMs = GRACE_MS } = this.#options;
    await Promise.race([this.#idle(), delay(graceMs, undefined, { ref: false })]);
    // Plugins and clients that take longer are cut off.
    this.#client.close();
    this.#services.close();
    for (const { server } of listeners) server.closeAllConnections();
    for (const connection of this.#upgraded) connection.destroy();
    await Promise.all([...closed, this.#idle(), this.#prox?.stop()]);
  }

  async #idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #servedHosts({ allowHosts: configured = [] }: DevConfig): Omit<ServedHosts, "port"> {
    const { host = "127.0.0.1", allowHosts = [] } = this.#options;
    const { hosts: routed } = this.#served;
    return { host, allowed: [...allowHosts, ...configured], routed };
  }

  readonly #handle = (
    request: http.IncomingMessage,
    response: http.ServerResponse,
    port: number,
  ): void => {
    const handled = this.#now(port).then((now) => handleRequest(request, response, now));
    this.#run(handled, response);
  };

  readonly #upgrade = (
    request: http.IncomingMessage,
    connection: Duplex,
    early: Uint8Array,
    port: number,
  ): void => {
    this.#upgraded.add(connection);
    connection.on("close", () => this.#upgraded.delete(connection));
    const handled = this.#now(port).then((now) => handleUpgrade(request, connection, early, now));
    this.#run(handled, connection);
  };

  #run(handled: Promise<void>, connection: { destroy(): unknown }): void {
    const running: Promise<void> = handled
      .catch((error) => {
        this.#options.log.error(`a request failed: ${messageOf(error)}`);
        connection.destroy();
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** What a request is handled with that comes in now. */
  async #now(port: number): Promise<HandlerOptions> {
    const { report, observe, bodyBytes = BODY_BYTES, refresh, observer } = this.#options;
    await refresh?.();
    return {
      ...this.#served.now,
      prox: this.#prox,
      services: this.#services,
      port,
      hosts: { ...this.#hosts, port },
      bodyBytes,
      observer,
      done: (exchange, status, milliseconds, note) => {
        observer?.ended(exchange, { status, milliseconds, note });
        report(exchange, status, milliseconds, note);
        observe?.(exchange);
      },
    };
  }
}

/** Kong's part on the socket. What the gateway says itself, with the reason, is not said twice. */
function createClient(options: GatewayOptions): PluginServerClient {
  const { runtime, socketPath, ownServer } = options;
  const log = (entry: KongLogEntry) => {
    if (entry.about !== "start") writeEntry(options.log, entry);
  };
  if (options.protocol === "MsgPack:1") return new MsgPackClient({ runtime, socketPath, log });
  const refusalOf = (plugin: string) => ownServer?.startFailure(plugin);
  return new ProtoBufClient({ runtime, socketPath, log, refusalOf });
}
