// The log of a server that is flooded: lines of one cause are counted, and none is lost.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { makeFolder, startGibbon } from "../support/gibbon.ts";

const CONNECTIONS = 300;

/** Sends what no protocol begins with; settles when the server has closed the connection. */
function sendGarbage(path: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(path, () => socket.write(Uint8Array.of(0xc1, 0xff, 0xff, 0xff, 0xff)));
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.resume();
  });
}

test("garbage on the socket is told of in a few lines, with its number", async () => {
  const folder = await makeFolder({
    "plugins/one.ts": 'import { definePlugin } from "gibbon";\n' +
      "export default definePlugin({ access() {} });\n",
  });
  const socket = `${folder.path}/s.sock`;
  const plugins = `${folder.path}/plugins`;
  const args = ["serve", "--plugins-directory", plugins, "--socket", socket, "--workers", "1"];
  const gibbon = startGibbon(args);
  await gibbon.saying("serving plugins");
  for (let at = 0; at < CONNECTIONS; at += 50) {
    await Promise.all(Array.from({ length: 50 }, () => sendGarbage(socket)));
  }
  gibbon.signal("SIGTERM");
  assert.equal((await gibbon.ended).code, 0);
  await folder.remove();
  const lines = gibbon.stderr().split("\n").filter((line) => line.includes("make no sense"));
  const counts = lines.map((line) => Number(/ repeated=(\d+)/.exec(line)?.[1] ?? 1));
  assert.equal(counts.reduce((sum, count) => sum + count, 0), CONNECTIONS, lines.join("\n"));
  // One line at once, and one for each stretch of 1 s, 2 s, 4 s ... that this machine took.
  assert.ok(lines.length <= 10, `${lines.length} lines`);
});
