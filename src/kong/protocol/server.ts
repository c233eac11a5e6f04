// A plugin server for Kong, without a wire: what its methods do, on the engine's tables.
import { resolve } from "node:path";
import { GibbonError } from "../../base/errors.ts";
import type { Event } from "../engine/event.ts";
import type { Turn, TurnTaker } from "../engine/turn.ts";
import { Events } from "../engine/events.ts";
import { clockId, countingIds, type IdSource, randomId } from "../engine/ids.ts";
import type { Instance, InstanceStatus } from "../engine/instance.ts";
import { Instances, type Numbered } from "../engine/instances.ts";
import type { Limits } from "../engine/limits.ts";
import type { Logger } from "../../base/log.ts";
import type { EventTracer } from "../engine/event_tracer.ts";
import type { EventMeter } from "../engine/meter.ts";
import { isFollowing, isGuarding, isPhase, type Phase } from "../engine/phases.ts";
import type { PluginRegistry } from "../engine/registry.ts";
import { createKong } from "../pdk/kong.ts";
import { createKongJs } from "../pdk/kong_js.ts";
import type { EventRecorder } from "../engine/recorder.ts";
import { ObservedCaller } from "../pdk/observed_caller.ts";
import type { Cluster, Neighbours } from "./cluster.ts";
import type { Lineage } from "./lineage.ts";
import type { EventObserver } from "./observer.ts";
import type { Refusing } from "./refusing.ts";

/** Kong's own answer to a plugin that fails: what a client sees when a Lua plugin raises. */
export const FAILURE_CALL = {
  method: "kong.response.exit",
  args: [500, { message: "An unexpected error occurred" }],
} as const;

/** How long Kong waits for an answer, in milliseconds. */
const KONG_PATIENCE_MS = 60_000;

/** How often idle instances are looked for, in milliseconds. */
const SWEEP_MS = 30_000;

/** What a server needs. */
export interface KongServerOptions {
  readonly registry: PluginRegistry;
  readonly limits: Limits;
  readonly log: Logger;
  /** The number by which Kong notices a restart: another one for each server. */
  readonly serverPid: number;
  /** Where ids come from; left out for ids that begin at the clock. */
  readonly ids?: { readonly instances: IdSource; readonly events: IdSource };
  /** The other worker processes; left out where this process is the whole server. */
  readonly cluster?: Cluster;
  /** What is not to be run, because it has done harm. */
  readonly refusing?: Refusing;
  /** Writes down which events run. */
  readonly recorder?: EventRecorder;
  /** The process that operators see. */
  readonly processId: number;
  /** Servers before and after this one on its socket; left out where there are none. */
  readonly neighbours?: Neighbours;
  /** Where the server comes from; left out where nobody can take its socket over. */
  readonly lineage?: Lineage;
  /** gibbon's version, for operators: the status has it. */
  readonly version?: string;
  /** The plugins directory, as an absolute path. To set that one again is no change. */
  readonly pluginsDirectory?: string | undefined;
  /** Loads another plugins directory; left out where that is not allowed. */
  readonly setPluginDir?: (directory: string) => Promise<void>;
  /** Runs a handler so that what it leaves behind can be traced to its event. */
  readonly attribute?: (event: Event, run: () => void) => void;
  /**
   * Takes why an instance could not be started, in place of the log. ProtoBuf:1 has no answer that
   * could say it.
   */
  readonly startFailed?: (plugin: string, error: unknown) => void;
  /** Hears which plugin an instance is about to be started of. */
  readonly starting?: (plugin: string) => void;
  /** Counts what events do. */
  readonly meter?: EventMeter | undefined;
  /** Runs handlers within spans. */
  readonly tracer?: EventTracer | undefined;
  /** Told of each event that is refused. */
  readonly refused?: ((plugin: string, phase: Phase) => void) | undefined;
  /** Sees all events, for a developer. */
  readonly observer?: EventObserver;
}

