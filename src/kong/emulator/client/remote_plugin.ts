// One plugin on a plugin server, as one of Kong's worker processes knows it: its calls and instances.
import { GibbonError } from "../../../base/errors.ts";
import type { Phase } from "../../engine/phases.ts";
import { configJson } from "../lua/json.ts";
import { pack } from "../lua/pack.ts";
import { fromWire, isLuaTable, luaText, luaType, unpackArgs } from "../lua/values.ts";
import type { KongLogEntry } from "../node.ts";
import { RequestExit } from "../pdk/function.ts";
import type { PluginEntity } from "../plugin_entity.ts";
import type { HandlerEnd, Numbering, PerformCall } from "../runner.ts";
import type { ServerConnection } from "./connection.ts";
import { MOST_RESTARTS, StartedInstances } from "./instances.ts";
import type { Connections } from "./pool.ts";
import { repairResult, stepMethod } from "./steps.ts";

/** An answer: Kong takes every error but nil for one. */
interface Answer {
  readonly error: unknown;
  readonly result: unknown;
}

/** A connection that was taken for a call; see `ServerConnection`. */
export type TakenConnection = Pick<ServerConnection, "request">;

/** A plugin of a server. Its message ids are its own. */
export class RemotePlugin {
  readonly name: string;
  readonly #pool: Connections<TakenConnection>;
  readonly #log: (entry: KongLogEntry) => void;
  readonly #instances: StartedInstances<unknown>;
  #lastMessageId = 0;
  #serverPid: number | undefined;

