// Which of Kong's two protocols a message is in: told from its first bytes, in any pieces.

/** How a message of a gateway is framed. */
export type KongProtocol = "MsgPack:1" | "ProtoBuf:1";

/**
 * The protocol that a dump names, and that Kong then speaks. A broken exchange stops the request
 * over this one from Kong 3.8 on; over MsgPack:1 Kong lets it pass.
 */
export const DEFAULT_PROTOCOL: KongProtocol = "ProtoBuf:1";

/** How the messages of a gateway begin in MessagePack: a request, and a notification. */
const REQUEST = [0x94, 0x00] as const;
const NOTIFICATION = [0x93, 0x02] as const;

/** Bytes of a frame's length, which nearly always say which protocol it is. */
const LENGTH_BYTES = 4;

/** What the names of all methods begin with. */
const METHOD = new TextEncoder().encode("plugin.");

/**
 * Tells the protocol of a message. ProtoBuf:1 begins with a length, the lowest byte first, and
 * MsgPack:1 with `94 00`, the request's number and a text, or with `93 02` and a text. The first four
 * bytes nearly always say which it is: behind those two, a fourth byte that is not 0 is a length of
 * 16 MiB and more, which no frame has. With 0 there, and `94 00` in front, it is a frame of 148 bytes,
 * or of that and a multiple of 64 KiB, or a MessagePack request with a number of 65,536 or more; then
 * the name of its method must follow. In a frame of that length it cannot: a frame begins with the
 * number of the command or with the command. No text begins with 0, so `93 02` is a frame then.
 *
 * @param bytes has as much of the message as has come in, from `begin` to `end`
 * @returns undefined until there is enough of it: 19 bytes at the most, and such a frame is longer
 */
export function protocolOf(
  bytes: Uint8Array,
  begin = 0,
  end = bytes.length,
): KongProtocol | undefined {
  const seen = end - begin;
  if (seen === 0) return undefined;
  const head = bytes[begin] === REQUEST[0] ? REQUEST : NOTIFICATION;
  if (bytes[begin] !== head[0]) return "ProtoBuf:1";
  if (seen === 1) return undefined;
  if (bytes[begin + 1] !== head[1]) return "ProtoBuf:1";
  if (seen < LENGTH_BYTES) return undefined;
  if (bytes[begin + LENGTH_BYTES - 1] !== 0) return "MsgPack:1";
  return head === REQUEST ? protocolOfRequest(bytes.subarray(begin + 2, end)) : "ProtoBuf:1";
}

/** The same for what begins as a request does; `rest` is what follows. */
function protocolOfRequest(rest: Uint8Array): KongProtocol | undefined {
  const idBytes = lengthOfId(rest[0]!);
  return idBytes === undefined ? "ProtoBuf:1" : beginsWithMethod(rest.subarray(idBytes));
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