/** The plugin server. Its methods throw `GibbonError`s, which a wire turns into answers. */
export class KongServer {
  readonly options: KongServerOptions;
  readonly instances: Instances;
  readonly events: Events;
  #draining = false;
  #retiring = false;
  readonly #sweeper: ReturnType<typeof setInterval>;

  constructor(options: KongServerOptions) {
    this.options = options;
    const { registry, limits, log, attribute } = options;
    const ids = options.ids ?? {
      instances: countingIds(clockId(Date.now())),
      events: countingIds(randomId()),
    };
    this.instances = new Instances({
      registry,
      limits,
      log,
      ids: ids.instances,
      now: Date.now,
    });
    this.events = new Events({
      limits,
      log,
      ids: ids.events,
      gatewayFor: options.observer ? observedGateway(options.observer) : createGateway,
      failureCall: FAILURE_CALL,
      gatewayPatienceMs: KONG_PATIENCE_MS,
      ...(attribute ? { attribute } : {}),
      meter: options.meter,
      tracer: options.tracer,
      ...(options.recorder ? { recorder: options.recorder } : {}),
      ...(options.observer ? { failed: (...what) => options.observer?.failed(...what) } : {}),
    });
    const sweep = () => {
      // Whether an instance is idle is known by all workers together.
      if (!options.cluster) this.instances.sweep();
    };
    this.#sweeper = setInterval(sweep, SWEEP_MS);
    (this.#sweeper as { unref?: () => void }).unref?.();
  }

  /**
   * Starts an instance.
   *
   * @param name of a plugin
   * @param configText the configuration as JSON text, with Kong's own keys in it
   * @throws {GibbonError} see `Instances.start`; DRAINING
   */
  async startInstance(name: string, configText: string): Promise<Instance> {
    if (this.#draining) throw draining();
    const { cluster, starting, startFailed } = this.options;
    starting?.(name);
    try {
      if (!cluster) return await this.adoptInstance(name, configText);
      return this.instances.get(await cluster.startInstance(name, configText));
    } catch (error) {
      startFailed?.(name, error);
      throw error;
    }
  }

  /**
   * Starts an instance in this process alone.
   *
   * @param numbered where another process has numbered it
   * @throws {GibbonError} see `Instances.start`
   */
  adoptInstance(name: string, configText: string, numbered?: Numbered): Promise<Instance> {
    const raw = parseConfig(name, configText);
    const refusal = this.options.refusing?.start(name, raw);
    if (refusal) return Promise.reject(refusal);
    return this.instances.start(name, raw, scopeOf(raw), numbered);
  }

  /**
   * Closes an instance, whose running events go on to their end.
   *
   * @returns its status just before
   * @throws {GibbonError} NO_INSTANCE
   */
  async closeInstance(id: unknown): Promise<InstanceStatus> {
    const { cluster } = this.options;
    if (!cluster) return this.instances.close(id);
    const { status } = this.instances.get(id);
    await cluster.closeInstance(status.id);
    return status;
  }

  /**
   * Begins an event. Where the server cannot take it on, and the plugin guards the request, the
   * request is stopped: an error would let it pass.
   *
   * @param given why it is refused where it came in
   * @returns the event, which may be over already; undefined if it was refused
   * @throws {GibbonError} NO_INSTANCE; PHASE_UNSUPPORTED, LIMIT, DRAINING and PLUGIN_STOPPED where
   *   nothing is guarded
   */
  handleEvent(
    instanceId: unknown,
    phase: string,
    taker: TurnTaker,
    given?: GibbonError,
  ): Event | undefined {
    const instance = this.instances.get(instanceId);
    if (!isPhase(phase)) {
      throw new GibbonError("PHASE_UNSUPPORTED", `There is no phase ${JSON.stringify(phase)}`, {
        plugin: instance.plugin.name,
      });
    }
    try {
      if (this.#draining && !isFollowing(phase)) throw draining();
      const refusal = given ?? this.options.refusing?.event(instance, phase);
      if (refusal) throw refusal;
      return this.events.begin(instance, phase, taker);
    } catch (error) {
      this.options.refused?.(instance.plugin.name, phase);
      const guards = isGuarding(phase) && instance.plugin.onError !== "continue";
      if (!guards || !(error instanceof GibbonError)) throw error;
      this.options.log.error("an event was refused; the request is stopped", {
        plugin: instance.plugin.name,
        phase,
        code: error.code,
        error: error.message,
        remedy: error.remedy,
      });
      taker.take(REFUSAL, NO_EVENT_ID);
      return undefined;
    }
  }

  /** Loads the plugins of another directory. */
  async setPluginDir(directory: string): Promise<void> {
    const { setPluginDir, pluginsDirectory } = this.options;
    if (!setPluginDir) {
      if (pluginsDirectory !== undefined && resolve(directory) === pluginsDirectory) return;
      throw new GibbonError(
        "FORBIDDEN",
        "The plugins directory was fixed when the server started",
        {
          remedy: "Start it with --allow-set-plugin-dir if clients may change the directory.",
        },
      );
    }
    const { cluster } = this.options;
    await (cluster ? cluster.setPluginDir(directory) : setPluginDir(directory));
  }

  /** Ends the events whose turn nobody is left to take, here and in other processes. */
  dropForsaken(reason: string): void {
    this.events.dropForsaken(reason);
    this.options.cluster?.dropForsaken();
    this.options.neighbours?.dropForsaken();
  }

  /** Whether another server has the socket: connections end when nothing is under way on them. */
  get retiring(): boolean {
    return this.#retiring;
  }

  /** Another server has the socket from now on; what comes in on connections is served as ever. */
  retire(): void {
    this.#retiring = true;
  }

  /** Takes no new instances and requests from now on; requests that it has seen go on. */
  drain(): void {
    this.#draining = true;
  }

  /** Ends all events and instances at once; waits for the plugins' own closing. */
  async close(reason: string): Promise<void> {
    this.#draining = true;
    clearInterval(this.#sweeper);
    this.events.close(reason);
    await this.instances.closeAll();
  }
}

/** Kong does not come back after the refusal, so no event has to be found again. */
const NO_EVENT_ID = 0;
const REFUSAL: Turn = { kind: "last-call", ...FAILURE_CALL };

function createGateway(event: Event): unknown {
  return event.instance.plugin.dialect === "native" ? createKong(event) : createKongJs(event);
}

/** The same for a server that is watched. */
function observedGateway(observer: EventObserver) {
  return (event: Event, { command }: TurnTaker): unknown => {
    const calls = observer.began(event, command);
    if (!calls) return createGateway(event);
    const caller = new ObservedCaller(event, calls);
    const { dialect } = event.instance.plugin;
    return dialect === "native" ? createKong(event, caller) : createKongJs(event, caller);
  };
}

function draining(): GibbonError {
  return new GibbonError("DRAINING", "The plugin server is stopping");
}

function parseConfig(plugin: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold secrets.
    throw new GibbonError("CONFIG_INVALID", `The configuration of ${plugin} is not JSON`, {
      plugin,
    });
  }
}

/** Kong's own keys in a configuration that say where it applies, the most telling ones first. */
const SCOPE_KEYS = ["__plugin_id", "route_id", "service_id", "consumer_id"];

function scopeOf(raw: unknown): string | undefined {
  if (typeof raw !== "object" || raw === null) return undefined;
  const found = SCOPE_KEYS.flatMap((key) => {
    const value = (raw as Record<string, unknown>)[key];
    return typeof value === "string" ? [`${key.replaceAll("_", " ").trim()} ${value}`] : [];
  });
  return found.length > 0 ? found.join(", ") : undefined;
}
