// A worker's view of the server that it is a part of: what it asks of the others goes by the supervisor.
import { workerOf } from "../../engine/ids.ts";
import type { Cluster, ForwardedAnswer } from "../../protocol/cluster.ts";
import { decode } from "../../../wire/msgpack/codec.ts";
import type { Channel } from "./channel.ts";
import type { ToSupervisor, ToWorker } from "./messages.ts";

/** A request that another worker has. */
interface Sent {
  readonly slot: number;
  readonly answer: ForwardedAnswer;
}

/** The other processes, for the one in a slot. */
export class WorkerCluster implements Cluster {
  readonly #channel: Channel<ToWorker, ToSupervisor>;
  readonly #slot: number;
  readonly #workers: number;
  readonly #sent = new Map<number, Sent>();
  #nextTicket = 1;

  constructor(channel: Channel<ToWorker, ToSupervisor>, slot: number, workers: number) {
    this.#channel = channel;
    this.#slot = slot;
    this.#workers = workers;
  }

  async startInstance(name: string, config: string): Promise<number> {
    return await this.#channel.ask({ kind: "start", name, config }) as number;
  }

  async closeInstance(id: number): Promise<void> {
    await this.#channel.ask({ kind: "close", id });
  }

  async setPluginDir(directory: string): Promise<void> {
    await this.#channel.ask({ kind: "load", directory });
  }

  forward(eventId: unknown, bytes: Uint8Array, answer: ForwardedAnswer): Promise<void> | undefined {
    const slot = workerOf(eventId, this.#workers);
    if (slot === undefined || slot === this.#slot) return undefined;
    return this.#forward(slot, bytes, answer);
  }

  dropForsaken(): void {
    for (const [ticket, { slot, answer }] of this.#sent) {
      if (!answer.gone) continue;
      this.#sent.delete(ticket);
      this.#channel.tell({ kind: "left", slot, ticket });
    }
  }

  async #forward(slot: number, bytes: Uint8Array, answer: ForwardedAnswer): Promise<void> {
    const ticket = this.#nextTicket++;
    this.#sent.set(ticket, { slot, answer });
    try {
      const result = await this.#channel.ask({ kind: "request", slot, ticket, bytes });
      answer.result(decode(result as Uint8Array));
    } finally {
      this.#sent.delete(ticket);
    }
  }
}
