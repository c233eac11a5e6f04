// MsgPack:1 on a connection: requests in, answers out, each when it is ready.
import { GibbonError, messageOf } from "../../../base/errors.ts";
import { textWithRemedy } from "../../../base/problems.ts";
import { cut } from "../../../base/printable.ts";
import { concat } from "../../../wire/bytes.ts";
import { decode, encode } from "../../../wire/msgpack/codec.ts";
import { MessageReader, type MsgpackMessage } from "../../../wire/msgpack/reader.ts";
import { isLimit, type WireError } from "../../../wire/wire_error.ts";
import {
  type ClosedBy,
  type Conversations,
  FAREWELL_BYTES,
  type GatewayLine,
} from "../conversation.ts";
import type { KongServer } from "../server.ts";
import { failureFields } from "../complaints.ts";
import { checkOutgoing } from "../outgoing.ts";
import { RpcAnswer } from "./answer.ts";
import { readRequest, type Request } from "./messages.ts";
import { findMethod } from "./methods.ts";
import { Cut, failedStep, readBeginning } from "./too_long.ts";
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
  /** A request that is past a bound, and what is taken out of it. */
  #tooLong: WireError | undefined;
  #cut: Cut | undefined;
  #gone = false;

  constructor(line: GatewayLine, server: KongServer) {
    this.#line = line;
    this.#server = server;
    this.#reader = new MessageReader(server.options.limits, line.bytes);
  }

  get underWay(): boolean {
    return this.#unanswered > 0 || this.#tooLong !== undefined;
  }

  /** Why no event begins here. */
  get refusal(): GibbonError | undefined {
    return this.#line.refusal;
  }

  /** Whether nobody is left to answer. */
  get gone(): boolean {
    return this.#gone;
  }

  read(): boolean {
    const { bytes } = this.#line;
    if (this.#cut && !this.#cut.goOn(bytes)) return false;
    this.#cut = undefined;
    let message: MsgpackMessage | undefined;
    try {
      message = this.#reader.next();
    } catch (error) {
      if (isLimit(error) && this.#isRefused(error)) return bytes.size > 0;
      throw error;
    }
    if (!message) return false;
    const request = readRequest(message);
    const tooLong = this.#tooLong;
    this.#tooLong = undefined;
    if (request && tooLong) this.#refuse(request, tooLong);
    else if (request) this.#handle(request);
    return true;
  }

  /**
   * What becomes of a request that is past a bound: an end without an answer would let the client's
   * request pass. A text that is too long is taken out, and the rest says whom it was for. After
   * anything else the connection ends with the answer.
   *
   * @returns false if too little of the request is there
   */
  #isRefused(error: WireError): boolean {
    const { bytes, begin, end } = this.#line.bytes;
    const beginning = readBeginning(bytes.subarray(begin, end));
    if (!beginning) return false;
    this.#reader.restart();
    this.#cut = Cut.of(beginning);
    if (this.#cut) {
      this.#tooLong = error;
    } else {
      this.#line.leaveRest();
      this.#refuse(beginning.request, error);
    }
    return true;
  }

  /** Has the event hear of an answer past a bound, or whoever else asked. */
  #refuse(request: Request, { message }: WireError): void {
    const remedy = "Raise --max-message or --max-nesting, or have Kong send less.";
    const told = failedStep(request, `Kong's answer is too long: ${message}. ${remedy}`);
    if (told) return this.#handle(readRequest({ value: decode(told), bytes: told })!);
    this.#unanswered++;
    const answer = new ConnectionAnswer(this, this.#server, request.messageId);
    this.#fail(request, answer, new GibbonError("LIMIT", message, { remedy }));
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
   * @throws what the encoder throws, if a value cannot be put into MessagePack; {GibbonError} LIMIT
   *   if that is too long. Nothing was sent then
   */
  respond(messageId: number, error: string | null, result: unknown): void {
    if (this.#gone) return;
    const answer = encode([RESPONSE, messageId, error, result]);
    if (error === null) checkOutgoing(answer.length, this.#server.options.limits);
    this.#unanswered--;
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
      if (later) later.catch((error) => this.#fail(request, answer, error));
    } catch (error) {
      this.#fail(request, answer, error);
    }
  }

  #fail(request: Request, answer: ConnectionAnswer, error: unknown): void {
    const { messageId, method } = request;
    const text = messageOf(error);
    const fields = failureFields(method, error);
    const { log } = this.#server.options;
    if (answer.given) return log.error(`a request failed after its answer: ${text}`, fields);
    if (stopsRequest(this.#server, request, error)) {
      log.error(`the client's request is stopped: ${text}`, fields);
      return this.respond(messageId, null, stoppingResult(request));
    }
    // Another server asked for an event of somebody else: nothing is wrong with that.
    if (!request.passedBy) log.warn(`a request failed: ${text}`, fields);
    this.respond(messageId, cut(textWithRemedy(error)), null);
  }
}

/** The answer to one request of a connection. */
class ConnectionAnswer extends RpcAnswer {
  readonly #connection: MsgpackConnection;
  readonly #messageId: number;
  /** Whether it was sent: a second one would be taken for the answer to another request. */
  given = false;

  constructor(connection: MsgpackConnection, server: KongServer, messageId: number) {
    super(server);
    this.#connection = connection;
    this.#messageId = messageId;
  }

  override get gone(): boolean {
    return this.#connection.gone;
  }

  override get command(): number {
    return this.#messageId;
  }

  override get refusal(): GibbonError | undefined {
    return this.#connection.refusal;
  }

  override result(value: unknown): void {
    if (this.given) return;
    this.#connection.respond(this.#messageId, null, value);
    this.given = true;
  }
}
