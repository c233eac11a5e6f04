// Plays a recording of ProtoBuf:1 to a server: Kong's very bytes in, a plugin that follows the script.
import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import type { Event } from "../../../src/kong/engine/event.ts";
import type { IdSource } from "../../../src/kong/engine/ids.ts";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { pluginOf } from "./events.ts";
import { startServer } from "./kong_server.ts";
import { fromHex } from "../../support/pieces.ts";
import { type AskedCall, framed, ProtobufClient } from "./protobuf_client.ts";
import { argumentsOf, assertResult } from "./protobuf_recorded.ts";
import type { Frame as AnyFrame, Recording } from "./recordings.ts";

/** A frame of these recordings. */
type Frame = AnyFrame & { readonly frame?: string; readonly type?: string };

type Fields = Readonly<Record<string, unknown>>;

/** What the script has the plugin do when it is its turn. */
type Command = { readonly method: string; readonly args: unknown[] } | "return";

const PHASES = ["certificate", "rewrite", "access", "response", "preread", "log"] as const;

/** An event that is under way on a connection. */
interface Running {
  readonly event: Event;
  readonly sequence: number;
  /** What the plugin does next. */
  command(command: Command): void;
  /** The call that was made last. */
  call?: { readonly method: string; readonly outcome: Promise<unknown> };
  /** Why it was not sent, if it was not. */
  refusal?: Error | undefined;
}

/** A playback of one recording. `cut` says in which pieces the bytes come. */
export class ProtobufPlayback {
  readonly #recording: Recording;
  readonly #cut: (bytes: Uint8Array) => Uint8Array[];
  readonly #clients = new Map<number, ProtobufClient>();
  readonly #running = new Map<number, Running>();
  readonly #server;
  /** The id that the script's server gave out next. */
  #instanceId = 1;
  #begun: Event | undefined;
  #follow: ((event: Event) => Promise<void>) | undefined;
  /** Configurations as the plugin got them. */
  readonly configs: unknown[] = [];
  /** Results that the plugin saw. */
  seen = 0;
  /** Results of calls that were refused. */
  skipped = 0;
  /** Calls of the script that ProtoBuf:1 cannot carry. */
  readonly refused: string[] = [];

  constructor(recording: Recording, cut: (bytes: Uint8Array) => Uint8Array[]) {
    this.#recording = recording;
    this.#cut = cut;
    const ids: IdSource = (taken) => {
      while (taken(this.#instanceId)) this.#instanceId++;
      return this.#instanceId;
    };
    const calls = this.#recording.frames.map(({ decoded }) => decoded as Fields | null);
    const starts = calls.map((call) => call?.cmd_start_instance as Fields | undefined);
    const names = new Set(starts.flatMap((start) => start ? [String(start.name)] : []));
    const handler = () => this.#follow!(this.#begun!);
    const plugins = [...names].map((name) => ({
      ...pluginOf(handler, { name }),
      handlers: new Map(PHASES.map((phase) => [phase, handler])),
      configure: (raw: unknown) => this.configs.push(raw),
    }));
    let eventId = 1;
    this.#server = startServer(plugins, {
      ids: { instances: ids, events: () => eventId++ },
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
      if (frame.dir === "open") {
        this.#clients.set(frame.conn, new ProtobufClient(this.#server.server));
      } else if (frame.dir === "close") await this.#close(frame.conn);
      else await this.#play(frame, frames.slice(index + 1));
    }
    for (const client of this.#clients.values()) {
      assert.equal(client.closed, undefined, "the server closed a connection");
      assert.deepEqual(client.frames, [], "the server wrote more than the script");
    }
  }

  /** Ends what the recording left open, and checks that nothing is kept. */
  async close(): Promise<void> {
    for (const client of this.#clients.values()) client.leave();
    assert.equal(this.#server.server.events.size, 0);
    await this.#server.server.close("the recording is over");
    assert.equal(this.#server.server.instances.size, 0);
  }

  async #play(frame: Frame, rest: readonly Frame[]): Promise<void> {
    const following = rest.filter(({ conn }) => conn === frame.conn);
    switch (frame.frame) {
      case "RpcCall":
        return await this.#command(frame, following);
      case "pdk-method":
        return await this.#call(frame, following[0]!);
      case "pdk-result":
        return await this.#answer(frame);
      case "end-of-event":
      case "end-of-event and RpcReturn in one write":
        return await this.#end(frame.conn);
    }
  }

  async #command(frame: Frame, following: readonly Frame[]): Promise<void> {
    const client = this.#clients.get(frame.conn)!;
    const { sequence, ...commands } = frame.decoded as Fields & { sequence: number };
    const [[name, fields] = []] = Object.entries(commands) as [string, Fields][];
    const scripted = (following[0]?.decoded as Fields | undefined)?.instance_status;
    if (name === "cmd_start_instance" && scripted) {
      this.#instanceId = Number((scripted as Fields).instance_id ?? 0);
    }
    let command: Running["command"] = () => {};
    this.#follow = (event) => this.#run(event, frame.conn, (given) => command = given);
    this.#begun = undefined;
    client.feed(...this.#cut(fromHex(frame.hex!)));
    if (name === "cmd_handle_event") {
      this.#running.set(frame.conn, {
        event: this.#begun!,
        sequence,
        command: (given) => command(given),
      });
      return;
    }
    const answer = messages.RpcReturn.decode(await client.next());
    assert.equal(answer.sequence, sequence);
    assert.equal(answer.return?.$case, "instance_status");
    const { value } = answer.return as { value: messages.InstanceStatus };
    if (name === "cmd_start_instance") assert.equal(value.name, fields!.name);
    else assert.equal(value.instance_id, fields!.instance_id);
  }

  /** The plugin's handler: does what the script says until that is to return. */
  async #run(
    event: Event,
    conn: number,
    take: (command: Running["command"]) => void,
  ): Promise<void> {
    for (;;) {
      const { promise, resolve } = Promise.withResolvers<Command>();
      take(resolve);
      const command = await promise;
      if (command === "return") return;
      const final = command.method === "kong.response.exit";
      const outcome = event.call(command.method, command.args, { final });
      const running = this.#running.get(conn)!;
      running.call = { method: command.method, outcome };
      outcome.catch((error) => running.refusal = error);
    }
  }

