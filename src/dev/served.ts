// What requests are served with: the node and the plugins of the settings that were right last.
import { GibbonError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { BundledRunner } from "../kong/emulator/auth/bundled.ts";
import { PluginChain } from "../kong/emulator/chain.ts";
import type { PluginServerClient } from "../kong/emulator/client/client_options.ts";
import type { KongConfig } from "../kong/emulator/config/kong_config.ts";
import type { ConfigNote } from "../kong/emulator/config/notes.ts";
import { pathText } from "../kong/emulator/config/yaml_text.ts";
import type { EmulatedNode } from "../kong/emulator/node.ts";
import type { PluginEntity } from "../kong/emulator/plugin_entity.ts";
import type { DevConfig } from "./config.ts";
import {
  type ConfiguredPlugin,
  type LeftOut,
  pluginsOfDevConfig,
  pluginsOfKongConfig,
} from "./configured_plugins.ts";
import { writeEntry } from "./kong_log.ts";
import {
  firstRequest,
  type NodeEntities,
  nodeEntities,
  nodeOf,
  routedHosts,
  simpleConfig,
  type TryRequest,
} from "./node_setup.ts";
import { FailingRunner } from "./failing_runner.ts";
import type { OwnServer } from "./own_server.ts";
import type { RequestObserver } from "./request_observer.ts";
import { type BrokenPlugin, failingEntity, setUpPlugins } from "./plugins.ts";
import { problemsOf } from "./problems.ts";

/** What the settings do not say. */
export interface ServedOptions {
  /** Where requests go: before what gibbon.dev.json says. */
  readonly upstream?: string;
  readonly log: Logger;
  /** Variables that references to secrets lead to. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly ownServer?: OwnServer;
  /** Sees handlers begin, and what Kong would log. */
  readonly observer?: RequestObserver;
}

/** What to try where every path does. */
const HELLO: TryRequest = { path: "/hello" };

/** What requests are served with. */
export interface NowServed {
  readonly node: EmulatedNode;
  readonly chain: PluginChain;
  /** Plugins that run as they were before they were edited, since they cannot be loaded now. */
  readonly stale: readonly string[];
  /** Whether a kong.yml has the say where requests go. */
  readonly hasKongConfig: boolean;
}

/** Takes settings one after the other. Those that are not right change nothing. */
export class Served {
  readonly #client: PluginServerClient;
  readonly #options: ServedOptions;
  /** What was said of kong.yml: once is enough. */
  readonly #said = new Set<string>();
  #sequence = 0;
  #now: NowServed | undefined;
  /** What `now` was made of. */
  #good:
    | { readonly plugins: readonly ConfiguredPlugin[]; readonly entities: NodeEntities }
    | undefined;
  #leftOut: readonly LeftOut[] = [];
  #broken: readonly BrokenPlugin[] = [];
  /** What was said last of each plugin that cannot run. */
  readonly #failures = new Map<string, string>();
  #hosts: readonly string[] = [];
  #example = HELLO;
  #hasKongConfig = false;

  constructor(client: PluginServerClient, options: ServedOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** The node and the plugins. A request takes them as they are when it comes in. */
  get now(): NowServed {
    if (!this.#now) throw new GibbonError("OPTION_INVALID", "the gateway has no settings yet");
    return this.#now;
  }

  /** The plugins that run, in the order in which they do. */
  get pluginNames(): readonly string[] {
    return this.#now?.chain.plugins.map(({ name }) => name) ?? [];
  }

  /** Those that do not, and why. */
  get leftOut(): readonly LeftOut[] {
    return this.#leftOut;
  }

  /** What to try: a request that kong.yml has a route for. */
  get example(): TryRequest {
    return this.#example;
  }

  /** The hosts that routes of kong.yml are for. */
  get hosts(): readonly string[] {
    return this.#hosts;
  }

  /**
   * Takes settings.
   *
   * @param names of the plugins that are loaded
   * @param kong what is in the place of the upstream and the plugins of `config`
   * @param problems of modules that could not be loaded
   * @throws {GibbonError} OPTION_INVALID
   */
  async reload(
    names: readonly string[],
    config: DevConfig,
    kong?: KongConfig,
    problems: readonly GibbonError[] = [],
  ): Promise<void> {
    const { upstream = config.upstream } = this.#options;
    const target = upstream === undefined ? undefined : upstreamUrl(upstream);
    const entities = nodeEntities(kong ?? simpleConfig(target));
    const { plugins, leftOut, notes } = kong
      ? pluginsOfKongConfig(names, kong)
      : pluginsOfDevConfig(names, config);
    const { used, broken, faults } = await this.#setUp(plugins, entities);
    if (kong && faults.length > 0) {
      await this.#restore();
      throw kong.refuse(faults);
    }
    this.#good = { plugins, entities };
    this.#hasKongConfig = kong !== undefined;
    const { unloaded, stale } = problemsOf(problems, names, kong ? undefined : config);
    this.#broken = [...broken, ...unloaded];
    // Whoever loaded the modules has said so.
    for (const { name, reason } of unloaded) this.#failures.set(name, reason);
    const failing = unloaded.map(({ name }) => failingEntity(name));
    this.#serve([...used, ...failing], entities, stale);
    this.#example = kong ? firstRequest(entities) : HELLO;
    this.#hosts = kong ? routedHosts(entities) : [];
    this.#leftOut = leftOut;
    this.#tell(kong, notes);
    this.#tellOfStreams(used);
  }

  #setUp(plugins: readonly ConfiguredPlugin[], { vaults }: NodeEntities) {
    const { env = {}, log } = this.#options;
    return setUpPlugins(plugins, {
      client: this.#client,
      ownServer: this.#options.ownServer,
      sequence: ++this.#sequence,
      secrets: { env, vaults },
      warn: (message) => log.warn(message),
    });
  }

  #serve(
    plugins: Iterable<PluginEntity>,
    entities: NodeEntities,
    stale: readonly string[] = [],
  ): void {
    const { env = {}, log, observer } = this.#options;
    const others = new FailingRunner(this.#client, this.#broken, this.#failures);
    const runner = new BundledRunner(others, entities);
    const node = nodeOf(entities, env, (entry) => {
      observer?.logged(entry);
      // It was said when the settings were read, or with an earlier request.
      const isKnown = entry.level === "err" && entry.plugin !== undefined &&
        this.#failures.get(entry.plugin) === entry.message;
      if (!isKnown) writeEntry(log, entry);
    });
    const watched = observer ? { observeRun: observer.running.bind(observer) } : {};
    const chain = new PluginChain({ plugins, runner, ...watched });
    this.#now = { node, chain, stale, hasKongConfig: this.#hasKongConfig };
  }

  /** Starts the instances of before again: some were replaced before the fault was found. */
  async #restore(): Promise<void> {
    if (!this.#good) return;
    const { plugins, entities } = this.#good;
    const { used } = await this.#setUp(plugins, entities);
    this.#serve(used, entities);
  }

  /** Those that run on streams alone do not run here. */
  #tellOfStreams(plugins: readonly PluginEntity[]): void {
    for (const { name, phases } of plugins) {
      const key = `${name}: preread`;
      if (!phases.includes("preread") || this.#said.has(key)) continue;
      this.#said.add(key);
      const others = phases.some((phase) => phase !== "preread" && phase !== "log");
      this.#options.log.warn(
        `${name} has preread, which runs on streams of TCP and TLS; gibbon dev serves none` +
          (others ? ", and runs its other phases" : ", so it does nothing here"),
        { plugin: name },
      );
    }
  }

  #tell(kong: KongConfig | undefined, notes: readonly ConfigNote[]): void {
    const { log } = this.#options;
    for (const { name, reason, remedy } of this.#broken) {
      if (this.#failures.get(name) === reason) continue;
      this.#failures.set(name, reason);
      log.error(`plugin ${name} cannot run, and requests fail: ${reason}`, { remedy });
    }
    for (const { name, reason, remedy } of this.#leftOut) {
      if (remedy === undefined) log.info(`plugin ${name} is left out: ${reason}`);
      else log.warn(`plugin ${name} is left out: ${reason}`, { remedy });
    }
    if (!kong) return;
    for (const { path, message, line } of [...kong.notes, ...notes]) {
      const key = `${pathText(path)}: ${message}`;
      if (!this.#said.has(key)) log.warn(`${kong.file}:${line}: ${message}`);
      this.#said.add(key);
    }
  }
}

function upstreamUrl(text: string): URL {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text);
  throw new GibbonError("OPTION_INVALID", `${text} is no http(s) URL`, {
    remedy: "Give the upstream as in http://localhost:3000.",
  });
}
