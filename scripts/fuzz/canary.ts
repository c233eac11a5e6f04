// A canary: runs good events beside what is fuzzed, one after the other, and watches how it fares. As a
// program, `canary.ts SOCKET PATIENCE_MS`, it sings until its stdin ends, and prints its report as JSON.
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as messages from "../../src/kong/protocol/protobuf/generated/messages.ts";
import { ProtobufClient } from "../../tests/kong/support/protobuf_client.ts";
import { SocketClient } from "../../tests/kong/support/rpc_client.ts";
import { within } from "./server/gateway.ts";

/** How long it rests between two events, in milliseconds. */
const REST_MS = 5;

/** How a canary fared. */
export interface CanaryReport {
  readonly events: number;
  /** Milliseconds from the beginning of an event to its end. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** What went wrong: the first few. */
  readonly problems: readonly string[];
}

/** Runs an event with a word that is to come back; gives what came back. */
type Song = (word: string) => Promise<string>;

async function msgpackSong(socket: string): Promise<{ sing: Song; leave(): void }> {
  const client = await SocketClient.connect(socket);
  const instance = await client.start("canary");
  return {
    leave: () => client.leave(),
    async sing(word) {
      const { EventId, Data } = await client.event(instance);
      if ((Data as { Method?: unknown }).Method !== "kong.request.get_header") return String(Data);
      const set = await client.step(EventId, word) as { Args?: unknown[] };
      const end = await client.step(EventId);
      return end === "ret" ? String(set.Args?.[1]) : `${set.Args?.[1]}, and ${end}`;
    },
  };
}

async function protobufSong(socket: string): Promise<{ sing: Song; leave(): void }> {
  const client = await ProtobufClient.connect(socket);
  const instance = await client.start("canary");
  return {
    leave: () => client.leave(),
    async sing(word) {
      const sequence = client.handle(instance);
      const get = await client.call();
      if (get.method !== "kong.request.get_header") return get.method;
      client.answer(messages.String.encode({ v: word }).finish());
      const { kind } = messages.KV.decode((await client.call()).args).v ?? {};
      client.answer();
      const end = await client.turn();
      if (end !== sequence || kind?.$case !== "string_value") return `${kind?.$case}, and ${end}`;
      return new TextDecoder().decode(kind.value);
    },
  };
}

/** Sings over both protocols until it is stopped. */
export class Canary {
  readonly #patienceMs: number;
  readonly #latencies: number[] = [];
  readonly #problems: string[] = [];
  readonly #singing: Promise<void>;
  #isOver = false;

  /** @param patienceMs how long an event may take */
  constructor(socket: string, patienceMs: number) {
    this.#patienceMs = patienceMs;
    const all = [msgpackSong, protobufSong].map((song) => this.#sing(socket, song));
    this.#singing = Promise.all(all).then(() => {});
  }

  async #sing(socket: string, begin: typeof msgpackSong): Promise<void> {
    let voice: Awaited<ReturnType<typeof begin>> | undefined;
    try {
      voice = await within(this.#patienceMs, `${begin.name}: the start`, begin(socket));
      for (let number = 0; !this.#isOver; number++) {
        await this.#event(voice.sing, begin.name, number);
      }
    } catch (error) {
      this.#problems.push(`${begin.name}: ${(error as Error).message}`);
    } finally {
      voice?.leave();
    }
  }

  async #event(sing: Song, name: string, number: number): Promise<void> {
    const word = `${name} ${number}`;
    const began = performance.now();
    const heard = await within(this.#patienceMs, name, sing(word));
    this.#latencies.push(performance.now() - began);
    if (heard !== word) throw new Error(`it said ${word} and heard ${heard}`);
    await sleep(REST_MS);
  }

  /** How many events it has run so far. */
  get events(): number {
    return this.#latencies.length;
  }

  /** Ends the singing. */
  async stop(): Promise<CanaryReport> {
    this.#isOver = true;
    await this.#singing;
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const at = (part: number) => sorted[Math.ceil(sorted.length * part) - 1] ?? NaN;
    return {
      events: sorted.length,
      p50: at(0.5),
      p99: at(0.99),
      max: at(1),
      problems: this.#problems,
    };
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , socket = "", patienceMs] = process.argv;
  const canary = new Canary(socket, Number(patienceMs));
  process.stdin.resume().once("end", async () => {
    console.log(JSON.stringify(await canary.stop()));
    process.exit(0);
  });
}
