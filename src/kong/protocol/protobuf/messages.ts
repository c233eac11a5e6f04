// What Kong asks of the server in ProtoBuf:1, and the answers, as messages.
import { GibbonError } from "../../../base/errors.ts";
import { decodeMessage, encodeMessage } from "../../../wire/protobuf/codec.ts";
import { RpcCall, RpcReturn } from "./generated/messages.ts";
import { readShortCall, writeDone } from "./short_messages.ts";

/** A command with its fields, by the name of its field in RpcCall. */
export type RpcCommand = NonNullable<RpcCall["call"]>;

/** The answer to a command; undefined for one that says nothing but that it is done. */
export type ReturnValue = RpcReturn["return"];

/**
 * Reads what Kong asks for.
 *
 * @throws {WireError} MALFORMED
 * @throws {GibbonError} PROTOCOL for a command that Kong up to 3.9 does not have
 */
export function readCall(frame: Uint8Array): { sequence: number; command: RpcCommand } {
  const event = readShortCall(frame);
  if (event) return event;
  const { sequence, call } = decodeMessage(RpcCall, frame);
  if (call) return { sequence, command: call };
  throw new GibbonError("PROTOCOL", "A message came in that asks for nothing known");
}

/**
 * Writes an answer.
 *
 * @param sequence the call's
 */
export function writeReturn(sequence: number, answer: ReturnValue): Uint8Array {
  const done = answer === undefined ? writeDone(sequence) : undefined;
  return done ?? encodeMessage(RpcReturn, { sequence, return: answer });
}
