// The words between an event and its gateway: whose turn it is, and what is asked.

/** What an event asks of the gateway next, or how it ended. */
export type Turn =
  /** The gateway is to make this call and come back with its result. */
  | { readonly kind: "call"; readonly method: string; readonly args: readonly unknown[] }
  /** The same, but the gateway will not come back: the event is over. */
  | { readonly kind: "last-call"; readonly method: string; readonly args: readonly unknown[] }
  /** The handler is done. */
  | { readonly kind: "return" };

/** Who waits for the event's next turn. */
export interface TurnTaker {
  /** Takes the turn; called at most once for each `begin`, `step` and `stepError`. */
  take(turn: Turn, eventId: number): void;
  /** Whether nobody is left to take it. */
  readonly gone: boolean;
  /** The number of the gateway's command that is to be answered, where it has one. */
  readonly command?: number | undefined;
}

/** How a PDK call is to be made. */
export interface PdkCallOptions {
  /** The result is wanted as the bytes that were on the wire, also where they came as text. */
  readonly bytes?: boolean;
  /** The result is one text that holds texts of others, each with bytes of its own: it is UTF-8. */
  readonly document?: boolean;
  /** The gateway ends the request here and does not answer: nothing of the handler runs on. */
  readonly final?: boolean;
  /** What to do if the gateway does not answer this call, as a sentence. */
  readonly unanswered?: string;
  /** How it goes out as one with its like that wait before or behind it. */
  readonly join?: Join;
  /** How it may be answered without going out itself. */
  readonly shortcut?: Shortcut;
  /** Is told if the call did not go out by itself: with others, or not at all. */
  readonly spared?: (way: "joined" | "remembered") => void;
}

/** What is set, and what to. */
export type JoinEntry = readonly [name: string, value: unknown];

/** A call that sets one or some of many things, where the gateway has a function that sets them all. */
export interface Join {
  /** The function for many: it takes one object, of what is set by its name. */
  readonly method: string;
  /** The call's own part of that object; undefined if the call has to go out as it is. */
  entries(args: readonly unknown[]): readonly JoinEntry[] | undefined;
}

/** What is asked of the gateway. */
export interface PdkQuestion {
  readonly method: string;
  readonly args: readonly unknown[];
}

/** An answer that was not asked for. */
export interface KnownAnswer {
  readonly value: unknown;
}

/** A call whose answer may lie in another one's, which other calls need too. */
export interface Shortcut {
  /** The call's turn has come: its answer, what is to be asked in its place, or neither. */
  atTurn(): KnownAnswer | PdkQuestion | undefined;
  /** The answer to what was asked in its place: its own, if it is there. */
  came(answer: unknown): KnownAnswer | undefined;
}

/** Makes a PDK call: resolves with the gateway's result, undefined for nil. */
export type Call = (
  method: string,
  args: readonly unknown[],
  options?: PdkCallOptions,
) => Promise<unknown>;

/** How an event ended, for logs and metrics. */
export type EventEnd = "returned" | "exited" | "failed" | "timed-out" | "abandoned";

/** What unwinds a handler that has ended its request. Plugins see it only if they catch it. */
export class RequestEnded extends Error {
  override readonly name = "RequestEnded";
  constructor(method: string) {
    super(`the request ended with ${method}`);
  }
}
