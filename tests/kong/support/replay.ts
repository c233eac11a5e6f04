// Plays a recording to a server: Kong's very bytes in, with a plugin that follows the script.
import assert from "node:assert/strict";
import type { Event } from "../../../src/kong/engine/event.ts";
import type { IdSource } from "../../../src/kong/engine/ids.ts";
import { pluginOf } from "./events.ts";
import { type MemoryClient, SERVER_PID, startServer } from "./kong_server.ts";
import { fromHex } from "../../support/pieces.ts";
import { type Answer, stopsRequest } from "./rpc_client.ts";
import { assertBytes, assertValue, type Frame, type Recording } from "./recordings.ts";

/** What the script has the plugin do when it is its turn. */
type Command =
  | { readonly call: string; readonly args: unknown[]; readonly recordedArgs: unknown[] }
  | "return";

type Fields = Readonly<Record<string, unknown>>;

/** Phases of the recordings' plugin. */
const PHASES = ["certificate", "rewrite", "access", "response", "preread", "log"] as const;
const NEVER_ANSWERED = /^kong\.response\.(exit|error)$/;

/** A playback of one recording. `cut` says in which pieces the bytes come. */
export class Playback {
  readonly #recording: Recording;
  readonly #cut: (bytes: Uint8Array) => Uint8Array[];
  readonly #clients = new Map<number, MemoryClient>();
  readonly #commands = new Map<Event, (command: Command) => void>();
  readonly #events = new Map<number, Event>();
  readonly #server;
  /** Ids that the script's server gave out next. */
  #instanceId = 1;
  #eventId = 1;
  #begun: Event | undefined;
  #command: Command = "return";
  #lastResult: { value?: unknown; error?: unknown } | undefined;
  /** Configurations as the plugin got them. */
  readonly configs: unknown[] = [];
  /** Results that the plugin saw. */
  seen = 0;
  /** Steps for events that the server cannot know. */
  unknownSteps = 0;

