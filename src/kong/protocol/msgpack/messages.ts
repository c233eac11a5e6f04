// The messages of MsgPack:1: what counts as a request, and what its argument has to look like.
import * as v from "valibot";
import { GibbonError } from "../../../base/errors.ts";
import type { MsgpackMessage } from "../../../wire/msgpack/reader.ts";

/** Message kinds of MessagePack-RPC. */
const REQUEST = 0;
const NOTIFICATION = 2;

/** A request. `method` and `argument` are as they came: checked when it is known what they are for. */
export interface Request {
  readonly messageId: number;
  readonly method: unknown;
  /** The first of the arguments; Kong sends one at most. */
  readonly argument: unknown;
  /** The whole message as it was on the wire. */
  readonly bytes: Uint8Array;
  /** Which server of the same socket passed it on (passing.ts); Kong never says so. */
  readonly passedBy?: PassedBy | undefined;
}

/** A server that had the socket before, or has it after. */
export type PassedBy = "older" | "newer";

/** The word for it in a request's second argument. */
function passedBy(args: readonly unknown[]): PassedBy | undefined {
  const word = args[1];
  return word === "older" || word === "newer" ? word : undefined;
}

/**
 * Reads a message.
 *
 * @returns undefined for a notification, which needs no answer
 * @throws {GibbonError} PROTOCOL for what is neither: there is no id to answer
 */
export function readRequest({ value, bytes }: MsgpackMessage): Request | undefined {
  if (Array.isArray(value)) {
    const [kind, messageId, method, args] = value;
    if (kind === NOTIFICATION) return undefined;
    if (kind === REQUEST && Number.isSafeInteger(messageId)) {
      if (!Array.isArray(args)) return { messageId, method, argument: undefined, bytes };
      return { messageId, method, argument: args[0], bytes, passedBy: passedBy(args) };
    }
  }
  throw new GibbonError("PROTOCOL", "A message that is no MessagePack-RPC request came in");
}

/** A text, which may come as bytes. */
const Text = v.union([
  v.string(),
  v.pipe(v.instance(Uint8Array), v.transform((bytes) => new TextDecoder().decode(bytes))),
]);

/** An id. Which ids exist is known by the tables, whatever was sent. */
const Id = v.unknown();

export const PluginName = v.string();
export const DirectoryArgument = v.string();
export const StartInstance = v.object({ Name: v.string(), Config: Text });
export const InstanceId = Id;

/** The argument of HandleEvent. */
export interface HandleEventArgument {
  readonly InstanceId?: unknown;
  readonly EventName: string;
}

/**
 * Checks the argument of HandleEvent; by hand, as it and those of the Step methods are nearly all
 * that ever comes, and schemas cost a measurable part of an event.
 *
 * @throws {GibbonError} PROTOCOL
 */
export function readHandleEvent({ method, argument }: Request): HandleEventArgument {
  const fields = argument as HandleEventArgument | null | undefined;
  if (typeof fields === "object" && typeof fields?.EventName === "string") return fields;
  throw new GibbonError("PROTOCOL", `${method}: the argument's EventName is wrong`);
}

/** The argument of the Step methods. */
export interface StepArgument {
  readonly EventId?: unknown;
  /** Absent for nil. */
  readonly Data?: unknown;
}

/**
 * Checks the argument of a Step.
 *
 * @throws {GibbonError} PROTOCOL
 */
export function readStep({ method, argument }: Request): StepArgument {
  if (typeof argument === "object" && argument !== null) return argument;
  throw new GibbonError("PROTOCOL", `${method}: the argument is wrong: a map was expected`);
}

/**
 * Checks the argument of a method.
 *
 * @throws {GibbonError} PROTOCOL, saying what was expected
 */
export function readArgument<S extends v.GenericSchema>(
  schema: S,
  request: Request,
): v.InferOutput<S> {
  const result = v.safeParse(schema, request.argument, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue);
  throw new GibbonError(
    "PROTOCOL",
    `${request.method}: the argument${where ? `'s ${where}` : ""} is wrong: ${issue.message}`,
  );
}
