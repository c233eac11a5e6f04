// prox's messages: what Go writes is read, what we write says the same, and nonsense is refused.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { GibbonError } from "../../src/base/errors.ts";
import { unmarshalEnvelope, unmarshalResult } from "../../src/prox/decode.ts";
import {
  type HookData,
  type HookResult,
  marshalEnvelope,
  marshalResult,
} from "../../src/prox/encode.ts";
import { mergeAllowing } from "../../src/prox/merge.ts";
import { FRAME_BYTES, type HookName } from "../../src/prox/messages.ts";
import { frame, FrameReader } from "../../src/wire/frames.ts";
import { decode, encode } from "../../src/wire/msgpack/codec.ts";
import { request } from "./plugin_run.ts";
import { concat, CUTS, fromHex, seededRandom } from "../support/pieces.ts";

interface Golden {
  readonly name: string;
  readonly hook: HookName;
  readonly kind: "call" | "result";
  readonly frame: string;
  readonly value: Record<string, unknown>;
}

const GOLDEN: readonly Golden[] = JSON.parse(
  readFileSync(new URL("./data/frames.json", import.meta.url), "utf8"),
);

/** The golden value as programs have it: bodies as bytes. */
function valueOf({ value }: Golden): Record<string, unknown> {
  const withBytes = (fields: Record<string, unknown>) =>
    typeof fields["body"] === "string" && fields["routeId"] !== undefined
      ? { ...fields, body: fromHex(fields["body"]) }
      : fields;
  if (value["req"]) return { ...value, req: withBytes(value["req"] as Record<string, unknown>) };
  return withBytes(value);
}

function readFrame(hex: string): Uint8Array {
  const reader = new FrameReader({ maxBytes: FRAME_BYTES, byteOrder: "big" });
  reader.push(fromHex(hex));
  const bytes = reader.next();
  assert.ok(bytes && reader.pendingBytes === 0);
  return bytes;
}

/** What stands for a field that is not there. */
function isZero(value: unknown): boolean {
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length === 0;
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return !value;
}

/** Drops zero values, at all depths: they and what is left out mean the same. */
function essence(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return [...value];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const kept = Object.entries(value).filter(([, field]) => !isZero(field));
  return Object.fromEntries(kept.map(([key, field]) => [key, essence(field)]));
}

/** Decoded as prox would see it: the envelope's data decoded too. */
function wireOf(kind: Golden["kind"], bytes: Uint8Array): unknown {
  const outer = decode(bytes) as Record<string, unknown>;
  if (kind === "result") return outer;
  return { t: outer["t"], d: decode(outer["d"] as Uint8Array) };
}

function marshal(golden: Golden): Uint8Array {
  const value = valueOf(golden);
  return golden.kind === "call"
    ? marshalEnvelope(golden.hook, value as unknown as HookData[HookName])
    : marshalResult(
      golden.hook as keyof HookResult,
      value as unknown as HookResult[keyof HookResult],
    );
}

function unmarshal(golden: Golden, bytes: Uint8Array): unknown {
  if (golden.kind === "result") return unmarshalResult(golden.hook as keyof HookResult, bytes);
  const call = unmarshalEnvelope(bytes);
  assert.equal(call.hook, golden.hook);
  return call.data;
}

const isProtocol = (error: unknown) => error instanceof GibbonError && error.code === "PROTOCOL";

describe("a frame of Go's", () => {
  for (const golden of GOLDEN) {
    test(`is read: ${golden.name}`, () => {
      const read = unmarshal(golden, readFrame(golden.frame));
      assert.deepEqual(essence(read), essence(valueOf(golden)));
    });

    test(`and ours say the same: ${golden.name}`, () => {
      const ours = wireOf(golden.kind, marshal(golden));
      const gos = wireOf(golden.kind, readFrame(golden.frame));
      assert.deepEqual(essence(ours), essence(gos));
    });
  }

  for (const [manner, cut] of Object.entries(CUTS)) {
    test(`comes out of a stream of all of them: ${manner}`, () => {
      const reader = new FrameReader({ maxBytes: FRAME_BYTES, byteOrder: "big" });
      const read: unknown[] = [];
      for (const piece of cut(concat(...GOLDEN.map((golden) => fromHex(golden.frame))))) {
        reader.push(piece);
        for (let bytes = reader.next(); bytes; bytes = reader.next()) {
          read.push(unmarshal(GOLDEN[read.length]!, bytes));
        }
      }
      assert.deepEqual(read.map(essence), GOLDEN.map((golden) => essence(valueOf(golden))));
    });
  }
});

