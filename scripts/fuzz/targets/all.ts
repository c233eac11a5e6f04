// All decoders under fuzz, by name.
import type { Decoder } from "../decoder.ts";
import { BRPC_DECODERS } from "./brpc.ts";
import { KONG_DECODERS } from "./kong.ts";
import { PROX_DECODERS } from "./prox.ts";
import { WIRE_DECODERS } from "./wire.ts";

/** All of them. */
export const DECODERS: readonly Decoder[] = [
  ...WIRE_DECODERS,
  ...KONG_DECODERS,
  ...PROX_DECODERS,
  ...BRPC_DECODERS,
];

/** @throws {Error} if there is none of that name */
export function decoderOf(name: string): Decoder {
  const found = DECODERS.find((decoder) => decoder.name === name);
  if (found) return found;
  throw new Error(`no decoder ${name}; there are ${DECODERS.map(({ name }) => name).join(", ")}`);
}
