// Thousands of connections that say nothing, or half of something: those that have something to say
// are served, and all of it is gone when they are.
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { codeOf } from "../../../../src/base/errors.ts";
import { useWorkspace } from "../../../support/workspace.ts";
import { PROTOCOLS } from "../../life/nginx/worker.ts";
import { guardOver, Stage } from "../../life/stage.ts";
import { PROGRAMS } from "../../support/programs.ts";

const space = useWorkspace();

/** Connections, and how many are made at once: the system's queue is not endless. */
const CONNECTIONS = 2000;
const AT_ONCE = 100;

/** What a connection says: nothing, half a message of each protocol, or rubbish. */
const WORDS = [[], [0x94, 0x00], [0x10, 0x00], [0xff, 0xff, 0xff, 0xff, 0xff]];

/** How long is waited where the queue is full, in milliseconds. */
const QUEUE_MS = 10;

async function open(path: string, word: readonly number[]): Promise<Socket> {
  for (;;) {
    try {
      return await openOnce(path, word);
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
      await pause(QUEUE_MS);
    }
  }
}

function openOnce(path: string, word: readonly number[]): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject).on("error", () => {});
      if (word.length > 0) socket.write(Uint8Array.from(word));
      resolve(socket);
    });
  });
}

for (const protocol of PROTOCOLS) {
  test(`${CONNECTIONS} connections keep nobody from being served, ${protocol}`, async () => {
    const stage = await Stage.start(space, {
      program: PROGRAMS[0]!,
      plugins: [guardOver(protocol)],
    });
    const sockets: Socket[] = [];
    space.later(() => sockets.forEach((socket) => socket.destroy()));
    for (let at = 0; at < CONNECTIONS; at += AT_ONCE) {
      const some = Array.from({ length: AT_ONCE }, (_, i) => open(stage.socket, WORDS[i % 4]!));
      sockets.push(...await Promise.all(some));
      const outcome = await stage.kong.request();
      assert.equal(outcome.kind, "ok", outcome.reason);
    }
    for (const socket of sockets) socket.destroy();
    for (let i = 0; i < 5; i++) {
      const outcome = await stage.kong.request();
      assert.equal(outcome.kind, "ok", outcome.reason);
    }
    // Lines of one cause are counted.
    assert.ok(stage.log.length < 10_000, stage.log.slice(-2000));
  });
}
