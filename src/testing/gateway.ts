// A test's Kong with its plugin server, in one process: what is said between them is the protocol.
import { clockId } from "../kong/engine/ids.ts";
import { GibbonError } from "../base/errors.ts";
import { createLogger } from "../base/log.ts";
import { VERSION } from "../base/version.ts";
import { type NodeEntities, nodeEntities, nodeOf } from "../dev/node_setup.ts";
import { BundledRunner } from "../kong/emulator/auth/bundled.ts";
import { PluginChain } from "../kong/emulator/chain.ts";
import { MsgPackClient } from "../kong/emulator/client/client.ts";
import type { PluginServerClient } from "../kong/emulator/client/client_options.ts";
import { ProtoBufClient } from "../kong/emulator/client/protobuf/client.ts";
import type { EntityRecord } from "../kong/emulator/entities.ts";
import { Exchange } from "../kong/emulator/exchange.ts";
import type { EmulatedNode } from "../kong/emulator/node.ts";
import { logRecord } from "../kong/emulator/pdk/log_record.ts";
import { PDK } from "../kong/emulator/pdk/table.ts";
import { StreamExchange } from "../kong/emulator/stream/stream_exchange.ts";
import { STREAM_PDK } from "../kong/emulator/stream/stream_pdk.ts";
import { inKongsOrder, type PluginEntity } from "../kong/emulator/plugin_entity.ts";
import { attribute } from "../kong/engine/attribution.ts";
import { DEFAULT_LIMITS } from "../kong/engine/limits.ts";
import type { Phase } from "../kong/engine/phases.ts";
import type { Plugin } from "../kong/engine/plugin.ts";
import { PluginRegistry } from "../kong/engine/registry.ts";
import { KongEndpoint } from "../kong/protocol/endpoint.ts";
import { KongServer } from "../kong/protocol/server.ts";
import { WatchedServer } from "../dev/own_server.ts";
import { TestClock } from "./clock/clock.ts";
import { describedConnection, pass } from "./connections.ts";
import { configOf } from "./entities.ts";
import { FaultyPdk, readFaults } from "./faults.ts";
import { loadTested } from "./load.ts";
import { memorySocket, Traffic } from "./memory_socket.ts";
import type {
  ArrivalOptions,
  EntityParts,
  TestConnection,
  TestedPlugin,
  TestOptions,
  TestRequest,
} from "./options.ts";
import { proxy } from "./proxy.ts";
import { describedRequest, nginxAnswer } from "./requests.ts";
import type { ConnectionOutcome, Outcome, RequestOutcome } from "./results.ts";
import { setUpTested } from "./set_up.ts";
import { failureOf, type Trace, Watch } from "./watch.ts";

/** What the parts of a gateway are. */
interface Parts {
  readonly server: KongServer;
  readonly endpoint: KongEndpoint;
  readonly client: PluginServerClient;
  readonly node: EmulatedNode;
  readonly entities: NodeEntities;
  readonly plugins: readonly PluginEntity[];
  readonly pdk: FaultyPdk;
  readonly watch: Watch;
}

/**
 * Kong with the plugins of a test, as {@linkcode testPlugin} makes it. It lasts until `close`, which
 * `await using` calls by itself. Instances of the plugins are kept from one request to the next.
 */
export class TestGateway implements AsyncDisposable {
  readonly #traffic = new Traffic();
  readonly #clock: TestClock;
  readonly #options: TestOptions;
  readonly #log: string[] = [];
  #parts: Parts | undefined;

  private constructor(options: TestOptions) {
    const { now } = this.#options = options;
    const begins = now === undefined ? undefined : new Date(now).getTime();
    this.#clock = new TestClock(() => this.#traffic.quiet(), begins);
  }

  /** @internal See `testPlugin`. */
  static async start(
    tested: readonly TestedPlugin[],
    options: TestOptions,
  ): Promise<TestGateway> {
    const gateway = new TestGateway(options);
    await gateway.#clock.run(() => gateway.#start(tested, options));
    return gateway;
  }

