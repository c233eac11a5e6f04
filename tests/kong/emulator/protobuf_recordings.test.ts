// The emulator against recordings of Kong's client of ProtoBuf:1: it must say what Kong said.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { PluginChain } from "../../../src/kong/emulator/chain.ts";
import { ProtoBufClient } from "../../../src/kong/emulator/client/protobuf/client.ts";
import { Exchange } from "../../../src/kong/emulator/exchange.ts";
import { HeaderList } from "../../../src/kong/emulator/http/header_list.ts";
import { createKongNode, type KongLogEntry } from "../../../src/kong/emulator/node.ts";
import type { PdkTable } from "../../../src/kong/emulator/pdk/function.ts";
import { PDK } from "../../../src/kong/emulator/pdk/table.ts";
import type { PluginEntity } from "../../../src/kong/emulator/plugin_entity.ts";
import type { Phase } from "../../../src/kong/engine/phases.ts";
import { CUTS, fromHex } from "../../support/pieces.ts";
import { type Frame as AnyFrame, readRecordings, type Recording } from "../support/recordings.ts";
import { ScriptedFrameServer } from "../support/scripted_frame_server.ts";

type Frame = AnyFrame & { readonly frame?: string; readonly type?: string };
type Fields = Readonly<Record<string, unknown>>;

interface RecordedRequest {
  readonly request: string;
  readonly request_headers?: readonly (readonly [string, string])[];
  readonly status: number;
}

interface FullRecording extends Recording {
  readonly http: readonly RecordedRequest[];
  readonly kong_log: readonly string[];
}

/** Recordings that cannot be played in this way, and why. */
const NOT_PLAYED: Readonly<Record<string, string>> = {
  "07b-raw-body-300": "the body is not in the recording",
  "07c-raw-body-70000": "the body is not in the recording",
  "07d-raw-body-file": "bodies are never in a file here",
  "12h-read-timeout": "needs a timer; protobuf_client.test.ts has it",
  "15-concurrent": "the order of concurrent requests is not fixed",
};

/** Attempts to connect that failed. */
const REFUSED: Readonly<Record<string, number[]>> = { "12g-socket-gone": [2] };

/** Recordings that ask a whole Kong what a plugin has put there. */
const KEEPS_SHARED = /^(?:10|09)/;

function textOf(recorded: unknown): unknown {
  if (typeof recorded !== "object" || recorded === null) return recorded;
  const { $string, $bytes, $double } = recorded as Fields;
  if ($double !== undefined) return Number(String($double).replace("inf", "Infinity"));
  return fromHex(String($string ?? $bytes));
}

/** A google.protobuf.Value as Lua had it. */
function valueOf(recorded: Fields): unknown {
  const [[kind, value] = []] = Object.entries(recorded);
  if (kind === undefined || kind === "$absent") return null;
  if (kind === "null_value") return undefined;
  if (kind === "list_value") return ((value as Fields).values as Fields[] ?? []).map(valueOf);
  return kind === "struct_value" ? structOf(value as Fields) : textOf(value);
}

function structOf({ fields = {} }: Fields): Map<string, unknown> {
  const entries = Object.entries(fields as Fields);
  return new Map(entries.map(([name, item]) => [name, valueOf(item as Fields)]));
}

/** A result as Kong's function gave it; what is missing in the message was nil or nothing. */
function luaResult(type: string, fields: Fields): unknown {
  switch (type.split(".").at(-1)) {
    case "Empty":
      return undefined;
    case "String":
    case "Int":
    case "Number":
    case "Bool":
    case "ByteString":
      return textOf(fields.v);
    case "Value":
      return valueOf(fields);
    case "Struct":
      return structOf(fields);
    case "RawBodyResult":
      return textOf(fields.content);
    case "UriCapturesResult": {
      const named = Object.entries(fields.named as Fields);
      return {
        unnamed: new Map((fields.unnamed as unknown[]).map((group, i) => [i + 1, textOf(group)])),
        named: new Map(named.map(([name, group]) => [name, textOf(group)])),
      };
    }
    default:
      return Object.keys(fields).length === 0 ? undefined : fields;
  }
}

/** Stands for a call that Kong did not answer: its function raised. */
const OWN = Symbol("own");

