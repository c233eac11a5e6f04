// Which of Kong's two protocols a connection speaks: told from its first bytes, in any pieces.

/** How a connection's first request is framed. */
export type KongProtocol = "MsgPack:1" | "ProtoBuf:1";

/** A MessagePack request: an array of four, and 0 for a request. */
const REQUEST = [0x94, 0x00];

/** What the names of all methods begin with. */
const METHOD = new TextEncoder().encode("plugin.");

/**
 * Tells the protocol. ProtoBuf:1 begins with a length, the lowest byte first, and MsgPack:1 with
 * `94 00`, the request's number and a text. The first four bytes nearly always say which it is: with
 * `94 00` in front, a fourth byte that is not 0 is a length of 16 MiB and more, which no frame has.
 * With 0 there, it is a frame of 148 bytes, or of that and a multiple of 64 KiB, or a MessagePack
 * request with a number of 65,536 or more; then the name of its method must follow. In a frame of
 * that length it cannot: a frame begins with the number of the command or with the command.
 *
 * @param first all bytes that have come in
 * @returns undefined until there are enough of them: 19 at the most, and such a frame is longer
 */
export function protocolOf(first: Uint8Array): KongProtocol | undefined {
  for (const [at, expected] of REQUEST.entries()) {
    const byte = first[at];
    if (byte !== expected) return byte === undefined ? undefined : "ProtoBuf:1";
  }
  const [, , id, highest] = first;
  if (id === undefined || highest === undefined) return undefined;
  if (highest !== 0) return "MsgPack:1";
  const idBytes = lengthOfId(id);
  if (idBytes === undefined) return "ProtoBuf:1";
  return beginsWithMethod(first.subarray(REQUEST.length + idBytes));
}

/** Bytes of an integer that is not negative; undefined if it is something else. */
function lengthOfId(first: number): number | undefined {
  if (first <= 0x7f) return 1;
  switch (first) {
    case 0xcc:
      return 2;
    case 0xcd:
      return 3;
    case 0xce:
      return 5;
    case 0xcf:
      return 9;
    default:
      return undefined;
  }
}

function beginsWithMethod(bytes: Uint8Array): KongProtocol | undefined {
  const [head, ...name] = bytes.subarray(0, 1 + METHOD.length);
  if (head === undefined) return undefined;
  // A text of up to 31 bytes, as all those names are.
  if (head < 0xa0 || head > 0xbf) return "ProtoBuf:1";
  if (name.some((byte, at) => byte !== METHOD[at])) return "ProtoBuf:1";
  return name.length === METHOD.length ? "MsgPack:1" : undefined;
}
