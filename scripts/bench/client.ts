// The load: keeps connections busy with events and counts. A process of its own, started as
// `RUNTIME client.ts JSON` with an Order; prints a Tally as JSON.
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import process from "node:process";
import { type Order, SLOT_MS, type Tally } from "./order.ts";
import { endOf, numberAfter, request, type StepRequest, stepRequests } from "./messages.ts";

/** Opens a connection. */
function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket));
    socket.once("error", reject);
  });
}

/**
 * Calls `take` with each whole response. Notifications are dropped.
 *
 * @returns what to do with a chunk
 */
function splitter(take: (answer: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer | undefined;
  return (chunk) => {
    const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    for (let end = endOf(bytes, at); end > at; end = at < bytes.length ? endOf(bytes, at) : -1) {
      if (bytes[at + 1] === 1) take(bytes.subarray(at, end));
      at = end;
    }
    rest = at < bytes.length ? bytes.subarray(at) : undefined;
  };
}

/** Starts an instance of the plugin, on a connection of its own. */
async function startInstance({ socket: path, plugin }: Order): Promise<number> {
  const socket = await open(path);
  const answer = await new Promise<Buffer>((resolve, reject) => {
    socket.on("data", splitter(resolve));
    socket.once("close", () => reject(new Error("the server closed the first connection")));
    socket.write(request("StartInstance", { Name: plugin, Config: "{}" }));
  });
  socket.destroy();
  const id = numberAfter(answer, "Id");
  if (id === undefined) throw new Error(`no instance: ${answer.toString("latin1")}`);
  return id;
}

/** Counts events and their durations. */
class Counter {
  events = 0;
  readonly #slots = new Map<number, number>();

  add(ms: number): void {
    this.events++;
    const slot = Math.round(ms / SLOT_MS);
    this.#slots.set(slot, (this.#slots.get(slot) ?? 0) + 1);
  }

  durations(): [number, number][] {
    return [...this.#slots];
  }
}

/** One connection's events, one after the other, until `done` says so. */
class Lane {
  readonly #socket: Socket;
  readonly #handle: Uint8Array;
  readonly #steps: readonly StepRequest[] = stepRequests();
  #turn = 0;
  #begunAt = 0;

  constructor(socket: Socket, instance: number) {
    this.#socket = socket;
    this.#handle = request("HandleEvent", { InstanceId: instance, EventName: "access" });
  }

  /** @param finished told each event's begin and end; gives false to stop */
  run(finished: (begunAt: number, endedAt: number) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.on(
        "data",
        splitter((answer) => {
          if (!this.#takes(answer)) {
            return reject(new Error(`answer: ${answer.toString("latin1")}`));
          }
          if (this.#turn <= this.#steps.length) return;
          if (finished(this.#begunAt, performance.now())) this.#begin();
          else resolve();
        }),
      );
      this.#socket.once("close", () => reject(new Error("the server closed a connection")));
      this.#begin();
    });
  }

  #begin(): void {
    this.#turn = 0;
    this.#begunAt = performance.now();
    this.#socket.write(this.#handle);
  }

  /** Answers a call with the next Step, and takes "ret" after the last. Anything else is wrong. */
  #takes(answer: Buffer): boolean {
    const step = this.#steps[this.#turn++];
    if (!step) return answer.includes("ret", 0, "latin1");
    if (!answer.includes("Method", 0, "latin1")) return false;
    if (this.#turn === 1) this.#address(numberAfter(answer, "EventId") ?? 0);
    this.#socket.write(step.bytes);
    return true;
  }

  #address(event: number): void {
    for (const { bytes, idAt } of this.#steps) {
      bytes[idAt] = event >>> 24;
      bytes[idAt + 1] = (event >>> 16) & 0xff;
      bytes[idAt + 2] = (event >>> 8) & 0xff;
      bytes[idAt + 3] = event & 0xff;
    }
  }
}

async function main(order: Order): Promise<Tally> {
  const instance = await startInstance(order);
  const sockets = await Promise.all(
    Array.from({ length: order.connections }, () => open(order.socket)),
  );
  const from = order.from - performance.timeOrigin;
  const until = typeof order.until === "number" ? order.until - performance.timeOrigin : Infinity;
  const limit = typeof order.until === "number" ? Infinity : order.until.events;
  const counter = new Counter();
  let cpu: NodeJS.CpuUsage | undefined;
  let countedAt = from;
  await Promise.all(sockets.map((socket) =>
    new Lane(socket, instance).run((begunAt, endedAt) => {
      if (begunAt < from) return true;
      cpu ??= process.cpuUsage();
      if (endedAt > until || counter.events >= limit) return false;
      counter.add(endedAt - begunAt);
      countedAt = endedAt;
      return true;
    })
  ));
  const used = process.cpuUsage(cpu);
  for (const socket of sockets) socket.destroy();
  const ms = (Number.isFinite(until) ? until : countedAt) - from;
  const busy = (used.user + used.system) / 1000 / ms;
  return { events: counter.events, ms, durations: counter.durations(), busy };
}

try {
  console.log(JSON.stringify(await main(JSON.parse(process.argv[2] ?? ""))));
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
