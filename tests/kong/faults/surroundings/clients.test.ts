// Gateways that go away at any byte, and bytes that are not what was sent: the others are served, and
// nothing is left of it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededRandom } from "../../../support/pieces.ts";
import { until } from "../../../support/until.ts";
import type { KongServer } from "../../../../src/kong/protocol/server.ts";
import { type Protocol, PROTOCOLS } from "../../life/nginx/worker.ts";
import { connectTo, feed, play, recordTalk, startConversant, talk } from "./conversation.ts";

/** PDK calls of a talk. */
const CALLS = 3;

/** Places that are changed, out of a conversation. */
const FLIPS = 150;

for (const protocol of PROTOCOLS) {
  describe(`a conversation over ${protocol}`, () => {
    test("leaves nothing behind at whatever byte its gateway goes away", async () => {
      const messages = await recordTalk(protocol);
      assert.ok(messages.length >= 4, `${messages.length} messages`);
      for (const [index, last] of messages.entries()) {
        for (let length = 0; length < last.length; length++) {
          const started = startConversant();
          const { server, entries } = started;
          const client = connectTo(started, protocol);
          const what = `message ${index}, byte ${length}`;
          assert.ok(await play(client, messages.slice(0, index)), what);
          if (length > 0) feed(client, last.subarray(0, length));
          client.leave();
          await forgotten(server, protocol);
          assert.deepEqual(entries.filter((entry) => entry.startsWith("[error]")), [], what);
          assert.equal(await talk(connectTo(started, protocol)), CALLS, what);
          await server.close("the test is over");
          assert.equal(server.events.size, 0, what);
        }
      }
    });

    test("that was changed on its way harms no other", async () => {
      const messages = await recordTalk(protocol);
      const random = seededRandom(12);
      const total = messages.reduce((sum, { length }) => sum + length, 0);
      const started = startConversant();
      const { server } = started;
      for (let flip = 0; flip < FLIPS; flip++) {
        const at = Math.floor(random() * total);
        const bit = 1 << Math.floor(random() * 8);
        const client = connectTo(started, protocol);
        await play(client, flipped(messages, at, bit));
        client.leave();
        if (protocol === "ProtoBuf:1") await forgotten(server, protocol);
        if (flip % 10 > 0) continue;
        const canary = connectTo(started, protocol);
        assert.equal(await talk(canary), CALLS, `after byte ${at}, bit ${bit}`);
        canary.leave();
      }
      await server.close("the test is over");
    });

    test("is the same byte by byte, with time between them", async () => {
      const messages = await recordTalk(protocol);
      const started = startConversant();
      const client = connectTo(started, protocol);
      for (const message of messages) {
        for (const byte of message) {
          feed(client, Uint8Array.of(byte));
          await new Promise((resolve) => setTimeout(resolve));
        }
      }
      await until(() => started.server.events.begun === 1 && started.server.events.size === 0);
      await started.server.close("the test is over");
      assert.equal(client.closed || undefined, undefined);
    });
  });
}

/**
 * Settles when the server has forgotten the event of a connection that is closed. Over MsgPack:1 none
 * belongs to a connection: another one may bring its next step until its deadline is over.
 */
async function forgotten({ events }: KongServer, protocol: Protocol): Promise<void> {
  if (protocol === "ProtoBuf:1") await until(() => events.size === 0);
  assert.ok(events.size <= 1);
}

/** Messages with one bit changed. */
function flipped(messages: readonly Uint8Array[], at: number, bit: number): Uint8Array[] {
  let from = 0;
  return messages.map((message) => {
    const place = at - from;
    from += message.length;
    if (place < 0 || place >= message.length) return message;
    const changed = message.slice();
    changed[place]! ^= bit;
    return changed;
  });
}
