// What a worker process needs of the server that it is a part of.

import type { Request } from "./msgpack/messages.ts";

/** Takes what came back for a request that was carried out in another process. */
export interface ForwardedAnswer {
  /** Whether nobody waits for it any more. */
  readonly gone: boolean;
  /** The result, as the other process gave it. Throws nothing. */
  result(value: unknown): void;
}

/** Other servers that have or had the same socket: a gateway's step may come in at any of them. */
export interface Neighbours {
  /**
   * Passes a request for an event that is not here on to the one that has it.
   *
   * @returns false if none has it
   */
  passOn(request: Request, answer: ForwardedAnswer): Promise<boolean>;
  /** Gives up the requests for whose answers nobody waits any more. */
  dropForsaken(): void;
}

/** The other processes of one server. What happens to instances happens in all of them. */
export interface Cluster {
  /**
   * Starts an instance in every process.
   *
   * @param configText the configuration as JSON text
   * @returns the instance's id, once all that take connections have it
   * @throws {GibbonError} as the process did that could not start it; then none of them has it
   */
  startInstance(name: string, configText: string): Promise<number>;
  /** Closes an instance in every process. */
  closeInstance(id: number): Promise<void>;
  /**
   * Loads another plugins directory in every process.
   *
   * @throws {GibbonError} PLUGIN_DIRECTORY
   */
  setPluginDir(directory: string): Promise<void>;
  /**
   * Sends a request of MsgPack:1 to the process that has the event.
   *
   * @param eventId as the gateway says it: anything
   * @param request the whole message
   * @returns settles when it is answered, and rejects with the error to answer with; undefined if the
   *   event would be this process's own
   */
  forward(
    eventId: unknown,
    request: Uint8Array,
    answer: ForwardedAnswer,
  ): Promise<void> | undefined;
  /** Tells the other processes which of the requests that they have from here nobody waits for. */
  dropForsaken(): void;
}
