// The answer to one request: the result of a method, or an event's turn.
import { messageOf } from "../../../base/errors.ts";
import type { Turn, TurnTaker } from "../../engine/turn.ts";
import { FAILURE_CALL, type KongServer } from "../server.ts";

/** Takes the answer to one request, wherever it goes. */
export abstract class RpcAnswer implements TurnTaker {
  readonly #server: KongServer;

  constructor(server: KongServer) {
    this.#server = server;
  }

  abstract get gone(): boolean;

  /**
   * Sends the result of a method.
   *
   * @throws what the encoder throws, if it cannot be put into MessagePack: nothing was sent
   */
  abstract result(value: unknown): void;

  take(turn: Turn, eventId: number): void {
    if (turn.kind === "return") return this.result({ EventId: eventId, Data: "ret" });
    try {
      this.result({ EventId: eventId, Data: { Method: turn.method, Args: turn.args } });
    } catch (error) {
      this.#unsendable(turn, eventId, messageOf(error));
    }
  }

  /** The arguments cannot be put into MessagePack: the plugin's call fails, or its exit does. */
  #unsendable(turn: Turn & { kind: "call" | "last-call" }, eventId: number, problem: string): void {
    const reason = `the arguments of ${turn.method} cannot be sent: ${problem}`;
    if (turn.kind === "call") {
      return this.#server.events.get(eventId).stepError(reason, this);
    }
    this.#server.options.log.error("an event could not end as it wanted; the request is stopped", {
      error: reason,
    });
    const { method: Method, args: Args } = FAILURE_CALL;
    this.result({ EventId: eventId, Data: { Method, Args } });
  }
}
