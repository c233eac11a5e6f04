// Ways to cut bytes into pieces, for feeding decoders.

/** A small generator of numbers from 0 to below 1, the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 0x1_0000_0000;
  };
}

/** How a stream of bytes is cut; each gives copies, so that nobody can lean on shared memory. */
export const CUTS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array[]>> = {
  "all at once": (bytes) => [bytes.slice()],
  "byte by byte": (bytes) => Array.from(bytes, (byte) => Uint8Array.of(byte)),
  "cut at random": (bytes) => {
    const random = seededRandom(bytes.length + 7);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = Math.min(bytes.length, at + 1 + Math.floor(random() * 40));
      pieces.push(bytes.slice(at, end));
      at = end;
    }
    return pieces;
  },
};

/** Bytes of a hexadecimal text. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Several pieces as one. */
export function concat(...pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
