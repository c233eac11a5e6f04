// The gateway's side of the server: takes connections in, keeps track of them, lets them go.
import type { Descriptors } from "../../base/descriptors.ts";
import { GibbonError } from "../../base/errors.ts";
import type { Connection, ConnectionEvents } from "../../runtime/contract.ts";
import { KongConnection } from "./connection.ts";
import type { KongServer } from "./server.ts";

/** Connections at once that are told that there are too many; those on top are closed without a word. */
const REFUSING = 256;
/** The part of the descriptors that are kept which those may take. */
const REFUSING_PART = 0.5;

/**
 * How long a connection that is turned away may do nothing, in milliseconds: Kong connects to ask, and
 * leaves when the end comes with the answer.
 */
const PATIENCE_MS = 1000;
/** How many such times it may take in all: the start of an instance takes its time. */
const PATIENCE_TIMES = 30;

/** Serves every connection of one socket. */
export class KongEndpoint {
  readonly #server: KongServer;
  readonly #descriptors: Pick<Descriptors, "isShort" | "close"> | undefined;
  readonly #connections = new Set<Connection>();
  readonly #refusing = new Set<Connection>();

  /** @param descriptors tells when there are too few left; belongs to the endpoint from now on */
  constructor(server: KongServer, descriptors?: Pick<Descriptors, "isShort" | "close">) {
    this.#server = server;
    this.#descriptors = descriptors;
  }

  /** How many connections were turned away so far. */
  turnedAway = 0;

  /** Bytes that wait for gateways that do not read. */
  get unsentBytes(): number {
    let bytes = 0;
    for (const connection of this.#connections) bytes += connection.unsentBytes;
    for (const connection of this.#refusing) bytes += connection.unsentBytes;
    return bytes;
  }

  /** How many connections there are. */
  get size(): number {
    return this.#connections.size + this.#refusing.size;
  }

  /**
   * Takes a connection. Past a limit it is turned away: a new event of it is refused, which stops the
   * request that is guarded, and then it is closed. To close it at once would let the request pass
   * over MsgPack:1, and have Kong try without end over ProtoBuf:1.
   */
  readonly accept = (connection: Connection): ConnectionEvents => {
    const isShort = this.#descriptors?.isShort === true;
    const refusal = isShort ? this.#tooFewDescriptors() : this.#tooManyConnections();
    if (refusal) return this.#refuse(connection, refusal, isShort);
    const served = new KongConnection(connection, this.#server);
    this.#connections.add(connection);
    return {
      data: (bytes) => served.data(bytes),
      closed: () => {
        this.#connections.delete(connection);
        served.closed();
      },
    };
  };

  /** Lets go of all connections, once what was answered on them is out. */
  close(): void {
    for (const connection of this.#connections) connection.end();
    for (const connection of this.#refusing) connection.end();
    this.#descriptors?.close();
  }

  #refuse(connection: Connection, refusal: GibbonError, isShort: boolean): ConnectionEvents {
    const { log, limits } = this.#server.options;
    this.turnedAway++;
    const { message, code, remedy } = refusal;
    log.warn(`a connection was turned away: ${message}`, { code, remedy });
    const room = isShort ? limits.reservedDescriptors * REFUSING_PART : REFUSING;
    if (this.#refusing.size >= room) {
      connection.destroy();
      return { data: () => {}, closed: () => {} };
    }
    const served = new KongConnection(connection, this.#server, refusal);
    this.#refusing.add(connection);
    let times = 0;
    const patience = setInterval(() => {
      if (!served.underWay || ++times === PATIENCE_TIMES) connection.destroy();
    }, PATIENCE_MS);
    return {
      data: (bytes) => served.data(bytes),
      closed: () => {
        clearInterval(patience);
        this.#refusing.delete(connection);
        served.closed();
      },
    };
  }

  #tooManyConnections(): GibbonError | undefined {
    const { connections } = this.#server.options.limits;
    if (this.#connections.size < connections) return undefined;
    return new GibbonError("LIMIT", `there are ${connections} connections already`, {
      remedy: "Raise --max-connections, or find out who keeps them open.",
    });
  }

  #tooFewDescriptors(): GibbonError {
    const { reservedDescriptors } = this.#server.options.limits;
    const message = `only ${reservedDescriptors} more files could be opened`;
    return new GibbonError("LIMIT", message, {
      remedy: "Raise the limit of open files (ulimit -n, LimitNOFILE), or lower " +
        "--reserve-descriptors. A plugin may leave files or sockets open.",
    });
  }
}
