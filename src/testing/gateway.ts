// A test's Kong with its plugin server, in one process: what is said between them is the protocol.
import { GibbonError } from "../base/errors.ts";
import { BundledRunner } from "../kong/emulator/auth/bundled.ts";
import { PluginChain } from "../kong/emulator/chain.ts";
import type { EntityRecord } from "../kong/emulator/entities.ts";
import { Exchange } from "../kong/emulator/exchange.ts";
import { logRecord } from "../kong/emulator/pdk/log_record.ts";
import { PDK } from "../kong/emulator/pdk/table.ts";
import { inKongsOrder } from "../kong/emulator/plugin_entity.ts";
import { StreamExchange } from "../kong/emulator/stream/stream_exchange.ts";
import { STREAM_PDK } from "../kong/emulator/stream/stream_pdk.ts";
import type { Phase } from "../kong/engine/phases.ts";
import { TestClock } from "./clock/clock.ts";
import { describedConnection, pass } from "./connections.ts";
import { endEnds, type JoinedEnds, joinEnds } from "./ends.ts";
import { FaultyPdk, readFaults } from "./faults.ts";
import { Traffic } from "./memory_socket.ts";
import { checkChoice, checkOptions, readTime } from "./option_checks.ts";
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
import { failureOf, type Trace } from "./watch.ts";

/** Lines of a gateway's log that are kept. */
const MOST_LINES = 10_000;

/** What a gateway has while it is open. */
interface OpenGateway extends JoinedEnds {
  readonly pdk: FaultyPdk;
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
  #parts: OpenGateway | undefined;

  private constructor(options: TestOptions) {
    this.#options = options;
    this.#clock = new TestClock(() => this.#traffic.quiet(), readTime(options.now));
  }

  /** @internal See `testPlugin`. */
  static async start(
    tested: readonly TestedPlugin[],
    options: TestOptions,
  ): Promise<TestGateway> {
    checkOptions("a gateway", options);
    checkChoice("a protocol", options.protocol);
    for (const plugin of tested) {
      checkOptions("a plugin", plugin);
      checkChoice("what a plugin can be configured on", plugin.on);
    }
    const gateway = new TestGateway(options);
    await gateway.#clock.run(() => gateway.#start(tested, options));
    return gateway;
  }

  async #start(tested: readonly TestedPlugin[], options: TestOptions): Promise<void> {
    const faults = readFaults(options.pdk);
    const log = (line: string) => {
      if (this.#log.push(line) > MOST_LINES) this.#log.shift();
    };
    try {
      const ends = await joinEnds(tested, options, { traffic: this.#traffic, log });
      this.#parts = { ...ends, pdk: new FaultyPdk(faults, (ms) => this.#clock.advance(ms)) };
    } catch (error) {
      this.#clock.stop();
      throw error;
    }
  }

  /** The plugins' names, in the order in which Kong runs them. */
  get plugins(): readonly string[] {
    return [...new Set(inKongsOrder(this.#running().plugins).map(({ name }) => name))];
  }

  /** What was logged, by Kong and by gibbon, for people: the last 10,000 lines. */
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
    checkOptions("a request", request);
    checkChoice("a phase of a request", request.phase);
    this.#checkHandler(request.phase);
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

  /** @throws {GibbonError} OPTION_INVALID for a phase in which nothing would run */
  #checkHandler(phase: Phase | undefined): void {
    const { plugins } = this.#running();
    if (phase === undefined || plugins.some(({ phases }) => phases.includes(phase))) return;
    const all = [...new Set(plugins.flatMap(({ phases }) => phases))].join(", ");
    throw new GibbonError("OPTION_INVALID", `no plugin of the test has a handler for ${phase}`, {
      remedy: `There are handlers for ${all}.`,
    });
  }

  /** Takes down what happens in an exchange. */
  async #watched<Result>(
    exchange: Exchange,
    run: (outcome: () => Outcome) => Promise<Result>,
  ): Promise<Result> {
    const { watch, pdk } = this.#running();
    const trace = watch.open(exchange, pdk.isFaulty(exchange));
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
    checkOptions("a connection", connection);
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

  #running(): OpenGateway {
    if (this.#parts) return this.#parts;
    throw new GibbonError("OPTION_INVALID", "the test's gateway is closed", {
      remedy: "Await what is to happen on it before it is closed, or goes out of scope.",
    });
  }

  /** Ends it: instances are closed, and no timer of a plugin goes off any more. */
  async close(): Promise<void> {
    const parts = this.#parts;
    this.#parts = undefined;
    if (!parts) return;
    await this.#clock.run(() => endEnds(parts));
    this.#clock.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function outcomeOf(exchange: Exchange, trace: Trace): Outcome {
  const { runs, shared, nginxCtx, route, service } = exchange;
  return {
    ...{ calls: trace.calls, logs: trace.logs, runs, route, service },
    shared: Object.fromEntries(shared),
    context: Object.fromEntries(nginxCtx),
    consumer: exchange.consumer as EntityRecord | undefined,
    credential: exchange.credential as EntityRecord | undefined,
    failure: failureOf(exchange, trace),
  };
}
