// Events of the load's plugin one after another, as Kong runs them over each of its protocols.
import * as messages from "../../../../src/kong/protocol/protobuf/generated/messages.ts";
import { ProtobufClient } from "../../support/protobuf_client.ts";
import { SocketClient, stopsRequest } from "../../support/rpc_client.ts";
import type { Failure } from "./verdict.ts";

/** Runs events. */
export interface Lane {
  /**
   * Runs one event.
   *
   * @param saw told which worker runs it
   * @returns undefined if it came to its end
   * @throws {Error} if no connection can be had
   */
  event(saw: (pid: number) => void): Promise<Failure | undefined>;
  leave(): void;
}

/** A connection with what is known of it. */
interface Wire<Client> {
  readonly client: Client;
  readonly connectedAt: number;
  /** The worker at its other end, as soon as that has run an event. */
  pid: number | undefined;
  /** How often it was used. */
  uses: number;
}

/** Uses of a connection; then there is a new one, so that new workers get their share. */
const USES = 40;

/** A connection that is made again when it was used up or is closed. */
class Renewed<Client extends { readonly closed: unknown; leave(): void }> {
  readonly #connect: () => Promise<Client>;
  #wire: Wire<Client> | undefined;

  constructor(connect: () => Promise<Client>) {
    this.#connect = connect;
  }

  /** For one use. */
  async take(): Promise<Wire<Client>> {
    if (this.#wire && (this.#wire.client.closed || this.#wire.uses >= USES)) this.leave();
    const connectedAt = performance.now();
    this.#wire ??= { client: await this.#connected(), connectedAt, pid: undefined, uses: 0 };
    this.#wire.uses++;
    return this.#wire;
  }

  /** Bun's word for a connection whose worker died before anybody used it is ECONNRESET. */
  async #connected(): Promise<Client> {
    try {
      return await this.#connect();
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ECONNRESET") throw error;
      return await this.#connect();
    }
  }

  leave(): void {
    this.#wire?.client.leave();
    this.#wire = undefined;
  }
}

const PID_HEADER = "x-pid";

/** @param wire where the last request went */
function failureOf(
  wire: Wire<{ readonly closed: unknown }>,
  ranIn: number | undefined,
  error: unknown,
): Failure {
  return {
    ranIn,
    wire: {
      broke: Boolean(wire.client.closed),
      pid: wire.pid,
      connectedAt: wire.connectedAt,
    },
    failedAt: performance.now(),
    error: String(error),
  };
}

/** ProtoBuf:1: an event has its connection to itself, and the next one takes the same connection. */
export class ProtobufLane implements Lane {
  readonly #instance: number;
  readonly #connection: Renewed<ProtobufClient>;

  constructor(socket: string, instance: number) {
    this.#instance = instance;
    this.#connection = new Renewed(() => ProtobufClient.connect(socket));
  }

  async event(saw: (pid: number) => void): Promise<Failure | undefined> {
    let ranIn: number | undefined;
    let wire: Wire<ProtobufClient> | undefined;
    try {
      wire = await this.#connection.take();
      const sequence = wire.client.handle(this.#instance);
      for (let turn = await wire.client.turn(); turn !== sequence;) {
        if (typeof turn === "number") throw new Error(`the event ended as ${turn}`);
        if (turn.method === "kong.response.exit") throw new Error("the server stopped the event");
        if (turn.method === "kong.response.set_header") {
          ranIn = wire.pid = pidOf(turn.args);
          saw(ranIn);
          wire.client.answer();
        } else {
          wire.client.answer(messages.String.encode({ v: "value" }).finish());
        }
        turn = await wire.client.turn();
      }
      return undefined;
    } catch (error) {
      if (!wire) throw error;
      return failureOf(wire, ranIn, error);
    }
  }

  leave(): void {
    this.#connection.leave();
  }
}

function pidOf(args: Uint8Array): number {
  const { k, v } = messages.KV.decode(args);
  if (k !== PID_HEADER) throw new Error(`the header ${k}`);
  return Number(new TextDecoder().decode(v?.kind?.value as Uint8Array));
}

/** MsgPack:1: a request takes whatever connection of Kong's pool is free; here one of two, by turns. */
export class MsgpackLane implements Lane {
  readonly #instance: number;
  readonly #pool: readonly Renewed<SocketClient>[];
  #turn = 0;

  constructor(socket: string, instance: number) {
    this.#instance = instance;
    this.#pool = [1, 2].map(() => new Renewed(() => SocketClient.connect(socket)));
  }

  async event(saw: (pid: number) => void): Promise<Failure | undefined> {
    let ranIn: number | undefined;
    let wire: Wire<SocketClient> | undefined;
    try {
      wire = await this.#next();
      const { EventId, Data } = await wire.client.event(this.#instance);
      const { Args } = Data as { Args: [string, string] };
      if (Args[0] !== PID_HEADER) throw new Error(`the header ${Args[0]}`);
      ranIn = wire.pid = Number(Args[1]);
      saw(ranIn);
      let isOver = false;
      while (!isOver) {
        wire = undefined;
        wire = await this.#next();
        const next = await wire.client.step(EventId, "value");
        if (stopsRequest(next)) throw new Error("the server stopped the event");
        isOver = next === "ret";
      }
      return undefined;
    } catch (error) {
      if (!wire) throw error;
      return failureOf(wire, ranIn, error);
    }
  }

  leave(): void {
    for (const connection of this.#pool) connection.leave();
  }

  #next(): Promise<Wire<SocketClient>> {
    return (this.#pool[this.#turn++ % this.#pool.length] as Renewed<SocketClient>).take();
  }
}
