// A development gateway before a plugin server, both real, with plugins that a test brings.
import { WatchedServer } from "../../src/dev/own_server.ts";
import { Buffer } from "node:buffer";
import { rm } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "../../src/kong/engine/limits.ts";
import { createLogger } from "../../src/base/log.ts";
import type { Phase } from "../../src/kong/engine/phases.ts";
import type { Handler, Plugin, SchemaField } from "../../src/kong/engine/plugin.ts";
import { PluginRegistry } from "../../src/kong/engine/registry.ts";
import type { Exchange } from "../../src/kong/emulator/exchange.ts";
import { type Gateway, startGateway } from "../../src/dev/gateway.ts";
import { requestLine } from "../../src/dev/terminal/request_line.ts";
import type { GatewayOptions } from "../../src/dev/gateway_options.ts";
import type { Kong } from "../../src/kong/pdk/kong.ts";
import { KongEndpoint } from "../../src/kong/protocol/endpoint.ts";
import { KongServer, type KongServerOptions } from "../../src/kong/protocol/server.ts";
import { detectRuntime } from "../../src/runtime/detect.ts";
import { makeFolder } from "../support/folder.ts";

type TestHandler = (kong: Kong, config: Record<string, unknown>) => unknown;

/** A plugin of a test. */
export interface TestPlugin extends Partial<Record<Phase, TestHandler>> {
  readonly name: string;
  readonly priority?: number;
  readonly schema?: readonly SchemaField[];
  readonly onError?: "fail" | "continue";
  readonly configure?: (raw: unknown) => unknown;
}

const PHASES = ["certificate", "rewrite", "access", "response", "preread", "log"] as const;

/** A plugin as the loader would hand it over. */
export function loaded(plugin: TestPlugin): Plugin {
  const handlers = PHASES.flatMap((phase) => {
    const handler = plugin[phase];
    return handler ? [[phase, handler as unknown as Handler] as const] : [];
  });
  return {
    name: plugin.name,
    version: "1.0.0",
    priority: plugin.priority ?? 0,
    handlers: new Map(handlers),
    schema: plugin.schema ?? [],
    file: `/nowhere/${plugin.name}.ts`,
    modifiedAt: 0,
    loadedAt: 0,
    dialect: "native",
    onError: plugin.onError ?? "fail",
    deadline: undefined,
    configure: plugin.configure ?? ((raw) => raw),
    start: () => undefined,
    stop: () => undefined,
  };
}

/** What runs, and how to end it. */
export interface RunningDev {
  readonly gateway: Gateway;
  readonly registry: PluginRegistry;
  /** Lines that were printed: one for each request. */
  readonly lines: string[];
  /** What Kong would have in its error log, and what the server logged. */
  readonly entries: string[];
  /** Exchanges that are over, their log phase too. */
  readonly exchanges: Exchange[];
  get(path: string, options?: RequestOptions): Promise<Reply>;
  /** Settles when so many exchanges are over. */
  over(count: number): Promise<Exchange>;
  /** Ends the plugin server; `startServer` starts another one in its place. */
  closeServer(): Promise<void>;
  startServer(): Promise<void>;
  close(): Promise<void>;
}

