// What the supervisor and its worker processes say to each other.
import type { Starter } from "../../protocol/lineage.ts";
import type { ServerOptions } from "../options.ts";
import type { Suspect } from "./blame.ts";
import type { QuarantineState } from "./quarantine.ts";
import type { Importing } from "./dead_worker.ts";
import type { ImportOrders } from "./unloadable.ts";

/** The command by which the supervisor starts a worker. */
export const WORKER_COMMAND = "worker-process";

/** An instance, as every worker has to have it. */
export interface Seed {
  readonly id: number;
  readonly name: string;
  /** The configuration as JSON text. */
  readonly config: string;
  /** Unix milliseconds. */
  readonly startedMs: number;
}

/** What a worker has to know before it can serve. */
export interface Welcome {
  /** The worker's place, from 0; its successor gets the same. */
  readonly slot: number;
  readonly workers: number;
  /** The socket's descriptor. */
  readonly socket: number;
  readonly options: ServerOptions;
  /** The plugins directory that is in force. */
  readonly directory: string | null;
  readonly serverPid: number;
  /** The supervisor, which is what operators see of the server. */
  readonly processId: number;
  /** How often the worker shows that it is not blocked, in milliseconds. */
  readonly beatMs: number;
  readonly instances: readonly Seed[];
  /** Where the worker writes down what it runs; null where that cannot be had. */
  readonly record: string | null;
  readonly quarantine: QuarantineState;
  readonly imports: ImportOrders;
  /** Who started the supervisor; null where that is not known. */
  readonly starter: Starter | null;
  readonly succession: Succession;
}

/** What is to be known of the servers before this one and after it. */
export interface Succession {
  /** Paths that lead to them, the last one first. */
  readonly older: readonly string[];
  /** See `Lineage.takeovers`. */
  readonly takeovers: readonly number[];
  /** Whether another server has taken over from this one. */
  readonly retiring: boolean;
}

/** A plugin that a worker has loaded. */
export interface LoadedPlugin {
  readonly name: string;
  readonly file: string;
}

/** What the supervisor asks of a worker; each is answered. */
export type ToWorker =
  /** Load the plugins and start the instances. Answered with `LoadedPlugin`s. */
  | { readonly kind: "welcome"; readonly welcome: Welcome }
  /** Take connections, once every instance that was spoken of is there. */
  | { readonly kind: "accept" }
  | { readonly kind: "start"; readonly seed: Seed }
  | { readonly kind: "close"; readonly id: number; readonly nowMs: number }
  | { readonly kind: "load"; readonly directory: string }
  /** Load the directory again: instances that are started from now on get the new code. */
  | { readonly kind: "reload" }
  /** Which instances are idle? Answered with their ids. */
  | { readonly kind: "idle" }
  /** A request that came in at another worker. Answered with the encoded result. */
  | {
    readonly kind: "request";
    readonly from: number;
    readonly ticket: number;
    readonly bytes: Uint8Array;
  }
  /** Nobody waits any more for one request of that worker, or for any of them. */
  | { readonly kind: "left"; readonly from: number; readonly ticket: number | null }
  /** Begin no more events. Answered when those under way are over, or the grace time is. */
  | { readonly kind: "drain"; readonly graceMs: number }
  | { readonly kind: "quarantine"; readonly state: QuarantineState }
  /** The path is about to change hands: steps of another server's events will come in. */
  | { readonly kind: "succeed" } & Succession
  /** Another server has the path. */
  | { readonly kind: "retire" }
  /** What has it counted? Answered with `MetricFamily`s. */
  | { readonly kind: "metrics" }
  /** Why does it not serve all that it should? Answered with sentences. */
  | { readonly kind: "unready" }
  /** What is there to do? Answered with a `Usage`. */
  | { readonly kind: "usage" }
  | { readonly kind: "stop" };

/** What a worker asks of the supervisor; each is answered. */
export type ToSupervisor =
  /** Not blocked. `events` have begun so far. */
  | { readonly kind: "beat"; readonly events: number }
  /** What is being imported, or that nothing is. Answered when that is written down. */
  | { readonly kind: "importing"; readonly modules: Importing | null }
  /** An event that is in quarantine was refused. */
  | { readonly kind: "refused"; readonly suspect: Suspect }
  /** This process is to be replaced: built-in objects are not what they were. Whose plugin did it? */
  | { readonly kind: "spoilt"; readonly plugin: string | null; readonly what: string }
  /** Has another server the socket's path? Answered with true or false. */
  | { readonly kind: "replaced" }
  /** Start an instance everywhere. Answered with its id. */
  | { readonly kind: "start"; readonly name: string; readonly config: string }
  | { readonly kind: "close"; readonly id: number }
  | { readonly kind: "load"; readonly directory: string }
  /** A request for an event of the worker in that slot. Answered with the encoded result. */
  | {
    readonly kind: "request";
    readonly slot: number;
    readonly ticket: number;
    readonly bytes: Uint8Array;
  }
  | { readonly kind: "left"; readonly slot: number; readonly ticket: number };
