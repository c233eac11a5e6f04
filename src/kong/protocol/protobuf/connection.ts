// ProtoBuf:1 on a connection: one command at a time, or one event, which owns it until it is over.
import { GibbonError, isGibbonError, messageOf } from "../../../base/errors.ts";
import type { Event } from "../../engine/event.ts";
import type { Turn, TurnTaker } from "../../engine/turn.ts";
import { ForeignTexts } from "../../../wire/foreign_texts.ts";
import { FrameReader, frames } from "../../../wire/frames.ts";
import { isLimit, type WireError } from "../../../wire/wire_error.ts";
import {
  type ClosedBy,
  type Conversations,
  FAREWELL_BYTES,
  type GatewayLine,
} from "../conversation.ts";
import { failureFields, logLostExit } from "../complaints.ts";
import { checkOutgoing } from "../outgoing.ts";
import { FAILURE_CALL, type KongServer } from "../server.ts";
import { encodeCall, type OutgoingCall } from "./calls.ts";
import { readCall, type ReturnValue, type RpcCommand, writeReturn } from "./messages.ts";
import { type AnsweredCommand, carryOut } from "./methods.ts";

type CallTurn = Exclude<Turn, { kind: "return" }>;
type HandleEvent = Extract<RpcCommand, { $case: "cmd_handle_event" }>;

const FAILURE: CallTurn = { kind: "last-call", ...FAILURE_CALL };

const END_OF_EVENT = new Uint8Array(0);

/** See `FAREWELL_BYTES`: as a frame, which nobody waits for. */
const FAREWELL = new Uint8Array(FAREWELL_BYTES);

/** Serves the commands and events of one connection. */
export class ProtobufConnection implements Conversations, TurnTaker {
  readonly #line: GatewayLine;
  readonly #server: KongServer;
  readonly #reader: FrameReader;
  /** What the next frame is; undefined while it is not the gateway's turn. */
  #expects: "an answer" | "the end" | undefined;
  #underWay = false;
  /** The number of the command that has no answer yet. */
  #sequence = 0;
  #event: Event | undefined;
  /** The plugin of the event. */
  #plugin: string | undefined;
  /** A PDK call that Kong has not answered yet. */
  #sent: OutgoingCall | undefined;
  /** Why the frame that comes in is dropped. */
  #tooLong: WireError | undefined;
  #gone = false;

  constructor(line: GatewayLine, server: KongServer) {
    this.#line = line;
    this.#server = server;
    const { messageBytes: maxBytes } = server.options.limits;
    this.#reader = new FrameReader({ maxBytes, byteOrder: "little" }, line.bytes);
  }

  get underWay(): boolean {
    return this.#underWay;
  }

  get gone(): boolean {
    return this.#gone;
  }

  get command(): number {
    return this.#sequence;
  }

  read(): boolean {
    if (this.#tooLong) return this.#skip(this.#tooLong);
    let frame: Uint8Array | undefined;
    try {
      frame = this.#reader.next();
    } catch (error) {
      if (!isLimit(error) || !this.#isAsking) throw error;
      return this.#skip(this.#tooLong = error);
    }
    if (!frame) return false;
    if (this.#underWay) this.#frame(frame);
    else this.#command(frame);
    return true;
  }

  /** Whether Kong is to answer a call whose plugin waits for that. */
  get #isAsking(): boolean {
    return this.#sent !== undefined && this.#event !== undefined && this.#event.end === undefined;
  }

  /** Drops an answer that is past the bound; then its call fails. */
  #skip({ message }: WireError): boolean {
    if (!this.#reader.skip()) return false;
    this.#tooLong = undefined;
    this.#expects = undefined;
    this.#sent = undefined;
    this.#stepError(
      new GibbonError("LIMIT", `Kong's answer is too long: ${message}`, {
        remedy: "Raise --max-message, or have Kong send less.",
      }),
    );
    return true;
  }

  /** A reader of frames remembers nothing of those that are not whole. */
  forget(): void {}

  closed(by: ClosedBy): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#abandon(this.#sent ? `${by} instead of answering ${this.#sent.method}` : by);
  }

  /** Takes the turn of the event that owns the connection. */
  take(turn: Turn, _eventId: number): void {
    if (turn.kind === "return") return this.#finish();
    let call: OutgoingCall;
    try {
      call = encodeCall(turn.method, turn.args, this.#plugin);
      this.#check(call.messages);
    } catch (error) {
      return this.#unsendable(turn, error);
    }
    this.#send(turn.kind, call);
  }

  #send(kind: CallTurn["kind"], call: OutgoingCall): void {
    this.#sent = call;
    // Kong drops the connection after the last call; if it answers all the same, the event ends here.
    this.#expects = kind === "call" ? "an answer" : "the end";
    this.#write(call.messages);
  }

