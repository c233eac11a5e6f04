// An exchange that is no request of HTTP: a connection of TCP or TLS that comes in at a stream route.
import type { EntityRecord } from "../entities.ts";
import { Exchange, type RequestParts } from "../exchange.ts";
import type { EmulatedNode } from "../node.ts";

/** A connection as it came in. */
export interface StreamParts extends Required<Pick<RequestParts, "client" | "server">> {
  /** What the client has sent when plugins run. */
  readonly bytes: Uint8Array;
  /** The name that the client asked for; undefined where it speaks no TLS. */
  readonly sni: string | undefined;
  readonly route: EntityRecord;
  readonly service: EntityRecord | undefined;
}

/** A connection, and what becomes of it. */
export class StreamExchange extends Exchange {
  readonly received: Uint8Array;
  readonly sni: string | undefined;
  /** What a plugin had sent to the client. */
  sent: Uint8Array = new Uint8Array(0);

  constructor(node: EmulatedNode, parts: StreamParts) {
    const { client, server, sni } = parts;
    const tls = sni === undefined ? {} : { tls: { version: "TLSv1.3", sni } };
    super(node, { method: "", target: "", client, server, ...tls });
    this.received = parts.bytes;
    this.sni = sni;
    this.route = parts.route;
    this.service = parts.service;
    this.upstream.host = String(parts.service?.host ?? "").replace(/^\[|\]$/g, "");
    this.upstream.port = Number(parts.service?.port ?? 80);
  }
}
