// Many joined hubs with plugins in one process: hub_crowd.ts URL HUBS PLUGINS. Says when all know all, on stdin's
// lines what it needs, and ends with stdin.
import { Duplex } from "node:stream";
import { createInterface } from "node:readline";
import process from "node:process";
import { HandshakeType } from "../../src/brpc/messages.ts";
import { Socket } from "../../src/brpc/mod.ts";
import { GobEncoder } from "../../src/wire/gob/mod.ts";

/** A plugin that says who it is, and nothing more. */
class Silent extends Duplex {
  constructor(name: string) {
    super();
    const functions = new Map([["echo", { Name: "echo", Input: undefined, Output: undefined }]]);
    const said = { Name: name, Version: "v1", Functions: functions };
    this.push(new GobEncoder().encode(HandshakeType, said));
  }

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }
}

const [servers = "", hubCount, pluginCount] = process.argv.slice(2);
const [hubs, plugins] = [Number(hubCount), Number(pluginCount)];
const log = (...parts: unknown[]) => console.error(parts[0], JSON.stringify(parts[1] ?? {}));
const beganMs = performance.now();
const sockets = await Promise.all(Array.from({ length: hubs }, async () => {
  const socket = new Socket({ log: { debug() {}, info() {}, warn: log, error: log } });
  await socket.join({ servers });
  return socket;
}));
const joinedMs = performance.now();
for (const [i, socket] of sockets.entries()) {
  for (let j = 0; j < plugins; j++) socket.accept(new Silent(`p${i}-${j}`));
}
const all = hubs * plugins;
while (!sockets.every((socket) => socket.connected().size === all)) {
  await new Promise((resolve) => setTimeout(resolve, 100));
}
const usage = process.cpuUsage();
console.log(JSON.stringify({
  joinedMs: Math.round(joinedMs - beganMs),
  knownMs: Math.round(performance.now() - joinedMs),
  cpuMs: Math.round((usage.user + usage.system) / 1000),
}));
for await (const _ of createInterface({ input: process.stdin })) {
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({
    rss: process.memoryUsage().rss,
    heap: process.memoryUsage().heapUsed,
    cpuMs: Math.round((user + system) / 1000),
  }));
}
process.exit();
