// What the two protocols on one connection and the connection itself need of each other.
import type { GibbonError } from "../../base/errors.ts";
import type { ByteQueue } from "../../wire/byte_queue.ts";

/**
 * How many bytes a server writes behind the last answer on a connection that it ends, when another
 * server has its socket, in one piece with the answer. nginx does not keep a connection that has
 * unread bytes, and Kong reads 4096 at a time, up to the end of an answer: so Kong takes a new
 * connection for the next request, to the new server. The end alone may be seen too late: then the
 * next request would be lost.
 */
export const FAREWELL_BYTES = 2 * 4096;

/** The connection, as a protocol on it sees it. */
export interface GatewayLine {
  /** Why no event begins here; undefined where nothing speaks against it. */
  readonly refusal: GibbonError | undefined;
  /** What has come in and nobody has taken yet. */
  readonly bytes: ByteQueue;
  /**
   * Sends bytes. Where more than the bound waits already, the gateway does not read, and the
   * connection is given up instead.
   */
  write(bytes: Uint8Array): void;
  /** Whether the answer that leaves nothing under way is the last one: the connection is to end. */
  readonly isRetiring: boolean;
  /** Ends the connection once everything is out. Nothing that comes in is looked at any more. */
  end(): void;
  /**
   * Ends the connection at once: nothing more can be understood here. Nothing is read or written any
   * more, and what is under way is told that nobody is left.
   */
  refuse(error: unknown): void;
  /** Nothing that comes in is looked at any more; the connection ends with the last answer. */
  leaveRest(): void;
  /** Nothing is under way any more: what has come in meanwhile may be the other protocol's. */
  idle(): void;
}

/** One protocol's part of a connection: one conversation after another. */
export interface Conversations {
  /** Whether a conversation is under way: what comes in is this protocol's, whatever it looks like. */
  readonly underWay: boolean;
  /**
   * Takes the next message, if it is whole, and acts on it.
   *
   * @returns whether there was one
   * @throws {WireError} if the bytes make no sense in this protocol
   * @throws {GibbonError} PROTOCOL if the message makes none
   */
  read(): boolean;
  /** The bytes that wait are the other protocol's: what was seen of them counts for nothing. */
  forget(): void;
  /**
   * The connection is gone, and what is under way on it has no end.
   *
   * @param reason for the log, as half a sentence
   */
  closed(reason: ClosedBy): void;
}

/** Who closed a connection. */
export type ClosedBy = "the gateway closed the connection" | "the connection was closed";