  async #call(frame: Frame, argument: Frame): Promise<void> {
    const client = this.#clients.get(frame.conn)!;
    const running = this.#running.get(frame.conn)!;
    const method = frame.decoded as string;
    running.command({ method, args: argumentsOf(argument.type, argument.decoded) });
    const written = await this.#written(client, running);
    if (!written) this.refused.push(String(running.refusal?.message));
    else if (method === "kong.request.get_query_arg") {
      assert.equal(written.method, "kong.request.get_query");
      assert.equal(messages.Int.decode(written.args).v, 100);
    } else {
      assert.equal(written.method, method);
      this.#checkArguments(written.args, argument);
    }
  }

  /** The call that the plugin has just made; undefined if it cannot be sent. */
  async #written(client: ProtobufClient, running: Running): Promise<AskedCall | undefined> {
    running.refusal = undefined;
    for (let i = 0; client.frames.length === 0; i++) {
      if (running.refusal) return undefined;
      assert.ok(i < 1000, "the plugin made no call");
      // After a call that failed, the next goes out when it is known that the failure was heard.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return await client.call();
  }

  #checkArguments(written: Uint8Array, { hex, type, decoded }: Frame): void {
    const fields = decoded as Fields;
    // Bytes that are no message, or none for this function, and no maximum, which Kong does not take.
    if (!type || (type.endsWith(".Int") && (!("v" in fields) || fields.v === 5))) return;
    const { v, k } = fields as { v?: Fields; k?: string };
    const isNil = type.endsWith(".KV") && (!v || "null_value" in v || Object.keys(v).length === 0);
    const expected = isNil
      ? framed(messages.KV.encode({ k: k!, v: undefined }).finish())
      : fromHex(hex!);
    const alike = type.endsWith(".ListValue")
      ? withoutName(written)
      : type.endsWith(".ExitArgs")
      ? withoutNoType(written)
      : written;
    assert.deepEqual([...framed(alike)], [...expected], `${type}: ${JSON.stringify(decoded)}`);
  }

  async #answer(frame: Frame): Promise<void> {
    const { call, refusal } = this.#running.get(frame.conn)!;
    if (refusal) return void this.skipped++;
    const client = this.#clients.get(frame.conn)!;
    const bytes = call!.method === "kong.request.get_query_arg"
      ? asQuery(frame)
      : fromHex(frame.hex!);
    client.feed(...this.#cut(bytes));
    const value = await call!.outcome.catch((error) => error);
    assertResult(value, frame.type!, frame.decoded);
    this.seen++;
  }

  async #end(conn: number): Promise<void> {
    const running = this.#running.get(conn);
    // The script also writes more than Kong waits for.
    if (!running) return;
    this.#running.delete(conn);
    running.command("return");
    const client = this.#clients.get(conn)!;
    assert.equal(await client.turn(), running.sequence);
    assert.equal(running.event.end, "returned");
  }

  /** The connection goes; an event that it owns is over, in whatever state it was. */
  async #close(conn: number): Promise<void> {
    const running = this.#running.get(conn);
    this.#running.delete(conn);
    this.#clients.get(conn)!.leave();
    this.#clients.delete(conn);
    if (!running) return;
    assert.ok(running.event.end === "abandoned" || running.event.end === "exited");
    if (!running.call || running.refusal || running.event.end === "exited") return;
    const error = await running.call.outcome.then(() => undefined, (error: Error) => error);
    if (error) assert.match(error.message, /instead of answering kong\./);
  }
}

/** The answer for one query argument as one for all of them. */
function asQuery({ decoded }: Frame): Uint8Array {
  const { v } = decoded as { v?: string };
  const value = { kind: { $case: "string_value", value: new TextEncoder().encode(v) } } as const;
  const fields = v === undefined ? [] : [{ key: "a", value }];
  return framed(messages.Struct.encode({ fields }).finish());
}

const decoder = new TextDecoder();

/** A log message without the plugin's name, which the recorded script did not send. */
function withoutName(written: Uint8Array): Uint8Array {
  const { values: [name, ...parts] } = messages.ListValue.decode(written);
  const text = name?.kind?.$case === "string_value" ? decoder.decode(name.kind.value) : "";
  assert.match(text, /^\[[\w-]+\] $/);
  return messages.ListValue.encode({ values: parts }).finish();
}

/** An exit without the header that takes a type away, which the recorded script did not send. */
function withoutNoType(written: Uint8Array): Uint8Array {
  const { status, body, headers } = messages.ExitArgs.decode(written);
  if (body.length > 0 || !headers) return written;
  const kept = headers.fields.filter(({ key }) => key !== "Content-Type");
  assert.equal(kept.length, headers.fields.length - 1);
  return messages.ExitArgs.encode({
    status,
    body,
    headers: kept.length === 0 ? undefined : { fields: kept },
  }).finish();
}
