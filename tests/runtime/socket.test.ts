// Unix sockets of the runtime's adapter.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { lstat, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { detectRuntime } from "../../src/runtime/detect.ts";
import type { Connection, ConnectionEvents, Listener } from "../../src/runtime/contract.ts";
import { acceptInto, Peer, until } from "./peer.ts";
import { type Later, withFolder } from "../support/folder.ts";

const runtime = await detectRuntime();

/** Listens in a fresh folder until the test is over. */
async function withListener(
  accept: (connection: Connection) => ConnectionEvents,
  use: (path: string, later: Later, listener: Listener) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder, later) => {
    const path = join(folder, "s");
    const listener = await runtime.listen(path, accept);
    later(() => listener.close());
    await use(path, later, listener);
  });
}

async function connect(path: string, later: Later): Promise<[Peer, Connection]> {
  const peer = new Peer();
  const connection = await runtime.connect(path, peer);
  peer.connection = connection;
  later(() => connection.destroy());
  return [peer, connection];
}

/** A connection with both of its ends. */
async function withPair(
  use: (server: Peer, client: Peer, connection: Connection) => Promise<void>,
): Promise<void> {
  const peers: Peer[] = [];
  await withListener(acceptInto(peers), async (path, later) => {
    const [client, connection] = await connect(path, later);
    await until(() => peers.length === 1);
    later(() => peers[0]?.connection?.destroy());
    await use(peers[0] as Peer, client, connection);
  });
}

function echo(connection: Connection): ConnectionEvents {
  return { data: (bytes) => connection.write(bytes), closed: () => {} };
}

/** Bytes that show where they belong. */
function pattern(length: number, from = 0): Uint8Array {
  return Uint8Array.from(
    { length },
    (_, index) => ((from + index) * 31 + ((from + index) >> 8)) % 251,
  );
}

describe("a connection", () => {
  test("carries bytes both ways and keeps their order", async () => {
    await withPair(async (server, client, connection) => {
      for (const text of ["a", "bc", "", "def"]) connection.write(Buffer.from(text));
      await until(() => server.received === 6);
      assert.equal(server.text, "abcdef");
      for (const text of ["1", "23"]) server.connection?.write(Buffer.from(text));
      await until(() => client.received === 3);
      assert.equal(client.text, "123");
    });
  });

  test("carries 8 MiB written at once, and chunks stay what they were", async () => {
    await withPair(async (server, client, connection) => {
      const size = 8 * 1024 * 1024;
      const sent = pattern(size);
      connection.write(sent);
      await until(() => server.received === size);
      const copies = server.chunks.map((chunk) => Buffer.from(chunk));
      server.connection?.write(sent.subarray(0, 1_000_000));
      await until(() => client.received === 1_000_000);
      assert.ok(Buffer.concat(server.chunks).equals(Buffer.concat(copies)));
      assert.ok(Buffer.concat(server.chunks).equals(sent));
    });
  });

  test("counts what a peer that does not read leaves unsent, and gets it out in the end", async () => {
    const peers: Peer[] = [];
    await withListener(acceptInto(peers), async (path, later) => {
      const reader = `${path}.cjs`;
      await writeFile(reader, SLOW_READER);
      let output = "";
      const child = await runtime.spawn(process.execPath, [...SCRIPT, reader, path], {
        stdout: (bytes) => output += Buffer.from(bytes).toString(),
        stderr: (bytes) => output += Buffer.from(bytes).toString(),
      });
      later(() => child.kill("SIGKILL"));
      await until(() => peers.length === 1);
      const connection = peers[0]?.connection as Connection;
      later(() => connection.destroy());
      const size = 16 * 1024 * 1024;
      for (let at = 0; at < size; at += 65_536) connection.write(pattern(65_536, at));
      assert.ok(connection.unsentBytes > size / 2, `${connection.unsentBytes} bytes unsent`);
      connection.end();
      child.write(Buffer.from("go"));
      child.endInput();
      await child.exited;
      assert.equal(output, `${size}`);
      await until(() => peers[0]?.closes === 1);
      assert.equal(connection.unsentBytes, 0);
    });
  });

  test("tells of its end once, and ignores what is written after it", async () => {
    await withPair(async (server, client, connection) => {
      connection.write(Buffer.from("last"));
      connection.end();
      connection.write(Buffer.from("late"));
      await until(() => server.ends === 1);
      server.connection?.end();
      await until(() => server.closes === 1 && client.closes === 1);
      connection.write(Buffer.from("later"));
      connection.end();
      connection.destroy();
      server.connection?.destroy();
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(server.text, "last");
      assert.deepEqual([server.closes, client.closes, server.ends], [1, 1, 1]);
    });
  });

  test("that is destroyed ends at once on both sides", async () => {
    await withPair(async (server, client, connection) => {
      connection.write(pattern(4 * 1024 * 1024));
      connection.destroy();
      assert.equal(connection.unsentBytes, 0);
      await until(() => client.closes === 1 && server.ends + server.closes > 0);
      server.connection?.write(Buffer.from("to nobody"));
      server.connection?.end();
      await until(() => server.closes === 1);
    });
  });

  test("whose peer half-closed can still answer", async () => {
    await withPair(async (server, client, connection) => {
      connection.write(Buffer.from("question"));
      connection.end();
      await until(() => server.ends === 1);
      assert.equal(client.closes, 0);
      server.connection?.write(Buffer.from("answer"));
      server.connection?.end();
      await until(() => client.closes === 1);
      assert.equal(client.text, "answer");
    });
  });

  test("ends by itself after a half-close where nobody asks to be told", async () => {
    let closes = 0;
    const accept = (connection: Connection) => ({
      data: (bytes: Uint8Array) => connection.write(bytes),
      closed: () => void closes++,
    });
    await withListener(accept, async (path, later) => {
      const [client, connection] = await connect(path, later);
      connection.write(Buffer.from("echo"));
      connection.end();
      await until(() => client.ends === 1 && closes === 1);
      assert.equal(client.text, "echo");
    });
  });

  test("is one of many at the same time", async () => {
    await withListener(echo, async (path, later) => {
      const clients = await Promise.all(Array.from({ length: 200 }, async (_, index) => {
        const [client, connection] = await connect(path, later);
        connection.write(Buffer.from(`client ${index}`));
        return client;
      }));
      await until(() => clients.every((client, index) => client.text === `client ${index}`));
      for (const client of clients) client.connection?.destroy();
      await until(() => clients.every((client) => client.closes === 1));
    });
  });

  test("that cannot be made is a rejection with the system's code", async () => {
    await withFolder(async (folder) => {
      const events = new Peer();
      await assert.rejects(runtime.connect(join(folder, "none"), events), { code: "ENOENT" });
      assert.equal(events.closes, 0);
    });
  });
});

