// What Kong sent on the connections of a recording.
import { concat, fromHex } from "../../support/pieces.ts";
import type { Recording } from "./recordings.ts";

/** All bytes from Kong, each connection by itself. */
export function sentByKong(recording: Recording): Uint8Array[] {
  const streams = new Map<number, Uint8Array[]>();
  for (const { conn, dir, hex } of recording.frames) {
    if (dir !== "kong->server" || !hex) continue;
    streams.set(conn, [...streams.get(conn) ?? [], fromHex(hex)]);
  }
  return [...streams.values()].map((pieces) => concat(...pieces));
}
