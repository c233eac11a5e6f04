// A hub among others: says that it is there, hears of them, and passes calls and values on.
import type { NatsConnection } from "@nats-io/transport-node";
import { GibbonError, messageOf } from "../../../base/errors.ts";
import type { Logger } from "../../../base/log.ts";
import { atMost } from "../../../base/waiting.ts";
import { payloadRoom } from "../../link.ts";
import { METHOD_SHUTDOWN, type PluginInfo } from "../../messages.ts";
import type { AsyncSender, AsyncValues } from "../async_values.ts";
import type { CallPatience } from "../calls.ts";
import type { HubLimits } from "../limits.ts";
import { checkHead, checkLength } from "../plugged.ts";
import type { Elsewhere, Roster } from "../roster.ts";
import { Claims, wasFirst } from "./claims.ts";
import { connectToNats } from "./connect.ts";
import { HubExchange } from "./exchange.ts";
import { NOTHING } from "./frames.ts";
import { type Asked, checkJson, List } from "./messages.ts";
import type { OtherHubsEvents, PluginElsewhere } from "./other_hubs.ts";
import { CLUSTER_LIMITS, type ClusterLimits, type JoinOptions } from "./options.ts";
import { Presence } from "./presence.ts";
import { describe } from "./plugin_elsewhere.ts";
import { Replies } from "./replies.ts";
import { hubId, Subjects } from "./subjects.ts";
import { ValuesIn } from "./values_in.ts";
import { ValuesOut } from "./values_out.ts";

/** How long the last words of a hub may take, in milliseconds. */
const LEAVE_MS = 1000;

/** The hub that joins. */
export interface JoiningHub {
  readonly roster: Roster;
  readonly values: AsyncValues;
  readonly limits: HubLimits;
  readonly log: Logger;
}

/** A call of a plugin on another hub. */
export interface RemoteCall {
  readonly method: string;
  readonly payload: Uint8Array;
  readonly trace: string;
}

/** The hubs that a hub is joined with, and its part among them. */
export class HubCluster implements Elsewhere {
  /** What the others call this hub. */
  readonly id: string;
  readonly #hub: JoiningHub;
  readonly #limits: ClusterLimits;
  readonly #connection: NatsConnection;
  readonly #claims: Claims;
  readonly #exchange: HubExchange;
  readonly #presence: Presence;
  readonly #out: ValuesOut;
  readonly #in: ValuesIn;
  #isConnected = true;

  /**
   * Connects; `begin` makes the hub one of the others.
   *
   * @throws {GibbonError} OPTION_INVALID, SOCKET_FAILED
   */
  static async connect(hub: JoiningHub, options: JoinOptions): Promise<HubCluster> {
    const limits = { ...CLUSTER_LIMITS, ...options.limits };
    const [id, subjects] = [hubId(options.name), new Subjects(options.prefix)];
    const connection = await connectToNats(options, `gibbon hub ${id}`, limits.connectMs);
    return new HubCluster(hub, limits, connection, subjects, id);
  }

