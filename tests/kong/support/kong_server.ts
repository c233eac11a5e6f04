// A plugin server for Kong in memory: connections are fed with bytes, answers are collected.
import type { Event } from "../../../src/kong/engine/event.ts";
import type { IdSource } from "../../../src/kong/engine/ids.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../src/kong/engine/limits.ts";
import { createLogger } from "../../../src/base/log.ts";
import type { Plugin } from "../../../src/kong/engine/plugin.ts";
import { PluginRegistry } from "../../../src/kong/engine/registry.ts";
import { KongConnection } from "../../../src/kong/protocol/connection.ts";
import { KongServer, type KongServerOptions } from "../../../src/kong/protocol/server.ts";
import { RpcClient } from "./rpc_client.ts";

export const SERVER_PID = 4711;

/** Starts a server in memory. */
export function startServer(plugins: Plugin[], options: {
  ids?: { instances: IdSource; events: IdSource };
  limits?: Partial<Limits>;
  pluginsDirectory?: string;
  setPluginDir?: (directory: string) => Promise<void>;
  attribute?: (event: Event, run: () => void) => void;
} = {}) {
  const entries: string[] = [];
  const registry = new PluginRegistry();
  registry.replace(plugins);
  const { limits, ...rest } = options;
  const parts: KongServerOptions = {
    registry,
    limits: { ...DEFAULT_LIMITS, ...limits },
    log: createLogger((line) => entries.push(line), "debug"),
    serverPid: SERVER_PID,
    processId: 99,
    ...rest,
  };
  const server = new KongServer(parts);
  return { server, registry, entries, connect: () => new MemoryClient(server) };
}

/** The gateway's end of a connection in memory. */
export class MemoryClient extends RpcClient {
  unsentBytes = 0;
  readonly connection: KongConnection;

  constructor(server: KongServer) {
    super();
    this.connection = new KongConnection(this, server);
  }

  /** The server writes. */
  write(bytes: Uint8Array): void {
    this.received(bytes);
  }

  end(): void {
    this.ended();
  }

  /** The server closes. */
  destroy(): void {
    this.ended();
  }

  leave(): void {
    this.connection.closed();
  }

  feed(pieces: Iterable<Uint8Array>): void {
    for (const piece of pieces) this.connection.data(piece);
  }
}
