// A plugin server that runs: its plugins, its socket, and how it ends.
import { lastingDamage } from "../../runtime/shared/builtins/damage.ts";
import { resolve } from "node:path";
import process from "node:process";
import { attribute } from "../engine/attribution.ts";
import { clockId } from "../engine/ids.ts";
import { Descriptors } from "../../base/descriptors.ts";
import type { GibbonError } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { PluginRegistry } from "../engine/registry.ts";
import { openSocket } from "../../runtime/socket/open.ts";
import { VERSION } from "../../base/version.ts";
import { atMost, pause } from "../../base/waiting.ts";
import type { ImportWatch } from "../../modules/import_candidate.ts";
import type { Watcher } from "../../modules/watch.ts";
import { KongEndpoint } from "../protocol/endpoint.ts";
import { KongServer, type KongServerOptions } from "../protocol/server.ts";
import type { Listener, Runtime, SocketListener } from "../../runtime/contract.ts";
import { Handover } from "./handover/handover.ts";
import { OtherServers } from "./handover/other_servers.ts";
import { OwnLineage } from "./handover/own_lineage.ts";
import { PlaceWatch, type Usage } from "./handover/place_watch.ts";
import type { Measured } from "./metrics/server_metrics.ts";
import { unlistened, unserved } from "./metrics/readiness.ts";
import { PluginSource } from "./plugin_source.ts";
import type { ServerOptions } from "./options.ts";

/** A server that runs. */
export interface RunningServer {
  readonly server: KongServer;
  readonly registry: PluginRegistry;
  readonly path: string;
  /** Problems of modules, as they were loaded last. */
  readonly problems: readonly GibbonError[];
  /** What its numbers are taken from. */
  readonly measured: Measured;
  /** Why it is not ready; empty if it is. */
  unready(): Promise<string[]>;
  /**
   * Loads plugins again whenever something in the directory has changed: new instances get the new
   * code, those that are there and their events keep what they have. `reloaded` gets the names.
   */
  watch(reloaded?: (names: readonly string[]) => Promise<void>): Promise<Watcher>;
  /** Settles with the reason when the server is to stop by itself: another one has its socket. */
  readonly leaves: Promise<string>;
  /**
   * Takes no more events, lets those under way finish within the grace time, and ends.
   *
   * @param graceMs less than the server's own where there is no time to lose
   */
  stop(reason: string, graceMs?: number): Promise<void>;
}

/** A server without a socket. */
export interface Unconnected {
  readonly server: KongServer;
  readonly registry: PluginRegistry;
  readonly source: PluginSource;
}

/** Who hears of the loading of plugins. */
interface Loading {
  readonly log: Logger;
  readonly watch?: ImportWatch;
  /** The one entry of the directory that is loaded; all of them if it is left out. */
  readonly only?: string;
}

/** What tells one process of a server from another. */
export type Identity = Pick<
  KongServerOptions,
  | "serverPid"
  | "processId"
  | "cluster"
  | "ids"
  | "refusing"
  | "recorder"
  | "lineage"
  | "neighbours"
  | "startFailed"
  | "observer"
  | "starting"
  | "meter"
  | "tracer"
  | "refused"
>;

/**
 * Puts a server together that has no plugins yet and no socket.
 *
 * @param registry gets the plugins
 * @param loading takes the problems of plugins, and hears what is imported; the log if left out
 */
export function createServer(
  runtime: Runtime,
  options: ServerOptions,
  log: Logger,
  identity: Identity,
  registry: PluginRegistry,
  loading: Loading = { log },
): Unconnected {
  const { pluginsDirectory, maySetPluginDir, limits } = options;
  const { pluginFileBytes: fileBytes } = limits;
  const source = new PluginSource(runtime, registry, loading.log, {
    fileBytes,
    watch: loading.watch,
    only: loading.only,
  });
  const server = new KongServer({
    ...identity,
    registry,
    limits,
    log,
    version: VERSION,
    pluginsDirectory: pluginsDirectory === undefined ? undefined : resolve(pluginsDirectory),
    attribute,
    ...(maySetPluginDir ? { setPluginDir: (directory: string) => source.load(directory) } : {}),
  });
  return { server, registry, source };
}

/** Who is told of what happens in a server. */
export interface Watching extends
  Pick<
    KongServerOptions,
    "starting" | "startFailed" | "observer" | "recorder" | "meter" | "refused" | "tracer"
  > {
  readonly imports?: ImportWatch;
  /** Another server has taken over. */
  readonly replacedBy?: () => void;
}