describe("an integer", () => {
  test("is read at any width", () => {
    const widths = ["07", "cc07", "cd0007", "ce00000007", "cf0000000000000007"];
    for (const width of [...widths, "d007", "d10007", "d200000007", "d30000000000000007"]) {
      const result = unmarshalResult("on_response", fromHex(`81a173${width}`));
      assert.equal(result.status, 7, width);
    }
  });

  test("goes out as an integer, however large", () => {
    for (const [count, hex] of [[5, "05"], [2 ** 32, "d30000000100000000"], [-1, "ff"]] as const) {
      const info = { routeId: "", remoteAddr: "", bytesRx: 0, bytesTx: 0, durationMs: count };
      const data = decode(marshalEnvelope("on_disconnect", info)) as { d: Uint8Array };
      const text = Array.from(data.d, (byte) => byte.toString(16).padStart(2, "0")).join("");
      assert.ok(text.endsWith(`a26d73${hex}`), text);
    }
  });

  test("goes out as one of 64 bits, whatever number a host has", () => {
    const cases = [
      [12.7, "0c"],
      [-0.5, "00"],
      [2 ** 32 + 0.5, "d30000000100000000"],
      [1e300, "d37fffffffffffffff"],
      [-1e300, "d38000000000000000"],
    ] as const;
    for (const [count, hex] of cases) {
      const info = { routeId: "", remoteAddr: "", bytesRx: count, bytesTx: 0, durationMs: count };
      const data = decode(marshalEnvelope("on_disconnect", info)) as { d: Uint8Array };
      const text = Array.from(data.d, (byte) => byte.toString(16).padStart(2, "0")).join("");
      assert.ok(text.endsWith(`a26d73${hex}`), `${count}: ${text}`);
      assert.ok(text.includes(`a27278${hex}`), `${count}: ${text}`);
    }
  });

  test("is refused where it is no number of anything", () => {
    for (const count of [NaN, Infinity, -Infinity]) {
      const info = { routeId: "", remoteAddr: "", bytesRx: 0, bytesTx: 0, durationMs: count };
      assert.throws(
        () => marshalEnvelope("on_disconnect", info),
        { code: "PDK_ARGUMENT", message: `durationMs is ${count}, and has to be a whole number` },
      );
    }
  });

  test("is refused where it has a fraction", () => {
    assert.throws(() => unmarshalResult("on_response", encode({ s: 200.5 })), isProtocol);
  });
});

describe("a header", () => {
  test("may have any name", () => {
    const headers = JSON.parse('{"__proto__":"1","constructor":"2","toString":"3","X-A":"4"}');
    const verdict = unmarshalResult(
      "on_request",
      marshalResult("on_request", { allow: true, headers }),
    );
    assert.deepEqual(Object.entries(verdict.headers ?? {}), Object.entries(headers));
    assert.ok(verdict.allow);
    const call = unmarshalEnvelope(marshalEnvelope("on_request", request({ headers })));
    assert.ok(call.hook === "on_request");
    assert.deepEqual(Object.entries(call.data.headers), Object.entries(headers));
    assert.deepEqual(
      Object.entries(mergeAllowing({ allow: true, headers }, { allow: true }).headers ?? {}),
      Object.entries(headers),
    );
  });
});

describe("nonsense in a frame", () => {
  const call = (t: unknown, d: unknown) => encode({ t, d });
  const wrongCalls: Record<string, Uint8Array> = {
    "no bytes at all": new Uint8Array(0),
    "no MessagePack": fromHex("c1"),
    "a number": encode(1),
    "nil": encode(null),
    "an array": encode([1, new Uint8Array(1)]),
    "no hook": encode({ d: encode({}) }),
    "a hook by its name": call("on_request", encode({})),
    "a hook that there is not": call(5, encode({})),
    "data that is text": call(1, "{}"),
    "data that is no MessagePack": call(1, fromHex("c1")),
    "data that is a number": call(1, encode(3)),
    "two values of data": call(1, concat(encode({}), encode({}))),
    "a path that is a number": call(1, encode({ p: 1 })),
    "a header that is a number": call(1, encode({ h: { a: 1 } })),
    "headers that are an array": call(1, encode({ h: ["a"] })),
    "a body that is text": call(1, encode({ bd: "text" })),
    "a response without a request": call(2, encode({ resp: { s: 1, h: {} } })),
    "something behind the call": concat(call(1, encode({})), encode(0)),
    "half a call": call(1, encode({ r: "x".repeat(50) })).subarray(0, 30),
    "values nested too deep": call(1, fromHex(`${"91".repeat(1000)}00`)),
    "a map that claims four billion entries": fromHex("dfffffffff"),
  };
  for (const [title, bytes] of Object.entries(wrongCalls)) {
    test(`is refused as a call: ${title}`, () => {
      assert.throws(() => unmarshalEnvelope(bytes), isProtocol);
    });
  }

  const wrongResults: Record<string, Uint8Array> = {
    "nil": encode(null),
    "a flag alone": encode(true),
    "a verdict that is no flag": encode({ ok: 1 }),
    "a status that is text": encode({ s: "200" }),
    "a speed that is text": encode({ ok: true, sp: { dl: "fast" } }),
  };
  for (const [title, bytes] of Object.entries(wrongResults)) {
    test(`is refused as an answer: ${title}`, () => {
      assert.throws(() => unmarshalResult("on_request", bytes), isProtocol);
    });
  }

  test("at random never does worse than being refused", () => {
    const random = seededRandom(4);
    const whole = fromHex(GOLDEN[0]!.frame).subarray(4);
    for (let round = 0; round < 3000; round++) {
      const bytes = whole.slice();
      for (let flips = 0; flips < 3; flips++) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      try {
        unmarshalEnvelope(bytes);
      } catch (error) {
        assert.ok(isProtocol(error), String(error));
      }
    }
  });

  test("does not keep keys that nobody knows yet from being ignored", () => {
    const result = unmarshalResult("on_request", encode({ ok: true, zz: { new: [1] } }));
    assert.equal(result.allow, true);
  });

  test("leaves denial where nothing is said of permission", () => {
    assert.equal(unmarshalResult("on_request", encode({})).allow, false);
    assert.equal(unmarshalResult("on_connect", encode({})).allow, false);
  });
});

describe("a frame", () => {
  test("of a mebibyte and no more has room on the socket", () => {
    const reader = new FrameReader({ maxBytes: FRAME_BYTES, byteOrder: "big" });
    reader.push(frame(new Uint8Array(FRAME_BYTES), "big"));
    assert.equal(reader.next()?.length, 1_048_576);
  });
});