/** Functions that give what the recording has, call by call; where it has nothing, the emulator's own. */
function stubs({ name, frames }: FullRecording): PdkTable {
  const results = new Map<string, unknown[]>();
  const pending = new Map<number, string>();
  const settle = (conn: number, result: unknown) => {
    const method = pending.get(conn);
    if (method === undefined) return;
    pending.delete(conn);
    results.set(method, [...results.get(method) ?? [], result]);
  };
  for (const { conn, dir, frame, type, decoded } of frames as readonly Frame[]) {
    if (frame === "pdk-method") pending.set(conn, String(decoded));
    if (dir === "close") settle(conn, OWN);
    const isVoid = type?.endsWith(".Empty");
    if (frame === "pdk-result") settle(conn, isVoid ? OWN : luaResult(type!, decoded as Fields));
  }
  const anywhere = PDK["kong.log"]!.phases;
  const entries = [...results].flatMap(([method, list]) => {
    const own = PDK[method];
    const isOwn = list.every((result) => result === OWN) && !name.startsWith("11d");
    if (isOwn || (KEEPS_SHARED.test(name) && method.startsWith("kong.ctx"))) return [];
    const run = (...given: Parameters<NonNullable<typeof own>["run"]>) => {
      const result = list.shift();
      if (result !== OWN) return result;
      // What Kong could not encode there.
      if (name.startsWith("03")) return new Map([[2, "b"]]);
      return name.startsWith("11d") ? { tags: null } : own?.run(...given);
    };
    return [[method, { phases: anywhere, run }]];
  });
  return { ...PDK, ...Object.fromEntries(entries) };
}

interface Start {
  readonly name: string;
  readonly config: Fields;
}

/** The configurations that the recording starts, in their order. */
function startsOf({ frames }: FullRecording): Start[] {
  return frames.flatMap(({ dir, decoded }) => {
    const call = (decoded as Fields | null)?.cmd_start_instance as Fields | undefined;
    if (dir !== "kong->server" || !call) return [];
    const text = new TextDecoder().decode(textOf(call.config) as Uint8Array);
    return [{ name: String(call.name), config: JSON.parse(text) as Fields }];
  });
}

/** The plugins, with the number that the request asks for. */
function pluginsFor(recording: FullRecording, asked: number | undefined): PluginEntity[] {
  const starts = startsOf(recording);
  const events = recording.frames.flatMap(({ dir, decoded }) => {
    const call = (decoded as Fields | null)?.cmd_handle_event as Fields | undefined;
    return dir === "kong->server" && call ? [String(call.event_name)] : [];
  });
  const phases = [...new Set(events)] as Phase[];
  return [...new Set(starts.map(({ name }) => name))].map((name, index) => {
    const { config: first } = starts.find((start) => start.name === name)!;
    const sequence = asked ?? Number(first.__seq__);
    return {
      name,
      phases: phases.length > 0 ? phases : ["access"] as const,
      priority: -index,
      id: String(first.__plugin_id),
      key: String(first.__key__) + name,
      sequence,
      config: { ...first, __seq__: sequence },
    };
  });
}

async function answer(chain: PluginChain, exchange: Exchange): Promise<void> {
  if (await chain.before(exchange)) {
    exchange.receive({
      status: 200,
      headers: new HeaderList([["Content-Type", "text/plain"]]),
      body: Buffer.from("upstream body"),
    });
    await chain.after(exchange);
  }
  await chain.log(exchange);
}

async function play(recording: FullRecording, cut: (bytes: Uint8Array) => Uint8Array[]) {
  const log: KongLogEntry[] = [];
  const server = new ScriptedFrameServer(recording.frames, {
    refused: REFUSED[recording.name],
    cut,
  });
  const note = (entry: KongLogEntry) => log.push(entry);
  const client = new ProtoBufClient({ runtime: server, socketPath: "scripted", log: note });
  const node = createKongNode({ log: note });
  const pdk = stubs(recording);
  for (const { request, request_headers = [], status } of recording.http) {
    const [method = "", target = ""] = request.split(" ");
    const headers = [["Host", "example.test"], ...request_headers] as const;
    const exchange = new Exchange(node, { method, target, headers, body: new Uint8Array(0) });
    const sequence = exchange.headers.get("x-sim-seq");
    const plugins = pluginsFor(recording, sequence === undefined ? undefined : Number(sequence));
    await answer(new PluginChain({ plugins, runner: client, pdk }), exchange);
    assert.equal(exchange.status, status, `${request}: ${JSON.stringify(log)}`);
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  }
  client.close();
  for (const connection of server.connections) assert.deepEqual(connection.left, []);
  return log;
}

/** Lines of Kong's log that the emulator has too, in the same words. */
const SAME_WORDS = /starting instance|trying to connect|not found|expected for field/;

describe("ProtoBuf:1 as Kong speaks it", () => {
  for (const recording of readRecordings("protobuf-3.9") as FullRecording[]) {
    if (NOT_PLAYED[recording.name] !== undefined) continue;
    test(`${recording.name}: ${recording.title}`, async () => {
      const wanted = recording.kong_log.filter((line) => SAME_WORDS.test(line));
      for (const [name, cut] of Object.entries(CUTS)) {
        // What is lost is what comes in one read with the answer.
        if (recording.name.startsWith("13e") && name !== "all at once") continue;
        const log = (await play(recording, cut)).map(({ message }) => message);
        const missing = wanted.filter((line) => !log.some((message) => line.includes(message)));
        assert.deepEqual(missing, []);
      }
    });
  }
});