/** Starts both. */
export async function startDev(
  plugins: readonly TestPlugin[],
  options: Partial<GatewayOptions> = {},
  watching: Pick<KongServerOptions, "observer"> = {},
): Promise<RunningDev> {
  const runtime = await detectRuntime();
  const folder = (await makeFolder()).path;
  const socketPath = join(folder, "server.sock");
  const entries: string[] = [];
  const lines: string[] = [];
  const exchanges: Exchange[] = [];
  const waiting: { count: number; resolve: (exchange: Exchange) => void }[] = [];
  const log = createLogger((line) => entries.push(line), "debug");
  const registry = new PluginRegistry();
  registry.replace(plugins.map(loaded));
  const own = new WatchedServer(registry);
  const parts = { registry, limits: DEFAULT_LIMITS, log, processId: 1 };
  let serverPid = 4711;
  const startServer = async () => {
    const { startFailed } = own;
    const server = new KongServer({
      ...parts,
      ...watching,
      startFailed,
      serverPid: serverPid++,
    });
    const endpoint = new KongEndpoint(server);
    const listener = await runtime.listen(socketPath, endpoint.accept);
    return async () => {
      await server.close("the test is over");
      endpoint.close();
      await listener.close();
    };
  };
  let closeServer: (() => Promise<void>) | undefined = await startServer();
  const stopServer = async () => {
    await closeServer?.();
    closeServer = undefined;
  };
  let gateway: Gateway;
  try {
    gateway = await startGateway({
      runtime,
      socketPath,
      ownServer: own,
      plugins: plugins.map(({ name }) => name),
      port: 0,
      allowHosts: ["dev.test", "evil.test", "a"],
      log,
      report: (exchange, status, milliseconds, note) =>
        lines.push(requestLine(exchange, status, milliseconds, false, note)),
      observe: (exchange) => {
        exchanges.push(exchange);
        for (const { count, resolve } of waiting) if (exchanges.length >= count) resolve(exchange);
      },
      ...options,
    });
  } catch (error) {
    await stopServer();
    await rm(folder, { recursive: true });
    throw error;
  }
  return {
    gateway,
    registry,
    lines,
    entries,
    exchanges,
    get: (path, options) => send(gateway.url, path, options),
    over: (count) => {
      if (exchanges.length >= count) return Promise.resolve(exchanges.at(-1)!);
      return new Promise((resolve) => waiting.push({ count, resolve }));
    },
    closeServer: stopServer,
    startServer: async () => {
      closeServer = await startServer();
    },
    close: async () => {
      await gateway.close();
      await stopServer();
      await rm(folder, { recursive: true });
    },
  };
}

/** A request of a test. */
export interface RequestOptions {
  readonly method?: string;
  /** Name and value in turns. */
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array;
  /** The Host: `dev.test` if left out. */
  readonly host?: string;
}

/** A response, whole. */
export interface Reply {
  readonly status: number;
  /** The first of each name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Name and value in turns. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly text: string;
  // deno-lint-ignore no-explicit-any
  readonly json: any;
}

/** Sends a request and reads the response. */
export function send(url: string, path: string, options: RequestOptions = {}): Promise<Reply> {
  const { hostname, port } = new URL(url);
  const { method = "GET", headers = [], body, host = "dev.test" } = options;
  // Bytes, as node:http would write headers in the encoding of a text that goes out with them.
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const own = bytes ? ["Content-Length", String(bytes.length)] : [];
  const lines = [...headers, "Host", host, ...own];
  return new Promise((resolve, reject) => {
    const request = http.request(
      { hostname, port, method, path, headers: lines, agent: false, setHost: false },
      (response) => {
        const chunks: Uint8Array[] = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => resolve(replyOf(response, Buffer.concat(chunks))));
      },
    );
    request.on("error", reject);
    request.end(bytes);
  });
}

function replyOf(response: http.IncomingMessage, body: Buffer): Reply {
  const headers: Record<string, string> = {};
  const { rawHeaders } = response;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    headers[rawHeaders[i]!.toLowerCase()] ??= rawHeaders[i + 1]!;
  }
  const text = body.toString("utf8");
  return {
    status: response.statusCode ?? 0,
    headers,
    rawHeaders,
    body,
    text,
    get json() {
      return JSON.parse(text);
    },
  };
}

/** Starts an HTTP service; gives its URL and a way to end it. */
export async function startService(handler: http.RequestListener) {
  const service = http.createServer(handler);
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  const { port } = service.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise<void>((resolve) => {
        service.close(() => resolve());
        service.closeAllConnections();
      }),
  };
}