  #sendFailure(): void {
    this.#send(FAILURE.kind, encodeCall(FAILURE.method, FAILURE.args));
  }

  /**
   * A call cannot be sent, and the plugin hears of it: later, so that a row of such calls does not
   * pile up on the stack. An exit that cannot be sent still stops the request.
   */
  #unsendable(turn: CallTurn, error: unknown): void {
    if (turn.kind === "call") return queueMicrotask(() => this.#stepError(error));
    logLostExit(this.#server.options.log, this.#plugin, turn.method, error);
    this.#sendFailure();
  }

  #frame(frame: Uint8Array): void {
    const expects = this.#expects;
    if (!expects) throw new GibbonError("PROTOCOL", "A frame came in out of turn");
    this.#expects = undefined;
    if (expects === "an answer") this.#answer(frame);
    else this.#finish();
  }

  #command(frame: Uint8Array): void {
    const { sequence, command } = readCall(frame);
    this.#underWay = true;
    this.#sequence = sequence;
    if (command.$case === "cmd_handle_event") this.#begin(command);
    else void this.#carryOut(command);
  }

  async #carryOut(command: AnsweredCommand): Promise<void> {
    try {
      const answer = await carryOut(this.#server, command);
      this.#respond(answer);
    } catch (error) {
      this.#leave(command, error);
    }
  }

  #begin(command: HandleEvent): void {
    const { instance_id, event_name } = command.value;
    try {
      this.#plugin = this.#server.instances.get(instance_id).plugin.name;
      const { refusal } = this.#line;
      this.#event = this.#server.handleEvent(instance_id, event_name, this, refusal);
    } catch (error) {
      this.#notBegun(command, error);
    }
    if (this.#gone) this.#abandon("the connection was closed");
  }

  /** Errors cannot be answered with, and if the connection is closed, Kong starts the event again. */
  #notBegun(command: HandleEvent, error: unknown): void {
    const code = isGibbonError(error) ? error.code : undefined;
    if (code === "NO_INSTANCE") return this.#leave(command, error);
    this.#server.options.log.error("an event did not begin", {
      phase: command.value.event_name,
      code,
      error: messageOf(error),
    });
    // What is thrown on purpose is thrown where nothing is guarded.
    if (code === undefined) this.#sendFailure();
    else this.#finish();
  }

  /** Gives the gateway's answer to the event. */
  #answer(frame: Uint8Array): void {
    const call = this.#sent!;
    this.#sent = undefined;
    let value: unknown;
    try {
      const texts = this.#event?.texts ?? new ForeignTexts();
      value = call.read(frame, { limits: this.#server.options.limits, texts });
    } catch (error) {
      return this.#stepError(error);
    }
    if (!(value instanceof Promise)) return this.#step(value);
    value.then((value) => this.#step(value), (error) => this.#stepError(error));
  }

  #step(value: unknown): void {
    if (this.#event?.end !== undefined) return this.#missed(this.#event);
    this.#event?.step(value, this);
  }

  /** The event has ended without this answer: the gateway's time was over, or a body took long to be read. */
  #missed(event: Event): void {
    if (!this.#server.events.failureCall(event)) return this.#finish();
    this.#sendFailure();
  }

  #stepError(error: unknown): void {
    if (this.#event?.end !== undefined) return this.#missed(this.#event);
    const known = isGibbonError(error) ? error : undefined;
    this.#event?.stepError(messageOf(error), this, known);
  }

  #finish(): void {
    this.#event = undefined;
    this.#respond(undefined, END_OF_EVENT);
  }

  /** @throws {GibbonError} LIMIT if it is too long: nothing was sent */
  #respond(answer: ReturnValue, ...before: readonly Uint8Array[]): void {
    const message = writeReturn(this.#sequence, answer);
    this.#check([message]);
    this.#sent = undefined;
    this.#expects = undefined;
    this.#underWay = false;
    const after = this.#line.isRetiring ? [FAREWELL] : [];
    this.#write([...before, message, ...after]);
    this.#line.idle();
  }

  /** @throws {GibbonError} LIMIT */
  #check(messages: readonly Uint8Array[]): void {
    let bytes = 0;
    for (const { length } of messages) bytes += length;
    checkOutgoing(bytes, this.#server.options.limits);
  }

  /** Writes messages at once, each in a frame. */
  #write(messages: readonly Uint8Array[]): void {
    if (!this.#gone) this.#line.write(frames(messages, "little"));
  }

  /** The only answer that there is to a command which failed. */
  #leave(command: RpcCommand, error: unknown): void {
    const { log, startFailed } = this.#server.options;
    if (!startFailed || command.$case !== "cmd_start_instance") {
      log.warn(`a request failed: ${messageOf(error)}`, failureFields(command.$case, error));
    }
    this.#gone = true;
    this.#line.end();
  }

  #abandon(reason: string): void {
    this.#event?.abandon(reason);
  }
}