/**
 * Starts the server: loads the plugins, then listens. A gibbon that has the socket is replaced, where
 * that is allowed.
 *
 * @param registry gets the plugins
 * @param watching who is told of what
 * @param only the one entry of the directory that is loaded
 */
export async function startServer(
  runtime: Runtime,
  options: ServerOptions,
  log: Logger,
  registry = new PluginRegistry(),
  { imports, replacedBy = () => {}, ...watching }: Watching = {},
  only?: string,
): Promise<RunningServer> {
  const { path, file } = options.socket;
  const lineage = OwnLineage.ofThisProcess();
  let socket: SocketListener | undefined;
  const replaced = async () => socket !== undefined && !await socket.isAt(resolve(path));
  const neighbours = new OtherServers({ runtime, path, replaced });
  const numbers = { serverPid: clockId(Date.now()), processId: process.pid };
  const identity = { ...numbers, ...watching, lineage, neighbours };
  const { server, source } = createServer(runtime, options, log, identity, registry, {
    log,
    ...(imports ? { watch: imports } : {}),
    ...(only === undefined ? {} : { only }),
  });
  const prepared = (older: readonly string[]) => {
    neighbours.older = older;
    return Promise.resolve();
  };
  const handover = new Handover({ runtime, path, lineage, log, prepared });
  await handover.refuseEarly();
  if (options.pluginsDirectory !== undefined) await source.load(options.pluginsDirectory);
  const spoilt = lastingDamage();
  if (spoilt) throw spoilt;
  const watcher = options.watch ? await source.watch() : undefined;
  const endpoint = createEndpoint(server);
  const listener = socket = await handover.place((takeOver) =>
    openSocket(runtime, path, endpoint.accept, file, takeOver)
  );
  const usage = () => Promise.resolve(usageOf(server, endpoint));
  const place = new PlaceWatch({
    ...{ runtime, path, socket: listener, lineage, log, usage },
    replaced: () => {
      server.retire();
      replacedBy();
    },
  });
  const plugins = registry.list().map(({ plugin }) => plugin.name).join(", ") || "none";
  log.info("serving plugins", { socket: path, plugins, pid: process.pid });
  const stop = async (reason: string, graceMs = options.graceMs) => {
    watcher?.close();
    log.info("stopping", { reason, events: server.events.size });
    const left = await place.servedOut(graceMs);
    await drain({ server, endpoint, listener, log, graceMs: left });
    await handover.close();
    log.info("stopped");
  };
  const watch = (reloaded?: (names: readonly string[]) => Promise<void>) => source.watch(reloaded);
  return {
    ...{ server, registry, path, watch, leaves: place.leaves, stop },
    measured: { server, endpoint, source },
    unready: async () => [
      ...unlistened(await listener.isAt(resolve(path)), path),
      ...unserved(server, source),
    ],
    get problems() {
      return source.problems;
    },
  };
}

/** What takes a server's connections in, and leaves some descriptors over. */
export function createEndpoint(server: KongServer): KongEndpoint {
  return new KongEndpoint(server, new Descriptors(server.options.limits.reservedDescriptors));
}

/** What a server has to do. */
export function usageOf({ events }: KongServer, { size }: KongEndpoint): Usage {
  return { connections: size, events: events.size, begun: events.begun };
}

interface Draining {
  readonly server: KongServer;
  readonly endpoint: KongEndpoint;
  readonly listener: Listener;
  readonly log: Logger;
  readonly graceMs: number;
}

/**
 * Ends a server. It listens until the last event is over, since an event's next step may come on a
 * new connection.
 */
async function drain({ server, endpoint, listener, log, graceMs }: Draining): Promise<void> {
  await finishEvents(server, graceMs, log);
  await server.close("the plugin server stops");
  endpoint.close();
  await listener.close();
}

/** How long it has to be quiet until no later phase of a request is waited for, in milliseconds. */
const QUIET_MS = 100;

/**
 * Lets no more requests in, and waits within the grace time for the events under way and those that
 * follow from them: a request whose access is over still comes to response and log.
 */
export async function finishEvents(
  server: KongServer,
  graceMs: number,
  log: Logger,
): Promise<void> {
  server.drain();
  const late = new AbortController();
  await atMost(graceMs, quiet(server, late.signal));
  late.abort();
  if (server.events.size > 0) {
    log.warn("events were cut off: their grace time is over", { events: server.events.size });
  }
}

/** Settles when no event is under way and none has begun for a moment. */
async function quiet({ events }: KongServer, late: AbortSignal): Promise<void> {
  for (let begun = -1; begun !== events.begun && !late.aborted;) {
    await events.idle();
    begun = events.begun;
    await pause(QUIET_MS, late);
  }
}