  constructor(
    name: string,
    pool: Connections<TakenConnection>,
    log: (entry: KongLogEntry) => void,
  ) {
    this.name = name;
    this.#pool = pool;
    this.#log = log;
    this.#instances = new StartedInstances({
      start: (plugin) => this.#start(plugin),
      close: (id) => this.#close(id),
    });
  }

  /**
   * Calls a method of the server.
   *
   * @param method such as `plugin.GetPluginInfo`
   * @returns error and result; "no data" is an error of Kong's own
   * @throws {GibbonError} PROTOCOL, PDK_FAILED, where Kong's client raises
   */
  async call(method: string, argument: unknown, numbered?: Numbering): Promise<Answer> {
    const id = ++this.#lastMessageId;
    numbered?.(id);
    let connection;
    try {
      connection = await this.#pool.take();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log({ level: "err", plugin: this.name, message: `trying to connect: ${reason}` });
      return { error: reason, result: undefined };
    }
    try {
      const bytes = pack([0, id, method, [argument]]);
      const received = await connection.request(
        bytes,
        (label, value) => this.#notify(label, value),
      );
      if (received.kind === "no-data") {
        this.#pool.give(connection);
        return { error: "no data", result: undefined };
      }
      const answer = readAnswer(received.value, id);
      this.#pool.give(connection);
      return answer;
    } catch (error) {
      this.#pool.drop(connection);
      throw error;
    }
  }

  /**
   * Starts an instance if there is none of this configuration; closes that of the one before.
   *
   * @returns the server's id of it
   * @throws {GibbonError} PLUGIN_BROKEN with the server's own words; Kong answers with 500
   */
  instance(plugin: PluginEntity): Promise<unknown> {
    return this.#instances.get(plugin);
  }

  /**
   * Runs a handler.
   *
   * @param perform makes its PDK calls
   * @param numbered is told the number of each command
   * @throws {GibbonError} where Kong raises, and answers with 500
   */
  async handle(
    plugin: PluginEntity,
    phase: Phase,
    perform: PerformCall,
    numbered?: Numbering,
  ): Promise<HandlerEnd> {
    for (let restarts = 0; restarts < MOST_RESTARTS; restarts++) {
      const instance = await this.instance(plugin);
      const end = await this.#event(instance, phase, { perform, numbered });
      if (end.kind !== "skipped") return end;
      if (!end.reason.toLowerCase().includes("no plugin instance")) {
        this.#log({ level: "err", plugin: this.name, message: end.reason });
        return end;
      }
      this.#log({ level: "warn", plugin: this.name, message: end.reason });
      this.#instances.forget(plugin);
    }
    const message = `the server took none of ${MOST_RESTARTS} instances for its own; Kong would ` +
      "go on starting them for ever";
    throw new GibbonError("PROTOCOL", message, { plugin: this.name, phase });
  }

  async #start(plugin: PluginEntity): Promise<unknown> {
    const config = configJson(plugin.config);
    const answer = await this.call("plugin.StartInstance", { Name: plugin.name, Config: config });
    if (isPresent(answer.error) || !isLuaTable(answer.result)) {
      const reason = luaText(answer.error ?? undefined);
      const message = `starting instance: ${reason}`;
      this.#log({ level: "err", about: "start", plugin: this.name, message });
      throw new GibbonError("PLUGIN_BROKEN", reason, { plugin: this.name });
    }
    return (answer.result as { Id?: unknown }).Id;
  }

  async #close(id: unknown): Promise<void> {
    const { error } = await this.call("plugin.CloseInstance", id);
    if (isPresent(error)) {
      const reason = luaText(error);
      this.#log({ level: "warn", plugin: this.name, message: `closing instance: ${reason}` });
    }
  }

  /** The talk of one event, up to its end. */
  async #event(
    instance: unknown,
    phase: Phase,
    { perform, numbered }: { perform: PerformCall; numbered: Numbering | undefined },
  ): Promise<HandlerEnd> {
    const argument = { InstanceId: instance, EventName: phase };
    let answer = await this.call("plugin.HandleEvent", argument, numbered);
    let event: unknown;
    for (let first = true;; first = false) {
      if (isPresent(answer.error)) return skipped(answer.error);
      // Kong takes an answer with nothing in it for the end.
      if (!isPresent(answer.result)) return { kind: "returned" };
      const turn = answer.result as { EventId?: unknown; Data?: unknown };
      if (first) event = fromWire(turn.EventId);
      if (turn.Data === "ret") return { kind: "returned" };
      const { Method: method, Args: args } = callOf(turn.Data);
      const result = await performed(perform, method, args);
      if (result === EXITED) return { kind: "exited" };
      const data = repairResult(method, result);
      answer = await this.call(stepMethod(method, result), { EventId: event, Data: data });
    }
  }

  #notify(label: unknown, value: unknown): void {
    const pid = Number(value);
    if (label !== "serverPid" || !Number.isFinite(pid)) return;
    // The event in which a new server is noticed still goes on with the instance that it has.
    if (this.#serverPid !== undefined && this.#serverPid !== pid) this.#instances.forgetReady();
    this.#serverPid = pid;
  }
}

const EXITED = Symbol("exited");

async function performed(perform: PerformCall, method: string, args: unknown): Promise<unknown> {
  try {
    return await perform(method, unpackArgs(args));
  } catch (error) {
    if (error instanceof RequestExit) return EXITED;
    throw error;
  }
}

const isPresent = (value: unknown) => value !== undefined && value !== null;

function readAnswer(message: readonly unknown[], id: number): Answer {
  if (message[0] !== 1) throw new GibbonError("PROTOCOL", "a message that is no answer");
  if (message[1] !== id) {
    throw new GibbonError("PROTOCOL", `an answer to ${luaText(message[1])} in place of ${id}`);
  }
  return { error: message[2], result: message[3] };
}

function skipped(error: unknown): HandlerEnd {
  if (typeof error === "string") return { kind: "skipped", reason: error };
  throw new GibbonError("PROTOCOL", `an error that is a ${luaType(error)}, not a string`);
}

function callOf(data: unknown): { readonly Method: string; readonly Args: unknown } {
  const call = data as { Method?: unknown; Args?: unknown } | null | undefined;
  if (typeof call?.Method === "string") return { Method: call.Method, Args: call.Args };
  throw new GibbonError("PROTOCOL", `a turn that is neither "ret" nor a call: ${luaText(data)}`);
}
