// One plugin on a plugin server over ProtoBuf:1, as one of Kong's worker processes knows it.
import { GibbonError, messageOf } from "../../../../base/errors.ts";
import { decodeMessage, encodeMessage } from "../../../../wire/protobuf/codec.ts";
import type { Phase } from "../../../engine/phases.ts";
import { RpcCall, RpcReturn } from "../../../protocol/protobuf/generated/messages.ts";
import { configJson } from "../../lua/json.ts";
import type { KongLogEntry } from "../../node.ts";
import { RequestExit } from "../../pdk/function.ts";
import type { PluginEntity } from "../../plugin_entity.ts";
import type { HandlerEnd, Numbering, PerformCall } from "../../runner.ts";
import { MOST_RESTARTS, StartedInstances } from "../instances.ts";
import type { Connections } from "../pool.ts";
import { ARGUMENTS } from "./arguments.ts";
import { type FrameConnection, NoFrame } from "./connection.ts";
import { nilResult, RESULTS } from "./results.ts";
import { RPC_METHODS } from "./rpc_methods.ts";

/** What of a connection a plugin uses. */
export type TakenFrames = Pick<FrameConnection, "send" | "next" | "done">;

/** What a plugin works with. */
export interface ProtobufPluginParts {
  readonly pool: Connections<TakenFrames>;
  readonly log: (entry: KongLogEntry) => void;
  /** Why the server has just refused to start an instance of the plugin, where that is known. */
  readonly refusalOf?: ((plugin: string) => string | undefined) | undefined;
}

/** Stands for the end of an event whose call ended the request: nothing follows. */
const EXITED = Symbol("exited");

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A plugin of a server. The numbers of its commands are its own. */
export class ProtobufPlugin {
  readonly name: string;
  readonly #parts: ProtobufPluginParts;
  readonly #instances: StartedInstances<number>;
  #sequence = 1;

  constructor(name: string, parts: ProtobufPluginParts) {
    this.name = name;
    this.#parts = parts;
    this.#instances = new StartedInstances({
      start: (plugin) => this.#start(plugin),
      close: (id) => this.#close(id),
    });
  }

  /**
   * Starts an instance if there is none of this configuration; see `StartedInstances`.
   *
   * @throws {GibbonError} PLUGIN_BROKEN; Kong answers with 500
   */
  instance(plugin: PluginEntity): Promise<number> {
    return this.#instances.get(plugin);
  }

  /**
   * Sends a command that is answered at once.
   *
   * @returns what it returns
   * @throws {NoFrame} if the server closes, or takes too long
   * @throws {GibbonError} PROTOCOL, where Kong's client raises
   */
  async command(call: RpcCall["call"]): Promise<RpcReturn["return"]> {
    const { sequence, result } = await this.#converse(call, (connection) => connection.next());
    return readReturn(result, sequence);
  }

  /**
   * Runs a handler. An event whose connection closes is begun again, as long as there is somebody to
   * connect to.
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
      try {
        const value = { instance_id: instance, event_name: phase };
        const { sequence, result } = await this.#converse(
          { $case: "cmd_handle_event", value },
          (connection) => converse(connection, perform),
          numbered,
        );
        if (result === EXITED) return { kind: "exited" };
        readReturn(result, sequence);
        return { kind: "returned" };
      } catch (error) {
        if (!(error instanceof NoFrame)) throw error;
        if (error.reason !== "closed") {
          this.#parts.log({ level: "err", plugin: this.name, message: error.reason });
          throw new GibbonError("PDK_FAILED", error.reason, { plugin: this.name, phase });
        }
        this.#parts.log({ level: "warn", plugin: this.name, message: error.reason });
        this.#instances.forget(plugin);
      }
    }
    const message = `the server closed the connection ${MOST_RESTARTS} times; Kong would go on ` +
      "repeating the event for ever";
    throw new GibbonError("PROTOCOL", message, { plugin: this.name, phase });
  }

  async #start(plugin: PluginEntity): Promise<number> {
    const config = encoder.encode(configJson(plugin.config));
    const value = { name: plugin.name, config };
    let answer: RpcReturn["return"];
    try {
      answer = await this.command({ $case: "cmd_start_instance", value });
    } catch (error) {
      if (error instanceof GibbonError) throw error;
      this.#parts.log({
        level: "err",
        about: "start",
        plugin: this.name,
        message: `starting instance: ${messageOf(error)}`,
      });
      const reason = this.#parts.refusalOf?.(plugin.name) ?? messageOf(error);
      throw new GibbonError("PLUGIN_BROKEN", reason, { plugin: this.name });
    }
    if (answer?.$case === "instance_status") return answer.value.instance_id;
    throw new GibbonError("PROTOCOL", "the server gave no status of the instance that it started");
  }

  async #close(instance_id: number): Promise<void> {
    try {
      await this.command({ $case: "cmd_close_instance", value: { instance_id } });
    } catch (error) {
      const message = `closing instance: ${messageOf(error)}`;
      this.#parts.log({ level: "warn", plugin: this.name, message });
    }
  }

  /**
   * Sends a command on a connection, and has the conversation that follows. Whatever goes wrong in it,
   * the connection is closed; what its result says is looked at when the connection is free again.
   */
  async #converse<Result>(
    call: RpcCall["call"],
    talk: (connection: TakenFrames) => Promise<Result>,
    numbered?: Numbering,
  ): Promise<{ readonly sequence: number; readonly result: Result }> {
    const { pool, log } = this.#parts;
    // Kong counts also where it cannot connect.
    const sequence = ++this.#sequence;
    numbered?.(sequence);
    let connection: TakenFrames;
    try {
      connection = await pool.take();
    } catch (error) {
      const reason = messageOf(error);
      log({ level: "err", plugin: this.name, message: `trying to connect: ${reason}` });
      throw new GibbonError("PDK_FAILED", reason, { plugin: this.name, cause: error });
    }
    try {
      connection.send(encodeMessage(RpcCall, { sequence, call }));
      const result = await talk(connection);
      if (result === EXITED) pool.drop(connection);
      else {
        connection.done();
        pool.give(connection);
      }
      return { sequence, result };
    } catch (error) {
      pool.drop(connection);
      if (error instanceof NoFrame || error instanceof GibbonError) throw error;
      throw new GibbonError("PROTOCOL", messageOf(error), { plugin: this.name, cause: error });
    }
  }
}

