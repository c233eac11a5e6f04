// Streams of brpc: a handshake and messages, as values that fit and as values that nearly do.
import fc, { type Arbitrary } from "fast-check";
import { EnvelopeType, HandshakeType } from "../../../src/brpc/messages.ts";
import { gob, GobEncoder, type GobType, type GobValue } from "../../../src/wire/gob/mod.ts";
import { gobStream } from "./gob.ts";
import { joined, someText, utf8 } from "./parts.ts";

type Handshake = GobValue<typeof HandshakeType>;
type Described = Exclude<
  NonNullable<Parameters<Handshake["Functions"]["set"]>[1]["Input"]>,
  undefined
>;

const { entity } = fc.letrec<{ entity: Described }>((tie) => ({
  entity: fc.record({
    Name: someText,
    Type: fc.oneof(
      fc.constantFrom("string", "int", "struct", "[]struct", "map[string]int"),
      someText,
    ),
    Mandatory: fc.boolean(),
    Fields: fc.oneof(
      { depthSize: "small" },
      fc.constant<Described[]>([]),
      fc.array(tie("entity"), { maxLength: 3 }),
    ),
  }),
}));

const description = fc.record({ Name: someText, Input: fc.option(entity, { nil: undefined }) });

const handshake: Arbitrary<Handshake> = fc.record({
  Name: someText,
  Version: someText,
  Functions: fc.array(fc.tuple(someText, description), { maxLength: 4 }).map((all) => new Map(all)),
});

const envelope: Arbitrary<GobValue<typeof EnvelopeType>> = fc.record({
  Seq: fc.oneof(fc.nat(10), fc.maxSafeInteger().map(Math.abs)),
  Trace: someText,
  Method: fc.oneof(fc.constantFrom("Async", "Shutdown", "add"), someText),
  Error: fc.oneof(fc.constant(""), someText),
  Payload: fc.oneof(fc.json({ maxDepth: 3 }).map(utf8), fc.uint8Array({ maxLength: 20 })),
});

/** A message that has the right names, and other types behind them. */
const WrongEnvelope = gob.struct("Envelope", {
  Seq: gob.string,
  Method: gob.int,
  Payload: gob.float,
});

/** A conversation from its first byte. */
const conversation = fc.tuple(handshake, fc.array(envelope, { maxLength: 4 }), fc.nat(12)).map(
  ([handshake, envelopes, odd]) => {
    const encoder = new GobEncoder();
    const write = <T>(type: GobType<T>, value: T) => encoder.encode(type, value);
    return joined([
      ...odd === 1 ? [] : [write(HandshakeType, handshake)],
      ...envelopes.map((one) => write(EnvelopeType, one)),
      ...odd === 0 ? [write(WrongEnvelope, { Seq: "1", Method: 2, Payload: 0.5 })] : [],
    ]);
  },
);

/** What comes in on a connection of a hub. */
export const brpcStream: Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: conversation },
  { weight: 1, arbitrary: gobStream },
);
