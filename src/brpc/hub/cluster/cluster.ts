// A hub among others: says that it is there, hears of them, and passes calls and values on.
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { GibbonError, messageOf } from "../../../base/errors.ts";
import type { Logger } from "../../../base/log.ts";
import { atMost } from "../../../base/waiting.ts";
import type { PluginInfo } from "../../messages.ts";
import type { AsyncSender, AsyncValues } from "../async_values.ts";
import type { CallPatience } from "../calls.ts";
import type { HubLimits } from "../limits.ts";
import { checkHead } from "../plugged.ts";
import type { Elsewhere, Roster } from "../roster.ts";
import { Claims, isBefore } from "./claims.ts";
import { connectToNats } from "./connect.ts";
import { Exchange } from "./exchange.ts";
import { NOTHING, readPart, writeFrame } from "./frames.ts";
import { type Asked, type Change, Changes, check, checkJson, List, Told } from "./messages.ts";
import { type NeighbourEvents, Neighbours, type RemotePlugin } from "./neighbours.ts";
import { CLUSTER_LIMITS, type ClusterLimits, type JoinOptions } from "./options.ts";
import { OwnList } from "./own_list.ts";
import { Replies } from "./replies.ts";
import { hubId, Subjects } from "./subjects.ts";
import { ValuesIn } from "./values_in.ts";
import { ValuesOut } from "./values_out.ts";

/** Room that a call's message has for all but its payload, in bytes. */
const HEAD_BYTES = 4096;

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
export class Cluster implements Elsewhere {
  /** What the others call this hub. */
  readonly id: string;
  readonly #hub: JoiningHub;
  readonly #limits: ClusterLimits;
  readonly #connection: NatsConnection;
  readonly #subjects: Subjects;
  readonly #claims: Claims;
  readonly #exchange: Exchange;
  readonly #neighbours: Neighbours;
  readonly #own: OwnList;
  readonly #out: ValuesOut;
  readonly #in: ValuesIn;
  #timer: ReturnType<typeof setInterval> | undefined;
  #beatMs = performance.now();
  #readings = 0;
  #isConnected = true;
  #isLeaving = false;

