// What the socket tests talk with: connections that remember.
import { Buffer } from "node:buffer";
import type { Connection, ConnectionEvents } from "../../src/runtime/contract.ts";

export { until } from "../support/until.ts";

/** Receives for one end of a connection and keeps the very chunks that came. */
export class Peer implements ConnectionEvents {
  readonly chunks: Uint8Array[] = [];
  received = 0;
  ends = 0;
  closes = 0;
  connection: Connection | undefined;

  data(bytes: Uint8Array): void {
    this.chunks.push(bytes);
    this.received += bytes.length;
  }

  ended(): void {
    this.ends++;
  }

  closed(): void {
    this.closes++;
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

/** Accepts connections as peers, in the order of their coming. */
export function acceptInto(peers: Peer[]): (connection: Connection) => ConnectionEvents {
  return (connection) => {
    const peer = new Peer();
    peer.connection = connection;
    peers.push(peer);
    return peer;
  };
}
