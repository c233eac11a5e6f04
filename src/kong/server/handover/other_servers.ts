// The servers before and after this one on its socket: steps of their events that come in here are
// passed on to them.
import { resolve } from "node:path";
import type { Connection, Runtime } from "../../../runtime/contract.ts";
import { MessageReader } from "../../../wire/msgpack/reader.ts";
import type { ForwardedAnswer, Neighbours } from "../../protocol/cluster.ts";
import type { Request } from "../../protocol/msgpack/messages.ts";
import { passedOn } from "../../protocol/msgpack/passing.ts";

/** Both ends are ours: the limits only keep nonsense from taking all memory. */
const LIMITS = { messageBytes: 512 * 1024 * 1024, nesting: 128 };

const RESPONSE = 1;

/** What a server answers with: an error, or a result. */
type Response = readonly [kind: number, id: number, error: unknown, result: unknown];

/** What becomes of a request that is passed on. */
type Outcome = Response | "gone" | "forsaken";

/** A request that is under way. */
interface Sent {
  readonly answer: ForwardedAnswer;
  /** Nobody waits for the answer any more. */
  forsake(): void;
}

/** What is needed to find the others. */
export interface OtherServersParts {
  readonly runtime: Pick<Runtime, "connect">;
  /** The socket's path. */
  readonly path: string;
  /** Whether a newer server has the path now. */
  readonly replaced: () => Promise<boolean>;
}

/** The other servers of one socket. */
export class OtherServers implements Neighbours {
  /** Paths that lead to the servers which had the socket before, the last one first. */
  older: readonly string[] = [];
  readonly #parts: OtherServersParts;
  readonly #sent = new Set<Sent>();

  constructor(parts: OtherServersParts) {
    this.#parts = parts;
  }

  /**
   * A server that was replaced asks the one that has the path now, and that one asks all that were
   * before it. What comes from there goes no further, so there are no circles.
   */
  async passOn(request: Request, answer: ForwardedAnswer): Promise<boolean> {
    const { path, replaced } = this.#parts;
    if (request.passedBy === "newer") return false;
    if (await replaced()) {
      if (await this.#ask(resolve(path), passedOn(request, "older"), answer)) return true;
    }
    for (const older of this.older) {
      if (await this.#ask(older, passedOn(request, "newer"), answer)) return true;
    }
    return false;
  }

  dropForsaken(): void {
    for (const { answer, forsake } of this.#sent) {
      if (answer.gone) forsake();
    }
  }

  /** Asks on a connection of its own: a server that was replaced leaves when it has none. */
  async #ask(path: string, request: Uint8Array, answer: ForwardedAnswer): Promise<boolean> {
    const { promise, resolve: settle } = Promise.withResolvers<Outcome>();
    const connection = await this.#connect(path, settle);
    if (!connection) return false;
    const sent = { answer, forsake: () => settle("forsaken") };
    this.#sent.add(sent);
    try {
      connection.write(request);
      const outcome = await promise;
      if (outcome === "forsaken") return true;
      if (outcome === "gone") return false;
      const [, , error, result] = outcome;
      if (error !== null) return false;
      answer.result(result);
      return true;
    } finally {
      this.#sent.delete(sent);
      connection.destroy();
    }
  }

  async #connect(
    path: string,
    settle: (outcome: Outcome) => void,
  ): Promise<Connection | undefined> {
    const reader = new MessageReader(LIMITS);
    const data = (bytes: Uint8Array) => {
      reader.push(bytes);
      for (let message = reader.next(); message; message = reader.next()) {
        const response = message.value as Response;
        if (response[0] === RESPONSE) settle(response);
      }
    };
    try {
      return await this.#parts.runtime.connect(path, { data, closed: () => settle("gone") });
    } catch {
      return undefined;
    }
  }
}