/**
 * The talk of one event.
 *
 * @returns the answer to its command, or that the request was ended
 */
async function converse(
  connection: TakenFrames,
  perform: PerformCall,
): Promise<Uint8Array | typeof EXITED> {
  for (;;) {
    const method = decoder.decode(await connection.next());
    if (method === "") return await connection.next();
    const result = await performed(perform, method, await connection.next());
    if (result === EXITED) return EXITED;
    connection.send(result);
  }
}

const RAW_BODY = "kong.request.get_raw_body";
/** Kong gives the path of a body that it has in a file, and the server reads it: of any size, here. */
const ANY_SIZE = [0];

/** Makes a call; gives the frame of its result. */
async function performed(
  perform: PerformCall,
  method: string,
  frame: Uint8Array,
): Promise<Uint8Array | typeof EXITED> {
  const messages = Object.hasOwn(RPC_METHODS, method) ? RPC_METHODS[method] : undefined;
  if (!messages) {
    throw new GibbonError("PDK_FAILED", `pluginserver error: method "${method}" not found`);
  }
  const [argsName, resultName] = messages;
  const args = method === RAW_BODY ? ANY_SIZE : orRaise(() => ARGUMENTS[argsName]!(frame));
  try {
    const result = await perform(method, args);
    return result === undefined ? nilResult(resultName) : RESULTS[resultName]!(result);
  } catch (error) {
    if (error instanceof RequestExit) return EXITED;
    throw error;
  }
}

function orRaise<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new GibbonError("PDK_FAILED", messageOf(error), { cause: error });
  }
}

/** @throws {GibbonError} PROTOCOL if it answers another command */
function readReturn(frame: Uint8Array, sequence: number): RpcReturn["return"] {
  const answer = orRaise(() => decodeMessage(RpcReturn, frame));
  if (answer.sequence === sequence) return answer.return;
  throw new GibbonError("PROTOCOL", `an answer to ${answer.sequence} in place of ${sequence}`);
}
