// The stand-in for Kong's life by itself: its pool, what it makes of failures, and its processes.
import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { beforeEach, describe, test } from "node:test";
import type { Phase } from "../../../src/kong/engine/phases.ts";
import { pluginEntity } from "../../../src/kong/emulator/plugin_entity.ts";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { frames } from "../../../src/wire/frames.ts";
import { encode } from "../../../src/wire/msgpack/codec.ts";
import { MessageReader } from "../../../src/wire/msgpack/reader.ts";
import { FrameReader } from "../../../src/wire/frames.ts";
import { until } from "../../support/until.ts";
import { useWorkspace } from "../../support/workspace.ts";
import { CosocketError } from "./nginx/cosocket.ts";
import { ServerKeeper } from "./nginx/keeper.ts";
import { Kong } from "./nginx/kong.ts";
import { SocketPool } from "./nginx/pool.ts";
import { NginxWorker, type PluginUse } from "./nginx/worker.ts";

/** A server of which the test says what it does with connections. */
class Listening {
  readonly path: string;
  readonly sockets: Socket[] = [];
  readonly #server;

  private constructor(path: string, serve: (socket: Socket, number: number) => void) {
    this.path = path;
    this.#server = createServer((socket) => {
      socket.on("error", () => {});
      serve(socket, this.sockets.push(socket));
    });
  }

  static async on(path: string, serve: (socket: Socket, number: number) => void = () => {}) {
    const server = new Listening(path, serve);
    await new Promise<void>((resolve) => server.#server.listen(path, resolve));
    space.later(() => server.close());
    return server;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

const space = useWorkspace();
let folder = "";
beforeEach(async () => {
  folder = await space.folder();
});

const pathOf = (name = "s.sock") => join(folder, name);

function createPool(options?: ConstructorParameters<typeof SocketPool>[0]): SocketPool {
  const pool = new SocketPool(options);
  space.later(() => pool.close());
  return pool;
}

describe("the keep-alive pool", () => {
  test("gives the connection that was used last, of the path that is asked for", async () => {
    const one = await Listening.on(pathOf("one"));
    const two = await Listening.on(pathOf("two"));
    const pool = createPool();
    const [first, second] = [await pool.take(one.path), await pool.take(one.path)];
    pool.keep(first);
    pool.keep(second);
    assert.equal((await pool.take(two.path)).path, two.path);
    assert.equal(await pool.take(one.path), second);
    assert.equal(await pool.take(one.path), first);
    assert.equal(pool.made, 3);
  });

  test("closes the one that has been idle for longest when it is full", async () => {
    const server = await Listening.on(pathOf());
    const pool = createPool({ size: 2 });
    const sockets = await Promise.all([1, 2, 3].map(() => pool.take(server.path)));
    for (const socket of sockets) pool.keep(socket);
    assert.equal(pool.open, 2);
    assert.equal(await pool.take(server.path), sockets[2]);
    assert.equal(await pool.take(server.path), sockets[1]);
  });

  test("closes what has been idle for too long", async () => {
    const server = await Listening.on(pathOf());
    const pool = createPool({ idleMs: 1 });
    pool.keep(await pool.take(server.path));
    await until(() => pool.open === 0);
  });

  test("closes an idle connection on which anything comes in, or which ends", async () => {
    const server = await Listening.on(pathOf());
    const pool = createPool();
    for (const disturb of [(socket: Socket) => socket.write("x"), (s: Socket) => s.end()]) {
      pool.keep(await pool.take(server.path));
      await until(() => server.sockets.length > 0);
      disturb(server.sockets.pop()!);
      await until(() => pool.open === 0);
    }
  });

  test("does not keep a connection with bytes that nobody read", async () => {
    const server = await Listening.on(pathOf(), (socket) => socket.write("xy"));
    const pool = createPool();
    const socket = await pool.take(server.path);
    assert.equal((await socket.receive(1)).length, 1);
    pool.keep(socket);
    assert.equal(pool.open, 0);
  });

  test("says nginx's words where nobody listens, and when the server closes", async () => {
    const pool = createPool();
    const nobody = (error: unknown) =>
      error instanceof CosocketError && error.message === "no such file or directory";
    await assert.rejects(pool.take(pathOf("nobody")), nobody);
    const server = await Listening.on(pathOf(), (socket) => socket.end("x"));
    const socket = await pool.take(server.path);
    await assert.rejects(socket.receive(2), { message: "closed" });
  });

  test("gives up a read after its time", async () => {
    const server = await Listening.on(pathOf());
    const socket = await createPool({ readMs: 1 }).take(server.path);
    await assert.rejects(socket.receiveAny(4096), { message: "timeout" });
  });
});

type Protocol = PluginUse["protocol"];

const use = (protocol: Protocol, name = "p", phases: Phase[] = ["access"]): PluginUse => ({
  entity: pluginEntity({ name, phases }),
  protocol,
  socket: pathOf(),
});

function createWorker(...plugins: PluginUse[]): NginxWorker {
  const worker = new NginxWorker({ plugins, log: () => {}, reset: (name) => worker.forget(name) });
  space.later(() => worker.close());
  return worker;
}

/** Answers every command of ProtoBuf:1; what it does with an event is up to the test. */
function protobuf(event: (socket: Socket, sequence: number, number: number) => void) {
  return (socket: Socket, number: number) => {
    const reader = new FrameReader({ maxBytes: 1 << 20, byteOrder: "little" });
    socket.on("data", (bytes) => {
      reader.push(Uint8Array.from(bytes as Uint8Array));
      for (let frame = reader.next(); frame; frame = reader.next()) {
        const { sequence, call } = messages.RpcCall.decode(frame);
        if (call?.$case === "cmd_handle_event") event(socket, sequence, number);
        else socket.write(frames([started(sequence)], "little"));
      }
    });
  };
}

function started(sequence: number): Uint8Array {
  const value = { name: "p", instance_id: 1, config: undefined, started_at: 0 };
  return messages.RpcReturn.encode({
    sequence,
    return: { $case: "instance_status", value },
  }).finish();
}

function end(socket: Socket, sequence: number): void {
  const returned = messages.RpcReturn.encode({ sequence, return: undefined }).finish();
  socket.write(frames([new Uint8Array(0), returned], "little"));
}

/** Answers StartInstance of MsgPack:1; what it does with an event is up to the test. */
function msgpack(event: (socket: Socket, id: number, number: number) => void, id = 7) {
  return (socket: Socket, number: number) => {
    const reader = new MessageReader({ messageBytes: 1 << 20, nesting: 64 });
    socket.on("data", (bytes) => {
      reader.push(Uint8Array.from(bytes as Uint8Array));
      for (let message = reader.next(); message; message = reader.next()) {
        const [, messageId, method] = message.value as [number, number, string];
        if (method === "plugin.StartInstance") {
          socket.write(encode([1, messageId, null, { Id: id }]));
        } else event(socket, messageId, number);
      }
    });
  };
}

const done = (socket: Socket, id: number) =>
  void socket.write(encode([1, id, null, { EventId: 1, Data: "ret" }]));

describe("over ProtoBuf:1 a request", () => {
  test("is repeated on a new connection as often as its own is closed", async () => {
    let closes = 5;
    const server = await Listening.on(
      pathOf(),
      protobuf((socket, sequence) => closes-- > 0 ? socket.destroy() : end(socket, sequence)),
    );
    const worker = createWorker(use("ProtoBuf:1"));
    const outcome = await worker.request();
    assert.equal(outcome.kind, "ok", outcome.reason);
    assert.equal(worker.repeats, 5);
    assert.equal(server.sockets.length, 6);
  });

  test("gets a 500 when nobody listens any more", async () => {
    const server = await Listening.on(pathOf(), protobuf(() => void server.close()));
    const outcome = await createWorker(use("ProtoBuf:1")).request();
    assert.equal(outcome.kind, "failed");
    assert.match(outcome.reason!, /connection refused|no such file/);
    assert.equal(outcome.status, 500);
  });

  test("hangs as long as it is repeated, if nothing else happens", async () => {
    await Listening.on(pathOf(), protobuf((socket) => void socket.destroy()));
    const worker = createWorker(use("ProtoBuf:1"));
    assert.equal((await worker.request({ patienceMs: 100 })).kind, "hung");
    assert.ok(worker.repeats > 1);
  });
});

describe("over MsgPack:1 a request", () => {
  test("goes on without the plugin when the connection closes or an error comes", async () => {
    const answers = [
      (socket: Socket) => void socket.destroy(),
      (socket: Socket, id: number) => void socket.write(encode([1, id, "what a pity", null])),
    ];
    for (const [index, answer] of answers.entries()) {
      const server = await Listening.on(pathOf(), msgpack(answer));
      const outcome = await createWorker(use("MsgPack:1")).request();
      assert.equal(outcome.kind, "unchecked");
      assert.equal(outcome.reason, ["no data", "what a pity"][index]);
      assert.equal(outcome.status, 200);
      await server.close();
    }
  });

  test("goes on without the plugin when nobody listens any more", async () => {
    const server = await Listening.on(pathOf(), msgpack(done));
    const worker = createWorker(use("MsgPack:1"));
    assert.equal((await worker.request()).kind, "ok");
    await server.close();
    await until(() => worker.pool.open === 0);
    assert.equal((await worker.request()).kind, "unchecked");
  });

  test("starts the instance again when the server does not know it", async () => {
    let unknown = 1;
    await Listening.on(
      pathOf(),
      msgpack((socket, id) => {
        if (unknown-- > 0) socket.write(encode([1, id, "No plugin instance 7", null]));
        else done(socket, id);
      }),
    );
    assert.equal((await createWorker(use("MsgPack:1")).request()).kind, "ok");
  });

  test("is not checked by a plugin that does not say that it has run", async () => {
    await Listening.on(pathOf(), msgpack(done));
    const outcome = await createWorker({ ...use("MsgPack:1"), marks: ["x-mark"] }).request();
    assert.equal(outcome.kind, "unchecked");
  });
});

describe("one path", () => {
  test("has one pool for both protocols", async () => {
    const came: string[] = [];
    await Listening.on(pathOf(), (socket, number) => {
      socket.on("data", (bytes) => {
        const isMsgpack = (bytes as Uint8Array)[0] === 0x94;
        came.push(`${isMsgpack ? "MsgPack:1" : "ProtoBuf:1"} on ${number}`);
        if (!isMsgpack) return socket.destroy();
        socket.write(encode([1, came.length, null, came.length === 1 ? { Id: 7 } : "ret"]));
      });
    });
    const worker = createWorker(use("MsgPack:1", "m"), use("ProtoBuf:1", "p"));
    await worker.request({ plugins: ["m"], patienceMs: 200 });
    await worker.request({ plugins: ["p"], patienceMs: 200 });
    assert.deepEqual(came, ["MsgPack:1 on 1", "MsgPack:1 on 1", "ProtoBuf:1 on 1"]);
  });

  test("has a pool in each worker", async () => {
    const server = await Listening.on(pathOf(), msgpack(done));
    for (const worker of [createWorker(use("MsgPack:1")), createWorker(use("MsgPack:1"))]) {
      assert.equal((await worker.request()).kind, "ok");
    }
    assert.equal(server.sockets.length, 2);
  });
});

describe("a start_cmd", () => {
  test("is run again after its end, and both its streams are logged", async () => {
    const command = "sh -c 'echo to stdout; echo to stderr >&2'";
    const keeper = new ServerKeeper(command, { restartMs: 1 });
    space.later(() => keeper.kill());
    keeper.start();
    await until(() => keeper.processes.length > 2 && keeper.log.split("\n").length > 4);
    assert.match(keeper.log, /to stdout\n(.*\n)*to stderr\n/);
  });

  test("that has ended is run once more by a worker that is about to end", async () => {
    const keeper = new ServerKeeper("true", { restartMs: 30 });
    space.later(() => keeper.kill());
    keeper.start();
    await until(() => keeper.processes.length === 2);
    await keeper.process.ended;
    // Its end is known to the keeper one turn later.
    await new Promise((resolve) => setImmediate(resolve));
    keeper.leave();
    await until(() => keeper.processes.length === 3);
    await keeper.process.ended;
    await keeper.kill();
    assert.equal(keeper.processes.length, 3);
  });

  test("is the process itself, which gets SIGTERM when the worker ends", async () => {
    const script = "trap 'exit 7' TERM; echo up; while :; do sleep 0.02; done";
    const keeper = new ServerKeeper(`sh -c "${script}"`);
    space.later(() => keeper.kill());
    keeper.start();
    await keeper.process.printing("up");
    keeper.stop();
    assert.equal((await keeper.process.ended).code, 7);
  });
});

describe("a reload", () => {
  test("starts the new server while the old one lives, and then ends the old one", async () => {
    const server = await Listening.on(pathOf(), protobuf(end));
    const kong = new Kong({
      plugins: [use("ProtoBuf:1")],
      startCommands: ["sleep 1000"],
      workers: 2,
    });
    space.later(() => kong.kill());
    kong.start();
    for (let i = 0; i < 4; i++) assert.equal((await kong.request()).kind, "ok");
    assert.equal(server.sockets.length, 2);
    const { old, left } = await kong.reload();
    assert.notEqual(kong.current, old);
    const { signal } = await old.keepers[0]!.process.ended;
    await left;
    assert.equal(signal, "SIGTERM");
    assert.equal(old.keepers[0]!.processes.length, 1);
    assert.equal((await kong.request()).kind, "ok");
    assert.equal(server.sockets.length, 3);
  });

  test("lets requests of the old workers end, on connections that nobody keeps", async () => {
    const held: (() => void)[] = [];
    await Listening.on(
      pathOf(),
      msgpack((socket, id) => void held.push(() => done(socket, id))),
    );
    const kong = new Kong({ plugins: [use("MsgPack:1")], startCommands: [] });
    space.later(() => kong.kill());
    kong.start();
    const request = kong.request();
    await until(() => held.length === 1);
    const { old, left } = await kong.reload();
    held[0]!();
    assert.equal((await request).kind, "ok");
    await left;
    assert.equal(old.workers[0]!.pool.open, 0);
  });
});