describe("a listener", () => {
  test("makes its socket for its owner alone, and nothing beside it", async () => {
    await withListener(echo, async (path, _, listener) => {
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      assert.deepEqual(await readdir(dirname(path)), ["s"]);
      await listener.close();
      assert.deepEqual(await readdir(dirname(path)), []);
    });
  });

  test("gives its socket the mode and the group that were asked for", async () => {
    await withFolder(async (folder, later) => {
      const group = process.getgid?.() as number;
      const listener = await runtime.listen(join(folder, "s"), echo, { mode: 0o666, group });
      later(() => listener.close());
      const { mode, gid } = await stat(join(folder, "s"));
      assert.deepEqual([mode & 0o777, gid], [0o666, group]);
    });
  });

  test("leaves the process's file mask as it was", async () => {
    const before = process.umask();
    await withListener(
      echo,
      async () => assert.equal(await Promise.resolve(process.umask()), before),
    );
  });

  test("replaces nothing that is there", async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, "s"), "precious");
      await assert.rejects(runtime.listen(join(folder, "s"), echo), { code: "EEXIST" });
      assert.deepEqual(await readdir(folder), ["s"]);
      assert.equal(await readFile(join(folder, "s"), "utf8"), "precious");
    });
  });

  test("takes no more connections once it is closed, and keeps those that it has", async () => {
    const peers: Peer[] = [];
    await withListener(acceptInto(peers), async (path, later, listener) => {
      const [client, connection] = await connect(path, later);
      await until(() => peers.length === 1);
      await rename(path, `${path}.moved`);
      await Promise.all([listener.close(), listener.close()]);
      await assert.rejects(runtime.connect(`${path}.moved`, new Peer()), { code: "ECONNREFUSED" });
      connection.write(Buffer.from("still here"));
      await until(() => peers[0]?.text === "still here");
      peers[0]?.connection?.write(Buffer.from("so am I"));
      await until(() => client.text === "so am I");
    });
  });

  test("does not remove a socket that took its path over", async () => {
    await withListener(echo, async (path, later, first) => {
      await rm(path);
      const second = await runtime.listen(path, echo);
      later(() => second.close());
      const { ino } = await lstat(path);
      await first.close();
      assert.equal((await lstat(path)).ino, ino);
      await connect(path, later);
    });
  });
});

/** How this runtime is told to run a script. */
const SCRIPT = runtime.name === "deno" ? ["run", "-A"] : [];

/** Connects, reads nothing until it is told to, and prints how many bytes it got. */
const SLOW_READER = `
const socket = require("node:net").connect(process.argv[2]);
let bytes = 0;
socket.pause();
process.stdin.once("data", () => {
  socket.on("data", (chunk) => bytes += chunk.length);
  socket.resume();
  socket.on("end", () => process.stdout.write(String(bytes)));
});
`;
