// The port that refuses: it does, and no listener gets it.
import assert from "node:assert/strict";
import net from "node:net";
import { test } from "node:test";
import { holdRefusingPort } from "./refusing_port.ts";

/** What an attempt comes to: an error's code, or undefined. */
function codeOf(emitter: net.Socket | net.Server, success: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    emitter.once(success, () => resolve(undefined));
    emitter.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}

test("a port that is held refuses connections, and cannot be listened on", async () => {
  const { port, close } = await holdRefusingPort();
  try {
    assert.ok(port > 0);
    const client = net.connect(port, "127.0.0.1");
    assert.equal(await codeOf(client, "connect"), "ECONNREFUSED");
    const server = net.createServer();
    server.listen(port, "127.0.0.1");
    assert.equal(await codeOf(server, "listening"), "EADDRINUSE");
  } finally {
    await close();
  }
});
