// Conversations with a server, made by rule: events that go well or are left, and bytes behind them.
import fc, { type Arbitrary } from "fast-check";
import { Random, randomCuts } from "../../../tests/support/random.ts";
import * as corpus from "../corpus.ts";
import { damage } from "../damage.ts";
import { commandStream } from "../generate/commands.ts";
import { someInteger, someText, textBytes } from "../generate/parts.ts";
import { anyMessage } from "../generate/protobuf.ts";
import { requestStream } from "../generate/rpc.ts";

/** Kong's two protocols. */
export type Protocol = "msgpack" | "protobuf";

/** An event: what the gateway answers to its calls. Where that is too little, the event is left. */
export interface ScriptedEvent {
  readonly phase: "access" | "log";
  /** Values over MsgPack:1, bytes of messages over ProtoBuf:1. */
  readonly answers: readonly unknown[];
}

/** One connection's conversation. */
export interface Script {
  readonly plugin: "guard" | "sim";
  readonly events: readonly ScriptedEvent[];
  /** What is sent behind the events without waiting for anything, in these pieces. */
  readonly noise: readonly Uint8Array[];
  /** Whether the gateway says that it is done, and waits for the server; or is gone at once. */
  readonly ending: "end" | "destroy";
}

/** Values that MessagePack can hold. */
const value: Arbitrary<unknown> = fc.oneof(
  someText,
  someInteger,
  fc.uint8Array({ maxLength: 20 }),
  fc.constantFrom(null, undefined, true, ""),
  fc.dictionary(someText, fc.oneof(someText, fc.array(someText, { maxLength: 2 })), { maxKeys: 3 }),
);

const message: Arbitrary<Uint8Array> = fc.oneof(anyMessage, textBytes);

function scripts(protocol: Protocol): Arbitrary<Script> {
  const [answer, stream] = protocol === "msgpack"
    ? [value, requestStream]
    : [message, commandStream];
  const noise = fc.oneof(
    { weight: 3, arbitrary: fc.constant(new Uint8Array(0)) },
    { weight: 4, arbitrary: stream },
    { weight: 1, arbitrary: protocol === "msgpack" ? commandStream : requestStream },
  );
  return fc.record({
    plugin: fc.constantFrom("guard" as const, "guard" as const, "sim" as const),
    events: fc.array(
      fc.record({
        phase: fc.constantFrom("access" as const, "log" as const),
        answers: fc.array(answer, { maxLength: 5 }),
      }),
      { maxLength: 2 },
    ),
    noise: fc.tuple(noise, fc.nat()).map(([bytes, seed]) => randomCuts(bytes, new Random(seed))),
    ending: fc.constantFrom("end" as const, "end" as const, "destroy" as const),
  });
}

const SCRIPTS: Readonly<Record<Protocol, Arbitrary<Script>>> = {
  msgpack: scripts("msgpack"),
  protobuf: scripts("protobuf"),
};

const RECORDED = { msgpack: corpus.kongMsgpack, protobuf: corpus.kongProtobuf };

/** The conversations that a seed stands for: half of them by rule, half of them damaged recordings. */
export function scriptsOf(protocol: Protocol, seed: number, number: number): Script[] {
  const random = new Random(seed);
  const byRule = fc.sample(SCRIPTS[protocol], { seed, numRuns: number / 2 });
  const recorded = RECORDED[protocol]();
  const damaged = byRule.map((): Script => {
    const bytes = damage(random.pick(recorded), recorded, random, random.below(4));
    return {
      plugin: "sim",
      events: [],
      noise: randomCuts(bytes, random),
      ending: random.below(3) === 0 ? "destroy" : "end",
    };
  });
  return [...byRule, ...damaged];
}
