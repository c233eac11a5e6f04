// The load over MsgPack:1: an instance to run events on, and the events of one connection.
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { type Finished, type Lane, openSocket } from "./lane.ts";
import { endOf, numberAfter, request, type StepRequest, stepRequests } from "./messages.ts";

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

/** Starts an instance of a plugin, on a connection of its own. */
export async function startOverMsgpack(path: string, plugin: string): Promise<number> {
  const socket = await openSocket(path);
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

/** One connection's events. */
export class MsgpackLane implements Lane {
  readonly #socket: Socket;
  readonly #handle: Uint8Array;
  readonly #steps: readonly StepRequest[] = stepRequests();
  trips = 0;
  #turn = 0;
  #begunAt = 0;

  constructor(socket: Socket, instance: number) {
    this.#socket = socket;
    this.#handle = request("HandleEvent", { InstanceId: instance, EventName: "access" });
  }

  run(finished: Finished): Promise<void> {
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
    this.trips++;
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
