// Who watches requests on their way through the gateway: what the handler tells him, in this order.
import type { Readable } from "node:stream";
import type { ObservedRun } from "../kong/emulator/chain.ts";
import type { Exchange } from "../kong/emulator/exchange.ts";
import type { KongLogEntry } from "../kong/emulator/node.ts";
import type { Numbering } from "../kong/emulator/runner.ts";
import type { ServiceRequest } from "./service.ts";

/** How a request ended. */
export interface RequestEnd {
  /** What the client got. */
  readonly status: number;
  readonly milliseconds: number;
  /** What prox's plugins said. */
  readonly note: string | undefined;
}

/** Sees requests. What it throws is a fault of gibbon's own. */
export interface RequestObserver {
  /** A request is in, and no plugin of Kong's has seen it yet. `begun` is of `performance.now()`. */
  entered(exchange: Exchange, begun: number): void;
  /** A handler begins; what this gives is told the number of its command. */
  running(run: ObservedRun): Numbering;
  /** A line of Kong's error log. */
  logged(entry: KongLogEntry): void;
  /** The service is asked. */
  asking(exchange: Exchange, request: ServiceRequest): void;
  /** The service has answered, or not; what is known of it stands in the exchange. */
  asked(exchange: Exchange): void;
  /** Why the last handler of the exchange failed, as its own server knows it; undefined if it did not. */
  failureOf(exchange: Exchange): string | undefined;
  /** A body goes to the client as it comes, beginning now. */
  streaming(exchange: Exchange, body: Readable): void;
  /** All is over, the log phase too. */
  ended(exchange: Exchange, end: RequestEnd): void;
}
