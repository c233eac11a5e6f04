// The decoders of src/prox under fuzz.
import fc from "fast-check";
import { GibbonError } from "../../../src/base/errors.ts";
import { unmarshalEnvelope, unmarshalResult } from "../../../src/prox/decode.ts";
import { readConfigure, readFailure, readPush } from "../../../src/prox/lifecycle.ts";
import { LineReader } from "../../../src/wire/json_lines.ts";
import * as corpus from "../corpus.ts";
import type { Decoder } from "../decoder.ts";
import { proxCall, proxLines, proxResult } from "../generate/prox.ts";
import { readAll } from "../read_all.ts";

const isRefusal = (error: unknown) => error instanceof GibbonError && error.code === "PROTOCOL";

const calls: Decoder = {
  name: "prox-calls",
  share: 2,
  structured: proxCall,
  recorded: () => corpus.proxFrames("call"),
  isStream: false,
  isRefusal,
  decode: ([input = new Uint8Array(0)], give) => give(unmarshalEnvelope(input)),
};

const HOOKS = ["on_request", "on_response", "on_connect"] as const;

const results: Decoder = {
  name: "prox-results",
  share: 1,
  structured: fc.oneof(proxResult, proxCall),
  recorded: () => corpus.proxFrames("result"),
  isStream: false,
  isRefusal,
  decode([input = new Uint8Array(0)], give) {
    for (const hook of HOOKS) give(unmarshalResult(hook, input));
  },
};

function tried(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return "refused";
  }
}

const lines: Decoder = {
  name: "prox-lines",
  share: 1,
  structured: proxLines,
  recorded: corpus.proxLineStreams,
  isStream: true,
  isRefusal: () => false,
  decode(pieces, give) {
    readAll(new LineReader({ maxBytes: 1000 }), pieces, ({ text, isCut }) => {
      if (isCut) return;
      give([readConfigure, readPush, readFailure].map((read) => tried(() => read(text))));
    });
  },
};

/** All of them. */
export const PROX_DECODERS: readonly Decoder[] = [calls, results, lines];
