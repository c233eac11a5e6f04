// Every recorded conversation of Kong's ProtoBuf:1 client, played to the server in pieces.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CUTS } from "../../support/pieces.ts";
import { assertConfig, readRecordings } from "../support/recordings.ts";
import { ProtobufPlayback } from "../support/replay_protobuf.ts";

const NO_FALSE = "kong.ctx.shared.set: ProtoBuf:1 cannot carry false";

/** Calls of the script that ProtoBuf:1 cannot carry, and what the plugin is told. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  "09-log": ["kong.log.warn: ProtoBuf:1 cannot carry null at [1]"],
  "10-kv-roundtrip": [
    NO_FALSE,
    "kong.ctx.shared.set: ProtoBuf:1 cannot carry null at [2]",
    `${NO_FALSE} at .c`,
  ],
  "14a-unknown-method": ["kong.no.such.thing: Kong has no message for it in ProtoBuf:1"],
};

for (const [how, cut] of Object.entries(CUTS)) {
  describe(`the recordings of protobuf-3.9, ${how}`, () => {
    for (const recording of readRecordings("protobuf-3.9")) {
      test(`${recording.name}: ${recording.title}`, async () => {
        const playback = new ProtobufPlayback(recording, cut);
        await playback.run();
        assert.deepEqual(playback.refused, REFUSED[recording.name] ?? []);
        const results = recording.frames.filter((frame) =>
          (frame as { frame?: string }).frame === "pdk-result"
        );
        assert.equal(playback.seen + playback.skipped, results.length);
        for (const config of playback.configs) assertConfig(config, recording.plugin_conf);
        await playback.close();
      });
    }
  });
}