  constructor(recording: Recording, cut: (bytes: Uint8Array) => Uint8Array[]) {
    this.#recording = recording;
    this.#cut = cut;
    const next = (id: () => number): IdSource => (taken) => {
      let given = id();
      while (taken(given)) given++;
      return given;
    };
    const names = new Set<string>();
    for (const frame of recording.frames) {
      if (frame.dir !== "kong->server") continue;
      const argument = (frame.decoded as [number, number, string, unknown[]])[3]?.[0];
      const name = (argument as Fields | undefined)?.Name;
      if (typeof name === "string") names.add(name);
    }
    const plugins = [...names].map((name) => ({
      ...pluginOf(() => this.#follow(), { name }),
      handlers: new Map(PHASES.map((phase) => [phase, () => this.#follow()])),
      configure: (raw: unknown) => this.configs.push(raw),
    }));
    this.#server = startServer(plugins, {
      ids: { instances: next(() => this.#instanceId), events: next(() => this.#eventId) },
      attribute: (event, run) => {
        this.#begun = event;
        run();
      },
    });
  }

  /** Plays it to the end; asserts along the way. */
  async run(): Promise<void> {
    const { frames } = this.#recording;
    for (const [index, frame] of frames.entries()) {
      if (frame.dir === "open") this.#clients.set(frame.conn, this.#server.connect());
      else if (frame.dir === "close") this.#clients.get(frame.conn)?.leave();
      else if (frame.dir === "kong->server") {
        // A connection that is in the recording from the middle on has no opening.
        if (!this.#clients.has(frame.conn)) {
          this.#clients.set(frame.conn, this.#server.connect());
        }
        await this.#request(frame, scriptedAnswer(frames, index));
      }
    }
    for (const client of this.#clients.values()) {
      assert.equal(client.closed, false, "the server closed a connection");
      const greetings = client.answers.length > 0 ? [["serverPid", SERVER_PID]] : [];
      assert.deepEqual(client.notifications, greetings);
    }
  }

  /** Ends what the recording left open, and checks that nothing is kept. */
  async close(): Promise<void> {
    for (const client of this.#clients.values()) client.leave();
    await this.#server.server.close("the recording is over");
    assert.equal(this.#server.server.events.size, 0);
    assert.equal(this.#server.server.instances.size, 0);
  }

  async #request(frame: Frame, scripted: unknown[] | undefined): Promise<void> {
    const [, messageId, method, args] = frame.decoded as [number, number, string, unknown[]];
    const argument = args[0] as Fields;
    const result = (scripted?.[3] ?? {}) as Fields;
    if (Number.isSafeInteger(result.Id)) this.#instanceId = result.Id as number;
    if (Number.isSafeInteger(result.EventId)) this.#eventId = result.EventId as number;
    const client = this.#clients.get(frame.conn)!;
    const position = client.answers.length;
    const command = commandOf(scripted);
    const isEvent = method === "plugin.HandleEvent" || method.startsWith("plugin.Step");
    const event = method.startsWith("plugin.Step") ? this.#known(argument.EventId) : undefined;
    this.#begun = undefined;
    this.#command = command;
    this.#lastResult = undefined;
    client.feed(this.#cut(fromHex(frame.hex!)));
    const begun = this.#takeBegun();
    if (event) {
      await this.#stepped(event, method, argument);
      this.#commands.get(event)?.(command);
    }
    const answer = await client.answer(position);
    assert.equal(answer.messageId, messageId);
    if (isEvent) this.#checkTurn(answer, command, scripted, begun ?? event);
    else assert.equal(answer.error, null);
  }

  /** The event that the last request began, if it began one. */
  #takeBegun(): Event | undefined {
    if (this.#begun) this.#events.set(this.#begun.id, this.#begun);
    return this.#begun;
  }

  /** The event of a step, unless its id is none of this server's, or its beginning was left out. */
  #known(id: unknown): Event | undefined {
    const event = this.#events.get(id as number);
    if (!event) this.unknownSteps++;
    return event;
  }

  /** The plugin has got what Kong's bytes hold. */
  async #stepped(event: Event, method: string, argument: Fields): Promise<void> {
    for (let i = 0; !this.#lastResult; i++) {
      assert.ok(i < 1000, "the plugin got no answer");
      await Promise.resolve();
    }
    const { value, error } = this.#lastResult;
    this.seen++;
    if (method === "plugin.StepError") {
      return assert.ok(String(error).includes(String(argument.Data)), String(error));
    }
    assert.equal(event.end, undefined);
    if (!("Data" in argument)) return assert.equal(value, undefined);
    if (value instanceof Uint8Array) return assertBytes(value, argument.Data);
    assertValue(value, argument.Data);
  }

  #checkTurn(
    answer: Answer,
    command: Command,
    scripted: unknown[] | undefined,
    event: Event | undefined,
  ): void {
    if (!event) {
      // An unknown instance is told of; a step for an unknown event stops the request.
      if (answer.error !== null) return assert.match(String(answer.error), /No plugin instance/);
      return assert.ok(stopsRequest((answer.result as Fields).Data));
    }
    assert.equal(answer.error, null);
    const { EventId, Data } = answer.result as Fields;
    assert.equal(EventId, event.id);
    if (command === "return") return assert.equal(Data, "ret");
    const recorded = (scripted as [number, number, null, Fields])[3].Data as Fields;
    assertValue(Data, { Method: recorded.Method, Args: command.recordedArgs });
  }

  /** The plugin's handler: makes the calls that the script has, and keeps the last result. */
  async #follow(): Promise<void> {
    const event = this.#begun!;
    for (let command = this.#command; command !== "return";) {
      const { promise, resolve } = Promise.withResolvers<Command>();
      this.#commands.set(event, resolve);
      const options = {
        bytes: command.call.endsWith(".get_raw_body"),
        final: NEVER_ANSWERED.test(command.call),
      };
      try {
        const value = await event.call(command.call, command.args, options);
        this.#lastResult = { value };
      } catch (error) {
        if (options.final) throw error;
        this.#lastResult = { error };
      }
      command = await promise;
    }
    this.#commands.delete(event);
  }
}

/** The answer that the script has for a request: the next response with its id on its connection. */
function scriptedAnswer(frames: readonly Frame[], index: number): unknown[] | undefined {
  const request = frames[index]!;
  const messageId = (request.decoded as unknown[])[1];
  for (const frame of frames.slice(index + 1)) {
    if (frame.conn !== request.conn) continue;
    if (frame.dir !== "server->kong") return undefined;
    // Two messages in one write are recorded as a list of both; a broken one is recorded as null.
    const decoded = (frame.decoded ?? []) as unknown[];
    const messages = (Array.isArray(decoded[0]) ? decoded : [decoded]) as unknown[][];
    const answer = messages.find(([kind, id]) => kind === 1 && id === messageId);
    if (answer) return answer;
  }
  return undefined;
}

/** What the script's answer has the plugin do; where it is broken on purpose, the plugin returns. */
function commandOf(scripted: unknown[] | undefined): Command {
  const result = scripted?.[3] as Fields | null | undefined;
  const data = result?.Data as Fields | string | undefined;
  if (!scripted || scripted[2] !== null || typeof data !== "object") return "return";
  // The script also tries argument lists that are missing, or maps; an event has none like that.
  const args = Array.isArray(data.Args) ? data.Args : [];
  return { call: data.Method as string, args: args.map(plain), recordedArgs: args };
}

/** A decoded value of a recording as the value that it stands for. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  const fields = value as Fields;
  if (typeof fields.$bin === "string") return fromHex(fields.$bin);
  if (typeof fields.$int === "string") return BigInt(fields.$int);
  if ("$float" in fields) return Number(fields.$float);
  return Object.fromEntries(Object.entries(fields).map(([name, inner]) => [name, plain(inner)]));
}
