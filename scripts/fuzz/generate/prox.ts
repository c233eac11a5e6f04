// Messages of prox: calls and answers in MessagePack, and lines of JSON.
import fc, { type Arbitrary } from "fast-check";
import { binValue, encoded, encodedText, mapOf, mostly } from "./msgpack.ts";
import { someInteger, someText, textBytes, utf8 } from "./parts.ts";

const text = mostly(encodedText);
const integer = mostly(encoded(someInteger));
const flag = mostly(encoded(fc.boolean()));
const number = mostly(encoded(fc.double()));
const texts = mostly(encoded(fc.dictionary(someText, someText, { maxKeys: 3 })));

const all = (names: readonly string[], value: Arbitrary<Uint8Array>) =>
  Object.fromEntries(names.map((name) => [name, value]));

const requestData = mapOf({
  ...all(["r", "m", "p", "q", "d", "ho", "pr", "a", "md", "mg", "mp", "tg"], text),
  cl: integer,
  h: texts,
  v: texts,
  bd: mostly(binValue(textBytes)),
});
const responseData = mapOf({ req: requestData, resp: mapOf({ s: integer, h: texts }) });
const streamData = mapOf({
  ...all(["r", "tg", "a", "d"], text),
  ...all(["rx", "tx", "ms"], integer),
});

/** A call of a hook. */
export const proxCall: Arbitrary<Uint8Array> = mapOf({
  t: mostly(encoded(fc.constantFrom(1, 1, 2, 3, 4, 0, 5, 1.5))),
  d: mostly(binValue(fc.oneof(requestData, responseData, streamData))),
});

/** The answer of a hook. */
export const proxResult: Arbitrary<Uint8Array> = mapOf({
  ...all(["ok", "dr", "fb", "cq"], flag),
  s: integer,
  b: text,
  rp: text,
  h: texts,
  rm: mostly(encoded(fc.array(someText, { maxLength: 3 }))),
  sp: mostly(mapOf({ dl: number, ul: number, gk: text })),
});

const params = fc.record({
  route_id: fc.oneof(someText, fc.nat()),
  socket: someText,
  hooks: fc.array(fc.oneof(fc.constantFrom("on_request", "on_connect"), someText)),
  match: fc.oneof(fc.record({ domain: someText, path: someText }), fc.constant(null)),
  targets: fc.array(someText, { maxLength: 2 }),
  groups: fc.dictionary(someText, fc.array(someText, { maxLength: 2 }), { maxKeys: 2 }),
  download_mbps: fc.oneof(fc.double(), someText),
  level: fc.oneof(fc.constantFrom("info", "debug"), someText),
  args: fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 2 }),
}, { requiredKeys: [] });

const METHODS = ["configure", "ready", "set_targets", "set_speed", "log", "toString", ""];

const lineObject = fc.record({
  method: fc.oneof(fc.constantFrom(...METHODS), someText),
  params: fc.oneof({ weight: 6, arbitrary: params }, { weight: 1, arbitrary: fc.jsonValue() }),
  error: someText,
}, { requiredKeys: [] });

const line = fc.oneof(
  { weight: 5, arbitrary: lineObject.map((object) => JSON.stringify(object)) },
  { weight: 2, arbitrary: fc.json({ maxDepth: 2 }) },
  { weight: 1, arbitrary: someText },
);

/** Lines of a lifecycle channel. */
export const proxLines: Arbitrary<Uint8Array> = fc.array(
  fc.tuple(line, fc.constantFrom("\n", "\n", "\r\n", "", "\n\n")),
  { maxLength: 4 },
).map((lines) => utf8(lines.flat().join("")));
