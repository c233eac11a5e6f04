// One plugin as a worker of Kong knows it over ProtoBuf:1: its instances, its events, and the repeats.
import { GibbonError, messageOf } from "../../../../src/base/errors.ts";
import type { Phase } from "../../../../src/kong/engine/phases.ts";
import { configJson } from "../../../../src/kong/emulator/lua/json.ts";
import type { KongLogEntry } from "../../../../src/kong/emulator/node.ts";
import { RequestExit } from "../../../../src/kong/emulator/pdk/function.ts";
import type { PluginEntity } from "../../../../src/kong/emulator/plugin_entity.ts";
import type {
  HandlerEnd,
  PerformCall,
  PluginRunner,
} from "../../../../src/kong/emulator/runner.ts";
import * as messages from "../../../../src/kong/protocol/protobuf/generated/messages.ts";
import { frame } from "../../../../src/wire/frames.ts";
import { type Cosocket, CosocketError } from "./cosocket.ts";
import type { SocketPool } from "./pool.ts";
import { readArguments, writeResult } from "./protobuf_values.ts";

type Call = NonNullable<messages.RpcCall["call"]>;

/** What a plugin works with. */
export interface ProtobufPluginParts {
  readonly name: string;
  /** The server's socket. */
  readonly path: string;
  readonly pool: SocketPool;
  readonly log: (entry: KongLogEntry) => void;
  /** Has every worker forget the plugin's instances; this one's `forget` is called too. */
  readonly reset: (plugin: string) => void;
}

interface StartedInstance {
  readonly id: Promise<number>;
  /** Whether the server has given the id. */
  ready: boolean;
}

/** Errors after which Kong starts the instance again and repeats the event, without end. */
const REPEATED = /no plugin instance|closed/i;

/** A plugin. */
export class ProtobufPlugin implements PluginRunner {
  readonly #parts: ProtobufPluginParts;
  readonly #instances = new Map<string, StartedInstance>();
  #lastCall = 0;
  #over = false;
  /** Events that were begun again because their connection closed. */
  repeats = 0;

  constructor(parts: ProtobufPluginParts) {
    this.#parts = parts;
  }

  /** Forgets the instances that it has; those that are being started stay. */
  forget(): void {
    for (const [key, { ready }] of this.#instances) if (ready) this.#instances.delete(key);
  }

  /** The worker is gone: nothing is repeated any more. */
  end(): void {
    this.#over = true;
  }

  /** @throws {GibbonError} where Kong answers with 500 */
  async handle(plugin: PluginEntity, phase: Phase, perform: PerformCall): Promise<HandlerEnd> {
    for (;;) {
      const instance_id = await this.#instance(plugin);
      const command: Call = {
        $case: "cmd_handle_event",
        value: { instance_id, event_name: phase },
      };
      try {
        return await this.#event(command, perform);
      } catch (error) {
        if (!(error instanceof CosocketError)) throw error;
        if (this.#over || !REPEATED.test(error.message)) throw this.#failure(error);
        this.#log("warn", error.message);
        this.#parts.reset(this.#parts.name);
        this.repeats++;
      }
    }
  }

  /** The id of the plugin's instance, which is started by whoever needs it first. */
  async #instance(plugin: PluginEntity): Promise<number> {
    for (let known = this.#instances.get(plugin.key); known;) {
      try {
        return await known.id;
      } catch {
        // Somebody else could not start it: now it is this event's turn.
        known = this.#instances.get(plugin.key);
      }
    }
    const started: StartedInstance = { id: this.#start(plugin), ready: false };
    this.#instances.set(plugin.key, started);
    try {
      const id = await started.id;
      started.ready = true;
      return id;
    } catch (error) {
      this.#instances.delete(plugin.key);
      throw error;
    }
  }

  async #start({ name, config }: PluginEntity): Promise<number> {
    const bytes = new TextEncoder().encode(configJson(config));
    try {
      const answer = await this.#call({
        $case: "cmd_start_instance",
        value: { name, config: bytes },
      });
      if (answer?.$case === "instance_status") return answer.value.instance_id;
    } catch (error) {
      this.#log("err", `starting instance: ${messageOf(error)}`);
      throw error instanceof CosocketError ? this.#failure(error) : error;
    }
    throw new GibbonError("PROTOCOL", "an instance without a status", { plugin: name });
  }

  async #event(command: Call, perform: PerformCall): Promise<HandlerEnd> {
    try {
      await this.#call(command, (socket) => bridge(socket, perform));
      return { kind: "returned" };
    } catch (error) {
      if (error instanceof RequestExit) return { kind: "exited" };
      throw error;
    }
  }

  /**
   * Sends a command and reads its answer, by which the connection is free again.
   *
   * @param before what the connection is used for until then; if it throws, Kong closes it
   */
  async #call(
    call: Call,
    before: (socket: Cosocket) => Promise<void> = () => Promise.resolve(),
  ): Promise<messages.RpcReturn["return"]> {
    // Kong counts a call before it connects, and once more in the message.
    const sequence = ++this.#lastCall + 1;
    const { pool, path } = this.#parts;
    const socket = await pool.take(path);
    let bytes: Uint8Array;
    try {
      write(socket, messages.RpcCall.encode({ sequence, call }).finish());
      await before(socket);
      bytes = await readFrame(socket);
    } catch (error) {
      pool.drop(socket);
      throw error;
    }
    await socket.settle();
    pool.keep(socket);
    const answer = messages.RpcReturn.decode(bytes);
    if (answer.sequence === sequence) return answer.return;
    throw new GibbonError("PROTOCOL", `an answer to ${answer.sequence} in place of ${sequence}`);
  }

  #failure(error: CosocketError): GibbonError {
    this.#log("err", `pluginserver error: ${error.message}`);
    return new GibbonError("PROTOCOL", error.message, { plugin: this.#parts.name, cause: error });
  }

  #log(level: KongLogEntry["level"], message: string): void {
    this.#parts.log({ level, plugin: this.#parts.name, message });
  }
}

/**
 * Makes the PDK calls of an event until the server ends it.
 *
 * @throws {RequestExit} if one of them ended the request
 */
async function bridge(socket: Cosocket, perform: PerformCall): Promise<void> {
  for (;;) {
    const method = new TextDecoder().decode(await readFrame(socket));
    if (method === "") return;
    const args = readArguments(method, await readFrame(socket));
    write(socket, writeResult(method, await perform(method, args)));
  }
}

async function readFrame(socket: Cosocket): Promise<Uint8Array> {
  const head = await socket.receive(4);
  const length = new DataView(head.buffer, head.byteOffset).getUint32(0, true);
  return length === 0 ? head.subarray(4) : await socket.receive(length);
}

function write(socket: Cosocket, bytes: Uint8Array): void {
  socket.send(frame(bytes, "little"));
}
