// One connection of MsgPack:1: requests in, answers out, each when it is ready.
import { GibbonError, messageOf } from "../../../base/errors.ts";
import type { Connection, ConnectionEvents } from "../../../runtime/contract.ts";
import { encode } from "../../../wire/msgpack/codec.ts";
import { MessageReader } from "../../../wire/msgpack/reader.ts";
import type { KongServer } from "../server.ts";
import { RpcAnswer } from "./answer.ts";
import { readRequest, type Request } from "./messages.ts";
import { findMethod } from "./methods.ts";

const RESPONSE = 1;
const NOTIFICATION = 2;

/** Serves one connection of a gateway. */
export class MsgpackConnection implements ConnectionEvents {
  readonly #connection: Connection;
  readonly #server: KongServer;
  readonly #reader: MessageReader;
  #underWay = 0;
  #greeted = false;
  closedByPeer = false;

  constructor(connection: Connection, server: KongServer) {
    this.#connection = connection;
    this.#server = server;
    this.#reader = new MessageReader(server.options.limits);
  }

  /** Requests that have no answer yet. */
  get underWay(): number {
    return this.#underWay;
  }

  data(chunk: Uint8Array): void {
    if (this.closedByPeer) return;
    try {
      this.#reader.push(chunk);
      for (let message = this.#reader.next(); message; message = this.#reader.next()) {
        const request = readRequest(message);
        if (request) this.#handle(request);
      }
    } catch (error) {
      this.#refuse(error);
    }
  }

  closed(): void {
    if (this.closedByPeer) return;
    this.closedByPeer = true;
    if (this.#underWay > 0) {
      this.#server.dropForsaken("the gateway closed the connection that waited");
    }
  }

  /** Ends the connection; what is under way on it is lost. */
  destroy(): void {
    this.#connection.destroy();
    this.closed();
  }

  /**
   * Sends the answer to a request.
   *
   * @throws what the encoder throws, if a value cannot be put into MessagePack: nothing was sent
   */
  respond(messageId: number, error: string | null, result: unknown): void {
    const answer = encode([RESPONSE, messageId, error, result]);
    this.#underWay--;
    if (this.closedByPeer) return;
    this.#connection.write(this.#greeted ? answer : this.#greet(answer));
    if (this.#connection.unsentBytes > this.#server.options.limits.unsentBytes) {
      this.#refuse(new GibbonError("LIMIT", "The gateway does not read what it asked for"));
    }
  }

  /** Kong learns the server's number from the first thing it reads: with it goes the first answer. */
  #greet(answer: Uint8Array): Uint8Array {
    this.#greeted = true;
    const greeting = encode([NOTIFICATION, "serverPid", this.#server.options.serverPid]);
    const both = new Uint8Array(greeting.length + answer.length);
    both.set(greeting);
    both.set(answer, greeting.length);
    return both;
  }

  #handle(request: Request): void {
    this.#underWay++;
    const answer = new ConnectionAnswer(this, this.#server, request.messageId);
    const { pipelined } = this.#server.options.limits;
    try {
      if (this.#underWay > pipelined) {
        throw new GibbonError("LIMIT", `${pipelined} requests wait on this connection already`);
      }
      const later = findMethod(request.method)(this.#server, request, answer);
      if (later) later.catch((error) => this.#fail(request, error));
    } catch (error) {
      this.#fail(request, error);
    }
  }

  #fail(request: Request, error: unknown): void {
    const { messageId, method } = request;
    const text = messageOf(error);
    const known = error instanceof GibbonError;
    this.#server.options.log.warn(`a request failed: ${text}`, {
      method,
      plugin: known ? error.plugin : undefined,
      code: known ? error.code : undefined,
      remedy: known ? error.remedy : undefined,
      stack: known ? undefined : (error as Error | undefined)?.stack,
    });
    this.respond(messageId, known && error.remedy ? `${text}. ${error.remedy}` : text, null);
  }

  /** Nothing more can be understood or sent here. */
  #refuse(error: unknown): void {
    this.#server.options.log.warn("a connection was closed: its bytes make no sense", {
      error: messageOf(error),
      remedy: "Only Kong should talk to this socket, over MsgPack:1 or ProtoBuf:1.",
    });
    this.destroy();
  }
}

/** The answer to one request of a connection. */
class ConnectionAnswer extends RpcAnswer {
  readonly #connection: MsgpackConnection;
  readonly #messageId: number;

  constructor(connection: MsgpackConnection, server: KongServer, messageId: number) {
    super(server);
    this.#connection = connection;
    this.#messageId = messageId;
  }

  override get gone(): boolean {
    return this.#connection.closedByPeer;
  }

  override result(value: unknown): void {
    this.#connection.respond(this.#messageId, null, value);
  }
}