  private constructor(
    hub: JoiningHub,
    limits: ClusterLimits,
    connection: NatsConnection,
    subjects: Subjects,
    id: string,
  ) {
    this.id = id;
    this.#hub = hub;
    this.#limits = limits;
    this.#connection = connection;
    const { log } = hub;
    const replies = new Replies(connection, subjects, id);
    const common = { connection, subjects, replies, id, log };
    const isConnected = () => this.#isConnected;
    const others = () => this.#presence.others.size;
    this.#claims = new Claims({ ...common, claimMs: limits.claimMs, isConnected, others });
    this.#exchange = new HubExchange({
      ...common,
      messageBytes: hub.limits.messageBytes,
      answer: (question, body) => this.#answer(question, body),
    });
    const { values } = hub;
    const events = this.#events();
    this.#presence = new Presence({ ...common, limits, values, events, isConnected });
    this.#out = new ValuesOut(
      hub.limits,
      limits,
      log,
      (to, value, payload) => this.#exchange.tell(to, { kind: "value", ...value }, payload),
    );
    this.#in = new ValuesIn(
      hub.values,
      log,
      (to, pump, seq) => this.#exchange.tell(to, { kind: "taken", pump, seq }),
    );
  }

  /** Plugins of other hubs by name. */
  get plugins(): ReadonlyMap<string, PluginElsewhere> {
    return this.#presence.others.plugins;
  }

  /** Ids of the other hubs. */
  get hubs(): string[] {
    return this.#presence.others.hubs;
  }

  /** Calls of plugins on other hubs that have no answer yet. */
  get underWay(): number {
    return this.hubs.reduce((sum, hub) => sum + this.#exchange.underWay(hub), 0);
  }

  /**
   * Calls a plugin of another hub.
   *
   * @returns the answer's payload
   * @throws {GibbonError} as `Hub.call`
   */
  async call(
    { name, hub }: PluginElsewhere,
    { method, payload, trace }: RemoteCall,
    patience: CallPatience,
  ): Promise<Uint8Array> {
    const { calls, messageBytes } = this.#hub.limits;
    const details = { plugin: name, phase: method };
    checkHead(method, trace);
    checkLength(payload, payloadRoom(messageBytes), details);
    if (this.#exchange.underWay(hub) >= calls) {
      throw new GibbonError("LIMIT", `${calls} calls are under way on the hub ${hub}`, details);
    }
    this.#checkConnected(name);
    const timeoutMs = Number.isFinite(patience.timeoutMs) ? patience.timeoutMs : null;
    const question = { kind: "call", plugin: name, method, trace, timeoutMs } as const;
    return await this.#exchange.ask(hub, question, payload, patience, `${name}.${method}`);
  }

  /** Has a plugin of another hub leave. @throws {GibbonError} as `Hub.unplug` */
  async unplug({ name, hub }: PluginElsewhere, trace: string): Promise<void> {
    checkHead(METHOD_SHUTDOWN, trace);
    this.#checkConnected(name);
    const patience = { timeoutMs: 2 * this.#hub.limits.graceMs };
    const question = { kind: "unplug", plugin: name, trace } as const;
    await this.#exchange.ask(hub, question, NOTHING, patience, `unplugging ${name}`);
  }

  isTaken(name: string): boolean {
    return this.#presence.others.plugins.has(name);
  }

  claim(name: string): Promise<boolean> {
    return this.#claims.claim(name);
  }

  release(name: string): void {
    this.#claims.release(name);
  }

  came(info: PluginInfo): void {
    this.#presence.own.came(info, this.#claims.since(info.name) ?? Date.now());
    // One that other hubs could not be asked for may be there already.
    const other = this.plugins.get(info.name);
    if (other) this.#contest(other);
  }

  left(name: string, graceful: boolean): void {
    this.#claims.release(name);
    this.#presence.own.left(name, graceful);
  }

  put(name: string, payload: Uint8Array, sender: AsyncSender): void {
    this.#out.put(name, payload, sender);
  }

  /** Leaves the others, which hear of it. */
  async leave(): Promise<void> {
    this.#presence.end();
    this.#out.end();
    this.#exchange.cutOff();
    if (this.#isConnected) await atMost(LEAVE_MS, this.#connection.flush().catch(() => {}));
    await this.#connection.close();
  }

  /** Makes the hub one of the others, with the plugins that it has. */
  begin(): void {
    const { log, roster } = this.#hub;
    void this.#watch();
    for (const { info } of roster.all.values()) {
      this.#claims.hold(info.name);
      this.came(info);
    }
    log.info("the hub has joined others", { hub: this.id, nats: this.#connection.getServer() });
    this.#presence.begin();
  }

  #events(): OtherHubsEvents {
    const { log, roster } = this.#hub;
    return {
      came: (plugin) => {
        if (roster.all.has(plugin.name)) this.#contest(plugin);
        roster.sayCame(plugin);
      },
      left: (plugin, graceful) => {
        roster.sayLeft(describe(plugin, true), graceful);
      },
      refused: (hub, reason) => log.error("another hub is not listed as a whole", { hub, reason }),
      met: (hub) => log.info("another hub is there", { hub }),
      lost: (hub, reason) => {
        if (reason === undefined) log.info("another hub has left", { hub });
        else log.warn("another hub is gone", { hub, reason });
        this.#exchange.lost(hub);
        this.#out.stop(hub);
        this.#in.lost(hub);
      },
      reads: (hub, reads) => {
        const text = reads > 0 ? "reads async values" : "reads no async values any more";
        log.debug(`a hub ${text}`, { hub });
        this.#out.reads(hub, reads > 0);
      },
      list: async (hub) => {
        const patience = { timeoutMs: this.#limits.deadMs };
        const what = `the list of ${hub}`;
        return checkJson(
          List,
          await this.#exchange.ask(hub, { kind: "list" }, NOTHING, patience, what),
        );
      },
    };
  }

  /** Two plugins have one name: the one that came later leaves. */
  #contest(other: PluginElsewhere): void {
    const { log, roster } = this.#hub;
    const since = this.#claims.since(other.name);
    if (since === undefined) return;
    const isMineLater = wasFirst(other, { hub: this.id, since });
    log.warn("plugins of two hubs have one name; the one that came later is told to leave", {
      plugin: other.name,
      hub: other.hub,
      leaves: isMineLater ? "the one of this hub" : "the other one",
    });
    if (isMineLater) void roster.all.get(other.name)?.stop("", true);
  }

  /** Values are taken at once, in the order in which they come. */
  async #answer(question: Asked, body: Uint8Array): Promise<Uint8Array | undefined> {
    const { roster } = this.#hub;
    switch (question.kind) {
      case "call": {
        const { plugin, method, trace, timeoutMs } = question;
        const patience = { timeoutMs: timeoutMs ?? Infinity };
        return await roster.get(plugin).call(method, body, trace, patience, (answer) => answer);
      }
      case "unplug":
        await roster.get(question.plugin).stop(question.trace, true);
        return NOTHING;
      case "list":
        return new TextEncoder().encode(JSON.stringify(this.#presence.own.list));
      case "value":
        this.#in.take(question.hub, question.pump, question.seq, question.plugin, body);
        return undefined;
      case "taken":
        this.#out.taken(question.hub, question.pump, question.seq);
        return undefined;
    }
  }

  #checkConnected(plugin: string): void {
    if (this.#isConnected) return;
    throw new GibbonError(
      "CALL_FAILED",
      `${plugin} is on another hub, and NATS cannot be reached`,
      {
        plugin,
      },
    );
  }

  /** Follows the connection until it is closed. */
  async #watch(): Promise<void> {
    const { log } = this.#hub;
    for await (const status of this.#connection.status()) {
      if (status.type === "disconnect") {
        this.#isConnected = false;
        log.warn("the connection to NATS is lost: other hubs cannot be reached", {
          nats: status.server,
        });
        this.#exchange.cutOff();
        this.#out.cutOff();
      } else if (status.type === "reconnect") {
        this.#isConnected = true;
        log.info("the connection to NATS is back", { nats: status.server });
        this.#presence.comeBack();
      } else if (status.type === "error") {
        log.error("NATS refuses something", { reason: messageOf(status.error) });
      }
    }
  }
}
