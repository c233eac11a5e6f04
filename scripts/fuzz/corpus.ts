// What real peers sent, out of the recordings of the tests: the bytes that are damaged.
import { readFileSync } from "node:fs";
import { golden, GOLDEN_NAMES } from "../../tests/wire/gob/support.ts";
import { type Frame, readRecordings, type Recording } from "../../tests/kong/support/recordings.ts";
import { sentByKong } from "../../tests/kong/support/streams.ts";
import { concat } from "../../src/wire/bytes.ts";
import { fromHex } from "../../tests/support/pieces.ts";
import { utf8 } from "./generate/parts.ts";

/** What of a recording is taken: its end says nothing new, and takes long. */
const MOST_BYTES = 4096;

const begin = (bytes: Uint8Array) => bytes.subarray(0, MOST_BYTES);

function once<T>(read: () => T): () => T {
  let known: T | undefined;
  return () => known ??= read();
}

const both = (...sets: readonly string[]) => sets.flatMap((set) => readRecordings(set));

/** What Kong sent on connections over MsgPack:1. */
export const kongMsgpack = once(() => streams(both("msgpack-3.9", "msgpack-2.8")));

/** What Kong sent on connections over ProtoBuf:1. */
export const kongProtobuf = once(() => streams(both("protobuf-3.9")));

function streams(recordings: readonly Recording[]): Uint8Array[] {
  return recordings.flatMap(sentByKong).map(begin);
}

/** Messages of ProtoBuf:1, by their type: `RpcCall`, `Value`. Without their length. */
export const kongFrames = once(() => {
  const frames = both("protobuf-3.9").flatMap((recording) => recording.frames);
  return frames.flatMap((frame) => {
    const { type, hex } = frame as Frame & { readonly type?: string };
    if (!hex || !type) return [];
    return [{ type: type.split(".").at(-1) ?? "", bytes: begin(fromHex(hex).subarray(4)) }];
  });
});

/** Streams that Go wrote. */
export const gobStreams = once(() =>
  GOLDEN_NAMES.map((name) => begin(concat(golden(name).map(fromHex))))
);

/** Streams of brpc that Go wrote: handshakes, and messages. */
export const brpcStreams = once(() =>
  GOLDEN_NAMES.filter((name) => name.startsWith("brpc"))
    .map((name) => begin(concat(golden(name).map(fromHex))))
);

interface ProxFrame {
  readonly hook: string;
  readonly kind: "call" | "result";
  readonly frame: string;
}

/** Frames of prox that Go wrote: calls or results, without their length. */
export function proxFrames(kind: "call" | "result"): Uint8Array[] {
  return readProx().filter((one) => one.kind === kind).map((one) => fromHex(one.frame).subarray(4));
}

/** The same with their length, one behind the other. */
export const proxStream = once(() => [concat(readProx().map(({ frame }) => fromHex(frame)))]);

const readProx = once((): readonly ProxFrame[] =>
  JSON.parse(readFileSync(new URL("../../tests/prox/data/frames.json", import.meta.url), "utf8"))
);

/** Lines of prox's lifecycle channel, as prox's documentation has them. */
export const proxLineStreams = once(() =>
  [
    '{"method":"configure","params":{"route_id":"gateway:0","match":{"domain":"de.example.com"}}}\n',
    '{"method":"ready","params":{"socket":"/tmp/x","hooks":["on_request"]}}\n{"result":"ok"}\n',
    '{"method":"set_targets","params":{"route_id":"*","targets":["10.0.1.1:80"],"groups":{"a":[]}}}\n',
    '{"method":"set_speed","params":{"action":"x","download_mbps":2.5,"group_key":"k"}}\r\n',
    '{"method":"log","params":{"level":"info","message":"hello","args":["a",1]}}\n{"error":"x"}\n',
  ].map(utf8)
);
