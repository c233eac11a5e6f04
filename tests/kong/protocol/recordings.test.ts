// Every recorded conversation of Kong's MsgPack:1 clients, played to the server in pieces.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CUTS } from "../../support/pieces.ts";
import { assertConfig, readRecordings } from "../support/recordings.ts";
import { Playback } from "../support/replay.ts";

/** Recordings with ids that are no numbers, or with frames left out. */
const UNKNOWN_STEPS = ["16m-ids", "23-sequential"];

for (const set of ["msgpack-3.9", "msgpack-2.8"]) {
  for (const [how, cut] of Object.entries(CUTS)) {
    describe(`the recordings of ${set}, ${how}`, () => {
      for (const recording of readRecordings(set)) {
        test(`${recording.name}: ${recording.title}`, async () => {
          const playback = new Playback(recording, cut);
          await playback.run();
          const steps = recording.frames.filter(({ dir, decoded }) =>
            dir === "kong->server" && String((decoded as unknown[])[2]).startsWith("plugin.Step")
          );
          assert.equal(playback.seen + playback.unknownSteps, steps.length);
          assert.equal(playback.unknownSteps > 0, UNKNOWN_STEPS.includes(recording.name));
          if (set === "msgpack-3.9") {
            for (const config of playback.configs) assertConfig(config, recording.plugin_conf);
          }
          await playback.close();
        });
      }
    });
  }
}
