// MsgPack:1 on a connection: requests in, answers out, each when it is ready.
import { GibbonError, isGibbonError, messageOf, stackOf } from "../../../base/errors.ts";
import { concat } from "../../../wire/bytes.ts";
import { encode } from "../../../wire/msgpack/codec.ts";
import { MessageReader } from "../../../wire/msgpack/reader.ts";
import {
  type ClosedBy,
  type Conversations,
  FAREWELL_BYTES,
  type GatewayLine,
} from "../conversation.ts";
import type { KongServer } from "../server.ts";
import { RpcAnswer } from "./answer.ts";
import { readRequest, type Request } from "./messages.ts";
import { findMethod } from "./methods.ts";
import { stoppingResult, stopsRequest } from "./stopping.ts";

const RESPONSE = 1;
const NOTIFICATION = 2;

/** See `FAREWELL_BYTES`: a notification, which is nothing to whoever reads it. */
const FAREWELL = encode([NOTIFICATION, "farewell", new Uint8Array(FAREWELL_BYTES)]);

/** Serves the requests of one connection. */
export class MsgpackConnection implements Conversations {
  readonly #line: GatewayLine;
  readonly #server: KongServer;
  readonly #reader: MessageReader;
  /** Requests that have no answer yet. */
  #unanswered = 0;
  #greeted = false;
  #gone = false;

  constructor(line: GatewayLine, server: KongServer) {
    this.#line = line;
    this.#server = server;
    this.#reader = new MessageReader(server.options.limits, line.bytes);
  }

  get underWay(): boolean {
    return this.#unanswered > 0;
  }

  /** Whether nobody is left to answer. */
  get gone(): boolean {
    return this.#gone;
  }

  read(): boolean {
    const message = this.#reader.next();
    if (!message) return false;
    const request = readRequest(message);
    if (request) this.#handle(request);
    return true;
  }

  forget(): void {
    this.#reader.restart();
  }

  closed(by: ClosedBy): void {
    this.#gone = true;
    if (this.#unanswered > 0) this.#server.dropForsaken(`${by} that waited`);
  }

  /**
   * Sends the answer to a request.
   *
   * @throws what the encoder throws, if a value cannot be put into MessagePack: nothing was sent
   */
  respond(messageId: number, error: string | null, result: unknown): void {
    const answer = encode([RESPONSE, messageId, error, result]);
    this.#unanswered--;
    if (this.#gone) return;
    const isLast = this.#unanswered === 0 && this.#line.isRetiring;
    const last = isLast ? concat([answer, FAREWELL]) : answer;
    this.#line.write(this.#greeted ? last : this.#greet(last));
    if (this.#unanswered === 0) this.#line.idle();
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
    this.#unanswered++;
    const answer = new ConnectionAnswer(this, this.#server, request.messageId);
    const { pipelined } = this.#server.options.limits;
    try {
      if (this.#unanswered > pipelined) {
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
    const known = isGibbonError(error) ? error : undefined;
    const fields = {
      method,
      plugin: known?.plugin,
      code: known?.code,
      remedy: known?.remedy,
      stack: known ? undefined : stackOf(error),
    };
    const { log } = this.#server.options;
    if (stopsRequest(this.#server, request, error)) {
      log.error(`the client's request is stopped: ${text}`, fields);
      return this.respond(messageId, null, stoppingResult(request));
    }
    // Another server asked for an event of somebody else: nothing is wrong with that.
    if (!request.passedBy) log.warn(`a request failed: ${text}`, fields);
    this.respond(messageId, known?.remedy ? `${text}. ${known.remedy}` : text, null);
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
    return this.#connection.gone;
  }

  override result(value: unknown): void {
    this.#connection.respond(this.#messageId, null, value);
  }
}
