// The two ends that a test joins: an acted-out Kong with its entities, and the plugin server.
import { createLogger } from "../base/log.ts";
import { VERSION } from "../base/version.ts";
import { type NodeEntities, nodeEntities, nodeOf } from "../dev/node_setup.ts";
import { WatchedServer } from "../dev/own_server.ts";
import { MsgPackClient } from "../kong/emulator/client/client.ts";
import type { PluginServerClient } from "../kong/emulator/client/client_options.ts";
import { ProtoBufClient } from "../kong/emulator/client/protobuf/client.ts";
import type { EmulatedNode } from "../kong/emulator/node.ts";
import type { PluginEntity } from "../kong/emulator/plugin_entity.ts";
import { attribute } from "../kong/engine/attribution.ts";
import { clockId } from "../kong/engine/ids.ts";
import { DEFAULT_LIMITS } from "../kong/engine/limits.ts";
import type { Plugin } from "../kong/engine/plugin.ts";
import { PluginRegistry } from "../kong/engine/registry.ts";
import { KongEndpoint } from "../kong/protocol/endpoint.ts";
import { KongServer } from "../kong/protocol/server.ts";
import { configOf } from "./entities.ts";
import { loadTested } from "./load.ts";
import { memorySocket, type Traffic } from "./memory_socket.ts";
import type { TestedPlugin, TestOptions } from "./options.ts";
import { setUpTested } from "./set_up.ts";
import { Watch } from "./watch.ts";

/** A plugin server, and Kong's client of it. */
interface Served {
  readonly server: KongServer;
  readonly endpoint: KongEndpoint;
  readonly client: PluginServerClient;
}

/** Both ends, with the plugins set up. */
export interface JoinedEnds extends Served {
  readonly node: EmulatedNode;
  readonly entities: NodeEntities;
  readonly plugins: readonly PluginEntity[];
  readonly watch: Watch;
}

/** What the ends have from outside. */
interface Surroundings {
  readonly traffic: Traffic;
  /** Takes lines of Kong's log and of gibbon's, for people. */
  readonly log: (line: string) => void;
}

/**
 * Loads plugins, serves them, and configures Kong with them.
 *
 * @throws {GibbonError} see `testPlugin`
 */
export async function joinEnds(
  tested: readonly TestedPlugin[],
  options: TestOptions,
  { traffic, log }: Surroundings,
): Promise<JoinedEnds> {
  const plugins = await loadTested(tested);
  const config = configOf(options, tested, plugins);
  const watch = new Watch();
  const { own, ...served } = serve(plugins, options.protocol, watch, { traffic, log });
  try {
    const entities = nodeEntities(config);
    const { env = {} } = options;
    const node = nodeOf(entities, env, (entry) => {
      log(`[kong ${entry.level}] ${entry.message}`);
      watch.logged(entry);
    });
    const used = await setUpTested(config, plugins, {
      ...{ client: served.client, ownServer: own, sequence: 1 },
      secrets: { env, vaults: entities.vaults },
      warn: (message) => log(`[gibbon warn] ${message}`),
    });
    return { ...served, node, entities, plugins: used, watch };
  } catch (error) {
    await endEnds(served);
    throw error;
  }
}

/** A plugin server with both ends of its socket. */
function serve(
  plugins: readonly Plugin[],
  protocol: TestOptions["protocol"],
  watch: Watch,
  { traffic, log }: Surroundings,
): Served & { readonly own: WatchedServer } {
  const registry = new PluginRegistry();
  registry.replace(plugins);
  const own = new WatchedServer(registry);
  const server = new KongServer({
    registry,
    log: createLogger((line) => log(`[gibbon] ${line}`), "debug"),
    ...{ attribute, limits: DEFAULT_LIMITS, version: VERSION },
    ...{ serverPid: clockId(Date.now()), processId: 1 },
    ...{ observer: watch, startFailed: own.startFailed },
  });
  const endpoint = new KongEndpoint(server);
  const parts = { runtime: memorySocket(endpoint.accept, traffic), socketPath: "in memory" };
  const client = protocol === "MsgPack:1"
    ? new MsgPackClient(parts)
    : new ProtoBufClient({ ...parts, refusalOf: (plugin) => own.startFailure(plugin) });
  return { server, endpoint, client, own };
}

/** Ends both: events are given up, and instances closed. */
export async function endEnds({ client, server, endpoint }: Served): Promise<void> {
  client.close();
  await server.close("the test is over");
  endpoint.close();
}