  async #start(tested: readonly TestedPlugin[], options: TestOptions): Promise<void> {
    const faults = readFaults(options.pdk);
    const plugins = await loadTested(tested);
    const config = configOf(options, tested, plugins);
    const watch = new Watch();
    const { server, endpoint, client, own } = this.#serve(plugins, watch, options.protocol);
    try {
      const entities = nodeEntities(config);
      const { env = {} } = options;
      this.#parts = {
        ...{ server, endpoint, client, watch, entities },
        node: nodeOf(entities, env, (entry) => {
          this.#log.push(`[kong ${entry.level}] ${entry.message}`);
          watch.logged(entry);
        }),
        plugins: await setUpTested(config, plugins, {
          ...{ client, ownServer: own, sequence: 1, secrets: { env, vaults: entities.vaults } },
          warn: (message) => this.#log.push(`[gibbon warn] ${message}`),
        }),
        pdk: new FaultyPdk(faults, (ms) => this.#clock.advance(ms)),
      };
    } catch (error) {
      await this.#end({ server, endpoint, client });
      throw error;
    }
  }

  /** A plugin server with both ends of its socket. */
  #serve(plugins: readonly Plugin[], watch: Watch, protocol: TestOptions["protocol"]) {
    const registry = new PluginRegistry();
    registry.replace(plugins);
    const own = new WatchedServer(registry);
    const log = createLogger((line) => this.#log.push(`[gibbon] ${line}`), "debug");
    const server = new KongServer({
      ...{ registry, log, attribute, limits: DEFAULT_LIMITS, version: VERSION },
      ...{ serverPid: clockId(Date.now()), processId: 1 },
      ...{ observer: watch, startFailed: own.startFailed },
    });
    const endpoint = new KongEndpoint(server);
    const parts = {
      runtime: memorySocket(endpoint.accept, this.#traffic),
      socketPath: "in memory",
    };
    const client = protocol === "MsgPack:1"
      ? new MsgPackClient(parts)
      : new ProtoBufClient({ ...parts, refusalOf: (plugin) => own.startFailure(plugin) });
    return { server, endpoint, client, own };
  }

  /** The plugins' names, in the order in which Kong runs them. */
  get plugins(): readonly string[] {
    return [...new Set(inKongsOrder(this.#running().plugins).map(({ name }) => name))];
  }

  /** Everything that was logged so far, by Kong and by gibbon, for people. */
  get log(): readonly string[] {
    return this.#log;
  }

  /** What time it is for the plugins. */
  get now(): Date {
    return new Date(this.#clock.now());
  }

  /**
   * Puts the clock forward. What waits for its time happens: timers of the plugins, deadlines of
   * events. docs/authors/testing.md says what is on this clock.
   *
   * @throws {GibbonError} OPTION_INVALID; LIMIT for timers that start one another
   */
  async advance(ms: number): Promise<void> {
    await this.#clock.run(() => this.#clock.advance(ms));
  }

  /**
   * Has a request come in, and waits until it is over, its log phase too.
   *
   * @param request all of it, or its path
   * @throws {GibbonError} OPTION_INVALID for one that is no request of HTTP
   */
  request(request: TestRequest | string = {}): Promise<RequestOutcome> {
    const described = typeof request === "string" ? { path: request } : request;
    return this.#clock.run(() => this.#request(described));
  }

  async #request(request: TestRequest): Promise<RequestOutcome> {
    const { node, pdk } = this.#running();
    const parts = describedRequest(request);
    const exchange = new Exchange(node, parts);
    const { phase, upstream = this.#options.upstream ?? {} } = request;
    pdk.add(exchange, readFaults(request.pdk));
    this.#identify(exchange, request);
    const way = { chain: this.#chain({ only: phase }), upstream, clock: this.#clock };
    if (phase !== undefined) exchange.buffered = this.#buffers();
    return await this.#watched(exchange, async (outcome) => {
      const proxied = await proxy(exchange, { ...way, refusal: nginxAnswer(parts) });
      return { ...outcome(), ...proxied, record: JSON.parse(logRecord(exchange)) };
    });
  }

  /** Takes down what happens in an exchange. */
  async #watched<Result>(
    exchange: Exchange,
    run: (outcome: () => Outcome) => Promise<Result>,
  ): Promise<Result> {
    const { watch } = this.#running();
    const trace = watch.open(exchange);
    try {
      return await run(() => outcomeOf(exchange, trace));
    } finally {
      watch.close(exchange);
    }
  }

  /**
   * Has a connection of TCP or TLS come in at a stream route, and waits until it is over, its log phase
   * too. Plugins with `preread` run.
   *
   * @throws {GibbonError} OPTION_INVALID if the route is one of HTTP
   */
  connect(connection: TestConnection = {}): Promise<ConnectionOutcome> {
    return this.#clock.run(() => this.#connect(connection));
  }

  async #connect(connection: TestConnection): Promise<ConnectionOutcome> {
    const { node, pdk, entities } = this.#running();
    const isOwn = this.#options.route !== undefined;
    const exchange = new StreamExchange(node, describedConnection(connection, entities, isOwn));
    pdk.add(exchange, readFaults(connection.pdk));
    this.#identify(exchange, connection);
    const way = { chain: this.#chain({ isStream: true }), clock: this.#clock };
    return await this.#watched(exchange, (outcome) => pass(exchange, way, outcome));
  }

  /** The plugins that run: with a phase, in that one alone. */
  #chain({ only, isStream }: { only?: Phase | undefined; isStream?: boolean }): PluginChain {
    const { plugins, client, entities, pdk, watch } = this.#running();
    const limited = plugins.filter(({ phases }) => !isStream || phases.includes("preread"))
      .map((plugin) => ({
        ...plugin,
        phases: plugin.phases.filter((phase) => only === undefined || phase === only),
      }));
    return new PluginChain({
      plugins: limited,
      runner: new BundledRunner(client, entities),
      pdk: pdk.table(isStream ? STREAM_PDK : PDK),
      observeRun: watch.running,
    });
  }

  /** Whether a plugin has the service's answers held back. */
  #buffers(): boolean {
    return this.#running().plugins.some(({ phases }) => phases.includes("response"));
  }

  /** Who asks, where the test says it. */
  #identify(exchange: Exchange, { consumer, credential }: ArrivalOptions): void {
    if (consumer !== undefined) exchange.consumer = this.#consumer(consumer);
    if (credential !== undefined) exchange.credential = credential;
  }

  /** A consumer that there is, if it has the name or the id; else as the test has it. */
  #consumer(given: EntityParts): EntityRecord {
    const { consumers } = this.#running().node;
    const known = consumers.find((one) =>
      ["id", "username", "custom_id"].some((key) =>
        given[key] !== undefined && one[key] === given[key]
      )
    );
    return { ...known ?? { id: "00000000-0000-4000-8000-0000000000c0" }, ...given };
  }

  #running(): Parts {
    if (this.#parts) return this.#parts;
    throw new GibbonError("OPTION_INVALID", "the test's gateway is closed", {
      remedy: "Await what is to happen on it before it is closed, or goes out of scope.",
    });
  }

  /** Ends it: instances are closed, and no timer of a plugin goes off any more. */
  async close(): Promise<void> {
    const parts = this.#parts;
    this.#parts = undefined;
    if (parts) await this.#clock.run(() => this.#end(parts));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #end({ client, server, endpoint }: Pick<Parts, "client" | "server" | "endpoint">) {
    client.close();
    await server.close("the test is over");
    endpoint.close();
    this.#clock.stop();
  }
}

function outcomeOf(exchange: Exchange, trace: Trace): Outcome {
  const { runs, shared, route, service } = exchange;
  return {
    ...{ calls: trace.calls, logs: trace.logs, runs, route, service },
    shared: Object.fromEntries(shared),
    consumer: exchange.consumer as EntityRecord | undefined,
    credential: exchange.credential as EntityRecord | undefined,
    failure: failureOf(exchange, trace),
  };
}