  /**
   * Connects; `begin` makes the hub one of the others.
   *
   * @throws {GibbonError} OPTION_INVALID, SOCKET_FAILED
   */
  static async connect(hub: JoiningHub, options: JoinOptions): Promise<Cluster> {
    const limits = { ...CLUSTER_LIMITS, ...options.limits };
    const [id, subjects] = [hubId(options.name), new Subjects(options.prefix)];
    const connection = await connectToNats(options, `gibbon hub ${id}`, limits.connectMs);
    return new Cluster(hub, limits, connection, subjects, id);
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
    this.#subjects = subjects;
    const { log } = hub;
    const replies = new Replies(connection, subjects, id);
    const common = { connection, subjects, replies, id, log };
    const isConnected = () => this.#isConnected;
    const others = () => this.#neighbours.size;
    this.#claims = new Claims({ ...common, claimMs: limits.claimMs, isConnected, others });
    this.#exchange = new Exchange({
      ...common,
      messageBytes: hub.limits.messageBytes,
      answer: (question, body) => this.#answer(question, body),
    });
    this.#own = new OwnList((changes, after) => this.#tellChanges(changes, after));
    this.#neighbours = new Neighbours(this.#events(), limits.hubs);
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
  get plugins(): ReadonlyMap<string, RemotePlugin> {
    return this.#neighbours.plugins;
  }

  /** Ids of the other hubs. */
  get hubs(): string[] {
    return this.#neighbours.hubs;
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
    { name, hub }: RemotePlugin,
    { method, payload, trace }: RemoteCall,
    patience: CallPatience,
  ): Promise<Uint8Array> {
    const { calls, messageBytes } = this.#hub.limits;
    const details = { plugin: name, phase: method };
    checkHead(method, trace);
    const most = messageBytes - HEAD_BYTES;
    if (payload.length > most) {
      const message = `A payload of ${payload.length} bytes; ${most} are the limit`;
      throw new GibbonError("LIMIT", message, details);
    }
    if (this.#exchange.underWay(hub) >= calls) {
      throw new GibbonError("LIMIT", `${calls} calls are under way on the hub ${hub}`, details);
    }
    this.#checkConnected(name);
    const timeoutMs = Number.isFinite(patience.timeoutMs) ? patience.timeoutMs : null;
    const question = { kind: "call", plugin: name, method, trace, timeoutMs } as const;
    return await this.#exchange.ask(hub, question, payload, patience, `${name}.${method}`);
  }

  /** Has a plugin of another hub leave. @throws {GibbonError} as `Hub.unplug` */
  async unplug({ name, hub }: RemotePlugin, trace: string): Promise<void> {
    this.#checkConnected(name);
    const patience = { timeoutMs: 2 * this.#hub.limits.graceMs };
    const question = { kind: "unplug", plugin: name, trace } as const;
    await this.#exchange.ask(hub, question, NOTHING, patience, `unplugging ${name}`);
  }

  isTaken(name: string): boolean {
    return this.#neighbours.plugins.has(name);
  }

  claim(name: string): Promise<boolean> {
    return this.#claims.claim(name);
  }

  release(name: string): void {
    this.#claims.release(name);
  }

  came(info: PluginInfo): void {
    this.#own.came(info, this.#claims.since(info.name) ?? Date.now());
    // One that other hubs could not be asked for may be there already.
    const other = this.plugins.get(info.name);
    if (other) this.#contest(other);
  }

  left(name: string, graceful: boolean): void {
    this.#claims.release(name);
    this.#own.left(name, graceful);
  }

  put(name: string, payload: Uint8Array, sender: AsyncSender): void {
    this.#out.put(name, payload, sender);
  }

  /** Leaves the others, which hear of it. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    clearInterval(this.#timer);
    this.#own.flush();
    this.#out.end();
    this.#hub.values.readersChanged = () => {};
    this.#exchange.cutOff();
    if (this.#isConnected) this.#tell({ kind: "bye", hub: this.id });
    if (this.#isConnected) await atMost(LEAVE_MS, this.#connection.flush().catch(() => {}));
    await this.#connection.close();
  }

  /** Says that this hub is there, with the plugins that it has. */
  begin(): void {
    const { log, roster, values } = this.#hub;
    const callback = (error: Error | null, message: Msg) => {
      if (!error) this.#heard(message.data);
    };
    this.#connection.subscribe(this.#subjects.all, { callback });
    this.#connection.subscribe(this.#subjects.newcomer(this.id), { callback });
    void this.#watch();
    for (const { info } of roster.all.values()) {
      this.#claims.hold(info.name);
      this.came(info);
    }
    if (values.isRead) this.#readings++;
    values.readersChanged = (isRead) => {
      if (isRead) this.#readings++;
      this.#beat(false);
    };
    log.info("the hub has joined others", { hub: this.id, nats: this.#connection.getServer() });
    this.#beat(true);
    this.#timer = setInterval(() => this.#tick(), this.#limits.beatMs);
  }

  #tick(): void {
    const nowMs = performance.now();
    // What was heard while something blocked this process is still to be read.
    const wasBlocked = nowMs - this.#beatMs > 2 * this.#limits.beatMs;
    this.#beatMs = nowMs;
    this.#beat(false);
    if (wasBlocked) return;
    const { deadMs } = this.#limits;
    this.#neighbours.expire(nowMs - deadMs, `nothing was heard of it for ${deadMs} ms`);
  }

  #beat(isNew: boolean, subject = this.#subjects.all): void {
    if (!this.#isConnected || this.#isLeaving) return;
    const reads = this.#hub.values.isRead ? this.#readings : 0;
    const { revision } = this.#own;
    this.#tell({ kind: "beat", hub: this.id, revision, reads, isNew }, NOTHING, subject);
  }

  #tellChanges(changes: readonly Change[], after: number): void {
    if (!this.#isConnected) return;
    const head = { kind: "changes", hub: this.id, after, revision: after + 1 } as const;
    const body = new TextEncoder().encode(JSON.stringify(changes));
    const most = this.#connection.info?.max_payload ?? 0;
    // Too long for one message: the others ask for the list when they hear of the revision.
    if (body.length + HEAD_BYTES > most) queueMicrotask(() => this.#beat(false));
    else this.#tell(head, body);
  }

  #tell(told: Told, body: Uint8Array = NOTHING, subject = this.#subjects.all): void {
    for (const part of writeFrame(told, body, Infinity)) this.#connection.publish(subject, part);
  }

  #heard(bytes: Uint8Array): void {
    try {
      const { head, body } = readPart(bytes);
      const told = check(Told, head);
      if (told.kind === "bye") return this.#neighbours.lost(told.hub);
      const changes = told.kind === "changes" ? checkJson(Changes, body) : [];
      this.#neighbours.heard(told, changes, performance.now());
      if (told.kind === "beat" && told.isNew) this.#beat(false, this.#subjects.newcomer(told.hub));
    } catch (error) {
      const reason = messageOf(error);
      this.#hub.log.warn("a message from NATS is left out", { reason });
    }
  }

  #events(): NeighbourEvents {
    const { log, roster } = this.#hub;
    return {
      came: (plugin) => {
        if (roster.all.has(plugin.name)) this.#contest(plugin);
        roster.sayCame(plugin);
      },
      left: (plugin, graceful) => {
        if (!this.#isLeaving) roster.sayLeft(describe(plugin, true), graceful);
      },
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
  #contest(other: RemotePlugin): void {
    const { log, roster } = this.#hub;
    const since = this.#claims.since(other.name);
    if (since === undefined) return;
    const isMineLater = isBefore(other, { hub: this.id, since });
    log.warn("plugins of two hubs have one name; the one that came later is told to leave", {
      plugin: other.name,
      hub: other.hub,
      leaves: isMineLater ? "the one of this hub" : "the other one",
    });
    if (isMineLater) void roster.all.get(other.name)?.stop("", true);
  }

  #answer(question: Asked, body: Uint8Array): Promise<Uint8Array> | undefined {
    const { roster } = this.#hub;
    switch (question.kind) {
      case "call": {
        const { plugin, method, trace, timeoutMs } = question;
        const patience = { timeoutMs: timeoutMs ?? Infinity };
        const call = async () =>
          await roster.get(plugin).call(method, body, trace, patience, (answer) => answer);
        return call();
      }
      case "unplug":
        return (async () => {
          await roster.get(question.plugin).stop(question.trace, true);
          return NOTHING;
        })();
      case "list":
        return Promise.resolve(new TextEncoder().encode(JSON.stringify(this.#own.list)));
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
        for (const hub of this.hubs) this.#neighbours.forgetReads(hub);
        if (this.#hub.values.isRead) this.#readings++;
        this.#beat(true);
      } else if (status.type === "error") {
        log.error("NATS refuses something", { reason: messageOf(status.error) });
      }
    }
  }
}

/** A plugin of another hub, as those of this one are described. */
export function describe(
  { name, version, functions, hub }: RemotePlugin,
  full: boolean,
): PluginInfo {
  const none: PluginInfo["functions"] = {};
  if (!full) return { name, version, functions: none, hub };
  try {
    const value: unknown = JSON.parse(functions);
    const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
    return { name, version, functions: isRecord ? value as PluginInfo["functions"] : none, hub };
  } catch {
    return { name, version, functions: none, hub };
  }
}
