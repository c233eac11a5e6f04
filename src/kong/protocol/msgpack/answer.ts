// The answer to one request: the result of a method, or an event's turn.
import { type GibbonError, isGibbonError, messageOf } from "../../../base/errors.ts";
import type { Turn, TurnTaker } from "../../engine/turn.ts";
import { logLostExit } from "../complaints.ts";
import { FAILURE_CALL, type KongServer } from "../server.ts";

/** Takes the answer to one request, wherever it goes. */
export abstract class RpcAnswer implements TurnTaker {
  readonly #server: KongServer;
  /** The plugin whose event it is about, where there is one. */
  plugin: string | undefined;

  constructor(server: KongServer) {
    this.#server = server;
  }

  abstract get gone(): boolean;

  /** The number of the request; undefined if another process got it. */
  get command(): number | undefined {
    return undefined;
  }

  /** Why no event begins where the request came in; undefined if nothing speaks against it. */
  get refusal(): GibbonError | undefined {
    return undefined;
  }

  /**
   * Sends the result of a method.
   *
   * @throws what the encoder throws, if it cannot be put into MessagePack; {GibbonError} LIMIT if it
   *   is too long. Nothing was sent then
   */
  abstract result(value: unknown): void;

  take(turn: Turn, eventId: number): void {
    if (turn.kind === "return") return this.result({ EventId: eventId, Data: "ret" });
    try {
      this.result({ EventId: eventId, Data: { Method: turn.method, Args: turn.args } });
    } catch (error) {
      return this.#unsendable(turn, eventId, error);
    }
    // The connection was given up with this: no gateway goes on with a call that it never got.
    const { events } = this.#server;
    if (this.gone && turn.kind === "call" && events.has(eventId)) {
      events.get(eventId).abandon("the connection was closed");
    }
  }

  /** The arguments cannot be put into MessagePack: the plugin's call fails, or its exit does. */
  #unsendable(turn: Turn & { kind: "call" | "last-call" }, eventId: number, error: unknown): void {
    if (turn.kind === "call") {
      const known = isGibbonError(error) ? error : undefined;
      const problem = messageOf(error);
      const reason = known ? problem : `the arguments of ${turn.method} cannot be sent: ${problem}`;
      return this.#server.events.get(eventId).stepError(reason, this, known);
    }
    logLostExit(this.#server.options.log, this.plugin, turn.method, error);
    const { method: Method, args: Args } = FAILURE_CALL;
    this.result({ EventId: eventId, Data: { Method, Args } });
  }
}
