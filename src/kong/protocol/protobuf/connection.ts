// ProtoBuf:1 on a connection: one command at a time, or one event, which owns it until it is over.
import { GibbonError, isGibbonError, messageOf, stackOf } from "../../../base/errors.ts";
import type { Event } from "../../engine/event.ts";
import type { Turn, TurnTaker } from "../../engine/turn.ts";
import { FrameReader, frames } from "../../../wire/frames.ts";
import {
  type ClosedBy,
  type Conversations,
  FAREWELL_BYTES,
  type GatewayLine,
} from "../conversation.ts";
import { FAILURE_CALL, type KongServer } from "../server.ts";
import { encodeCall, type OutgoingCall } from "./calls.ts";
import { readCall, type ReturnValue, type RpcCommand, writeReturn } from "./messages.ts";
import { type AnsweredCommand, carryOut } from "./methods.ts";

type CallTurn = Exclude<Turn, { kind: "return" }>;
type HandleEvent = Extract<RpcCommand, { $case: "cmd_handle_event" }>;

/** A PDK call that Kong has not answered yet. */
type SentCall = OutgoingCall & { readonly method: string };

/** Nobody looks for an event that owns a connection by its id. */
const NO_EVENT_ID = 0;

const END_OF_EVENT = new Uint8Array(0);

/** See `FAREWELL_BYTES`: as a frame, which nobody waits for. */
const FAREWELL = new Uint8Array(FAREWELL_BYTES);

/** Serves the commands and events of one connection. */
export class ProtobufConnection implements Conversations, TurnTaker {
  readonly #line: GatewayLine;
  readonly #server: KongServer;
  readonly #reader: FrameReader;
  /** Takes the next frame; undefined while it is not the gateway's turn. */
  #expects: ((frame: Uint8Array) => void) | undefined;
  #underWay = false;
  /** The number of the command that has no answer yet. */
  #sequence = 0;
  #event: Event | undefined;
  /** The plugin of the event. */
  #plugin: string | undefined;
  #sent: SentCall | undefined;
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

  read(): boolean {
    const frame = this.#reader.next();
    if (!frame) return false;
    if (this.#underWay) this.#frame(frame);
    else this.#command(frame);
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
    } catch (error) {
      return this.#unsendable(turn, error);
    }
    this.#sent = { ...call, method: turn.method };
    // Kong drops the connection after the last call; if it answers all the same, the event ends here.
    this.#expects = turn.kind === "call" ? (frame) => this.#answer(frame) : () => this.#finish();
    this.#write(call.messages);
  }

  /**
   * A call cannot be sent, and the plugin hears of it: later, so that a row of such calls does not
   * pile up on the stack. An exit that cannot be sent still stops the request.
   */
  #unsendable(turn: CallTurn, error: unknown): void {
    if (turn.kind === "call") return queueMicrotask(() => this.#stepError(error));
    this.#server.options.log.error("an event could not end as it wanted; the request is stopped", {
      error: `the arguments of ${turn.method} cannot be sent: ${messageOf(error)}`,
    });
    this.take({ kind: "last-call", ...FAILURE_CALL }, NO_EVENT_ID);
  }

  #frame(frame: Uint8Array): void {
    const expects = this.#expects;
    if (!expects) throw new GibbonError("PROTOCOL", "A frame came in out of turn");
    this.#expects = undefined;
    expects(frame);
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
      this.#event = this.#server.handleEvent(instance_id, event_name, this);
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
    if (code === undefined) this.take({ kind: "last-call", ...FAILURE_CALL }, NO_EVENT_ID);
    else this.#finish();
  }

  /** Gives the gateway's answer to the event. */
  #answer(frame: Uint8Array): void {
    const call = this.#sent!;
    this.#sent = undefined;
    let value: unknown;
    try {
      value = call.read(frame, this.#server.options.limits);
    } catch (error) {
      return this.#stepError(error);
    }
    if (!(value instanceof Promise)) return this.#step(value);
    value.then((value) => this.#step(value), (error) => this.#stepError(error));
  }

  /** The event may have ended while a body was read. */
  #step(value: unknown): void {
    if (this.#event?.end === undefined) this.#event?.step(value, this);
  }

  #stepError(error: unknown): void {
    if (this.#event?.end !== undefined) return;
    const known = isGibbonError(error) ? error : undefined;
    this.#event?.stepError(messageOf(error), this, known);
  }

  #finish(): void {
    this.#event = undefined;
    this.#respond(undefined, END_OF_EVENT);
  }

  #respond(answer: ReturnValue, ...before: readonly Uint8Array[]): void {
    this.#sent = undefined;
    this.#expects = undefined;
    this.#underWay = false;
    const after = this.#line.isRetiring ? [FAREWELL] : [];
    this.#write([...before, writeReturn(this.#sequence, answer), ...after]);
    this.#line.idle();
  }

  /** Writes messages at once, each in a frame. */
  #write(messages: readonly Uint8Array[]): void {
    if (!this.#gone) this.#line.write(frames(messages, "little"));
  }

  /** The only answer that there is to a command which failed. */
  #leave(command: RpcCommand, error: unknown): void {
    const known = isGibbonError(error) ? error : undefined;
    this.#server.options.log.warn(`a request failed: ${messageOf(error)}`, {
      method: command.$case,
      plugin: known?.plugin,
      code: known?.code,
      remedy: known?.remedy,
      stack: known ? undefined : stackOf(error),
    });
    this.#gone = true;
    this.#line.end();
  }

  #abandon(reason: string): void {
    this.#event?.abandon(reason);
  }
}
