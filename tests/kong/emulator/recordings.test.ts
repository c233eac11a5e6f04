// The emulator against recordings of Kong: it must say to the plugin server what Kong said.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import type { Phase } from "../../../src/kong/engine/phases.ts";
import { MsgPackClient } from "../../../src/kong/emulator/client/client.ts";
import { PluginChain } from "../../../src/kong/emulator/chain.ts";
import type { EntityRecord } from "../../../src/kong/emulator/entities.ts";
import { Exchange } from "../../../src/kong/emulator/exchange.ts";
import { type HeaderLine, HeaderList } from "../../../src/kong/emulator/http/header_list.ts";
import { luaText, luaType } from "../../../src/kong/emulator/lua/values.ts";
import { createKongNode, type KongLogEntry } from "../../../src/kong/emulator/node.ts";
import type { PdkTable } from "../../../src/kong/emulator/pdk/function.ts";
import { PDK } from "../../../src/kong/emulator/pdk/table.ts";
import type { PluginEntity } from "../../../src/kong/emulator/plugin_entity.ts";
import { CUTS } from "../../support/pieces.ts";
import { type Frame, readRecordings, type Recording } from "../support/recordings.ts";
import { ScriptedPluginServer } from "../support/scripted_plugin_server.ts";

interface RecordedRequest {
  readonly request: string;
  readonly request_headers?: readonly (readonly [string, string])[];
  readonly request_body_hex?: string;
  readonly request_body_length?: number;
  readonly status: number;
  readonly response_headers: readonly string[];
  readonly response_body: string;
}

interface FullRecording extends Recording {
  readonly http: readonly RecordedRequest[];
  readonly kong_log: readonly string[];
}

/** Recordings that cannot be played in this way, and why. */
const NOT_PLAYED: Readonly<Record<string, string>> = {
  "13a-concurrent": "the order of concurrent requests is not fixed",
  "13b-concurrent-yielding": "the order of concurrent requests is not fixed",
  "13c-concurrent-start": "the order of concurrent requests is not fixed",
  "13d-pool-full": "the order of concurrent requests is not fixed",
  "13e-slow-bodies": "the order of concurrent requests is not fixed",
  "16f-read-timeout": "needs a timer; client.test.ts has it",
  "16h-keepalive-timeout": "needs a timer; client.test.ts has it",
  "22-two-workers": "two clients at once",
  "23-sequential": "frames are left out",
};

/** Attempts to connect that failed. */
const REFUSED: Readonly<Record<string, number[]>> = {
  "16e-socket-gone": [2],
  "16k-no-socket-at-start": [1],
};

type Marked = Readonly<Record<string, unknown>>;

/** A recorded value as Lua had it. */
function luaValue(recorded: unknown): unknown {
  if (Array.isArray(recorded)) return recorded.map(luaValue);
  if (typeof recorded !== "object" || recorded === null) return recorded;
  const marked = recorded as Marked;
  if ("$float" in marked) {
    return Number(String(marked.$float).replace("inf", "Infinity").replace("nan", "NaN"));
  }
  if ("$str" in marked) return Buffer.from(String(marked.$str), "hex");
  if ("$str_head" in marked) return String(marked.$str_head)[0]!.repeat(Number(marked.$length));
  if ("$map" in marked) {
    const entries = marked.$map as [unknown, unknown][];
    return new Map(entries.map(([key, value]) => [luaValue(key), luaValue(value)]));
  }
  return Object.fromEntries(Object.entries(marked).map(([key, value]) => [key, luaValue(value)]));
}

interface RecordedStep {
  readonly method: string;
  readonly step: string;
  readonly args: readonly unknown[];
  readonly data: unknown;
  readonly hex: string;
}

/** The PDK calls of a recording with the results that Kong gave. */
function stepsOf(frames: readonly Frame[]): RecordedStep[] {
  const steps: RecordedStep[] = [];
  const calls = new Map<number, { Method: string; Args?: unknown[] }>();
  for (const { conn, dir, decoded, hex } of frames) {
    const message = (decoded ?? []) as unknown[];
    const data = (message[3] as { Data?: { Method?: string } } | null)?.Data;
    if (dir === "server->kong") calls.delete(conn);
    if (dir === "server->kong" && typeof data?.Method === "string") {
      calls.set(conn, data as { Method: string });
    }
    const call = calls.get(conn);
    if (dir !== "kong->server" || !call || !String(message[2]).startsWith("plugin.Step")) continue;
    const [argument] = message[3] as [{ Data?: unknown }];
    const args = Array.isArray(call.Args) ? call.Args : [];
    const step = String(message[2]);
    steps.push({ method: call.Method, step, args, data: argument.Data, hex: hex! });
  }
  return steps;
}

const dataOf = (steps: readonly RecordedStep[], method: string) =>
  luaValue(steps.find((step) => step.method === method)?.data);

/** Functions that the recordings replaced by their own. */
function stubs(recording: FullRecording, steps: readonly RecordedStep[]): PdkTable {
  const anywhere = PDK["kong.log"]!.phases;
  const inOrder = (method: string) => {
    const results = steps.filter((step) => step.method === method).map(({ data }) => data);
    return { phases: anywhere, run: () => luaValue(results.shift()) };
  };
  const echo = (_: unknown, args: readonly unknown[]) => {
    const shown = args.map((arg) => {
      if (luaType(arg) !== "table") return `${luaType(arg)}:${luaText(arg)}`;
      return `table:${Array.isArray(arg) ? arg.length : 0}`;
    });
    return `${args.length} args: ${shown.join(" | ")}`;
  };
  const headers = new Map<string, unknown>([["x-flag", true], ["x-s", "v"], ["x-l", ["a", "b"]], [
    "x-mix",
    ["a", true],
  ]]);
  const tables = [headers, new Map()];
  const consumers = inOrder("kong.client.load_consumer");
  return {
    ...PDK,
    // The recordings have clocks, memory and a consumer database of their own.
    "kong.log.serialize": inOrder("kong.log.serialize"),
    "kong.nginx.req_start_time": inOrder("kong.nginx.req_start_time"),
    "kong.node.get_memory_stats": inOrder("kong.node.get_memory_stats"),
    "kong.client.load_consumer": consumers,
    "kong.node.get_id": inOrder("kong.node.get_id"),
    "kong.sim_echo": { phases: anywhere, run: echo },
    ...(recording.name.startsWith("05c")
      ? { "kong.request.get_headers": { phases: anywhere, run: () => tables.shift() } }
      : {}),
    ...(recording.name.startsWith("19d")
      ? { "kong.ctx.shared.get": { phases: anywhere, run: () => () => {} } }
      : {}),
  };
}

/** The plugins of a recording, as its StartInstance calls name them. */
function pluginsOf({ frames }: FullRecording): PluginEntity[] {
  const starts = new Map<string, string>();
  const phases = new Set<Phase>();
  for (const { dir, decoded } of frames) {
    const message = decoded as [number, number, string, [Record<string, string>]] | null;
    if (dir !== "kong->server" || !message) continue;
    const [argument] = message[3];
    if (message[2] === "plugin.StartInstance" && !starts.has(argument.Name!)) {
      starts.set(argument.Name!, argument.Config!);
    }
    if (message[2] === "plugin.HandleEvent") phases.add(argument.EventName as Phase);
  }
  return [...starts].map(([name, text], index) => {
    const started = JSON.parse(text);
    return {
      name,
      phases: phases.size > 0 ? [...phases] : ["access"],
      priority: -index,
      id: String(started.__plugin_id),
      key: String(started.__key__) + name,
      sequence: Number(started.__seq__),
      config: started,
    };
  });
}

function bodyOf(request: RecordedRequest, steps: readonly RecordedStep[]): Uint8Array {
  if (request.request_body_hex !== undefined) return Buffer.from(request.request_body_hex, "hex");
  const length = request.request_body_length ?? 0;
  // Long bodies are recorded as what get_raw_body gave: the end of the message, but for the id.
  const step = steps.find(({ hex }) => hex.length / 2 > length);
  if (length === 0 || !step) return new Uint8Array(length);
  const bytes = Buffer.from(step.hex, "hex");
  const at = bytes.indexOf("Data") + 4 + (length > 0xff ? 3 : 2) + (length > 0xffff ? 2 : 0);
  return bytes.subarray(at, at + length);
}

/** Plays a recording; what Kong said is asserted by the scripted server. */
async function play(recording: FullRecording, cut: (bytes: Uint8Array) => Uint8Array[]) {
  const steps = stepsOf(recording.frames);
  const log: KongLogEntry[] = [];
  const server = new ScriptedPluginServer(recording.frames, {
    refused: REFUSED[recording.name],
    cut,
  });
  const client = new MsgPackClient({
    runtime: server,
    socketPath: "scripted",
    log: (entry) => log.push(entry),
  });
  const node = createKongNode({
    route: dataOf(steps, "kong.router.get_route") as EntityRecord | undefined,
    service: dataOf(steps, "kong.router.get_service") as EntityRecord | undefined,
    clientBodyBufferBytes: recording.name.startsWith("07c") ? 131_072 : 8192,
    log: (entry) => log.push(entry),
  });
  const pdk = stubs(recording, steps);
  const port = Number(steps.find(({ method }) => method === "kong.request.get_port")?.data ?? 8000);
  for (const request of recording.http) {
    const [method = "", target = ""] = request.request.split(" ");
    const body = bodyOf(request, steps);
    const length: HeaderLine[] = request.request_body_length === undefined
      ? []
      : [["Content-Length", String(body.length)]];
    const headers: HeaderLine[] = [["Host", "example.test"], ["Connection", "close"], ...length];
    const exchange = new Exchange(node, {
      method,
      target,
      body,
      headers: [...headers, ...request.request_headers ?? []],
      server: { ip: "127.0.0.1", port },
    });
    prepare(exchange, recording, steps);
    const sequence = Number(exchange.headers.get("x-sim-seq") ?? NaN);
    const plugins = pluginsOf(recording).map((plugin) =>
      Number.isNaN(sequence)
        ? plugin
        : { ...plugin, sequence, config: { ...plugin.config, __seq__: sequence } }
    );
    const chain = new PluginChain({ plugins, runner: client, pdk });
    await answer(chain, exchange);
    assertResponse(exchange, request);
    // What the server does behind its answer.
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  }
  client.close();
  for (const connection of server.connections) assert.deepEqual(connection.left, []);
  return log;
}

function prepare(
  exchange: Exchange,
  { name }: FullRecording,
  steps: readonly RecordedStep[],
): void {
  const shared = steps.filter(({ method }) => method === "kong.ctx.shared.get");
  if (!name.startsWith("04")) {
    for (const { args, data } of shared) exchange.shared.set(args[0], luaValue(data));
  }
  exchange.consumer = dataOf(steps, "kong.client.get_consumer");
  exchange.credential = dataOf(steps, "kong.client.get_credential");
  if (name.startsWith("08d")) {
    const captures: [number | string, string][] = [[0, "/u/7/x"], [1, "7"], [2, "x"], ["id", "7"], [
      "rest",
      "x",
    ]];
    for (const [key, value] of captures) exchange.captures.set(key, value);
  }
}

/** The service of the recordings, and what nginx does. */
async function answer(chain: PluginChain, exchange: Exchange): Promise<void> {
  if (await chain.before(exchange)) {
    exchange.receive({
      status: 200,
      headers: new HeaderList([["Content-Type", "text/plain"], ["X-Upstream", "sim"], [
        "X-Multi",
        "one",
      ], ["X-Multi", "two"]]),
      body: Buffer.from(exchange.buffered ? "upstream body" : "upstream body\n"),
    });
    await chain.after(exchange);
  }
  if (exchange.source === "service") {
    exchange.responseHeaders.set("Transfer-Encoding", ["chunked"]);
  }
  await chain.log(exchange);
}

function assertResponse(exchange: Exchange, recorded: RecordedRequest): void {
  assert.equal(exchange.status, recorded.status);
  if (recorded.status === 500) return;
  const own = recorded.response_headers.filter((line) => /^(x-|content-length)/i.test(line));
  // A page of nginx's has other words.
  if (recorded.response_body.startsWith("<html>")) {
    return assert.equal(exchange.responseHeaders.get("content-type"), "text/html");
  }
  const lines = exchange.responseHeaders.lines.map(([name, value]) => `${name}: ${value}`);
  assert.deepEqual(own.filter((line) => !lines.includes(line)), []);
  const body = Buffer.from(exchange.responseBody ?? []).toString("latin1");
  if (body.startsWith("{")) assert.deepEqual(JSON.parse(body), JSON.parse(recorded.response_body));
  else assert.equal(body.trimEnd(), recorded.response_body.trimEnd());
}

/** Lines of Kong's log that the emulator has too, in the same words. */
const SAME_WORDS = /no data|^\[error\] $|boom|no plugin instance|could not find|starting|trying/i;

describe("MsgPack:1 as Kong speaks it", () => {
  for (const recording of readRecordings("msgpack-3.9") as FullRecording[]) {
    const skip = NOT_PLAYED[recording.name];
    if (skip !== undefined) continue;
    test(`${recording.name}: ${recording.title}`, async () => {
      const wanted = recording.kong_log.filter((line) => SAME_WORDS.test(line));
      for (const [name, cut] of Object.entries(CUTS)) {
        // What is lost is what comes in one read with the answer.
        if (recording.name.startsWith("14d") && name !== "all at once") continue;
        const log = await play(recording, cut);
        const lines = log.map(({ level, message }) => {
          return `[${level === "err" ? "error" : level}] ${message}`;
        });
        assert.deepEqual(wanted.filter((line) => !lines.includes(line)), []);
      }
    });
  }
});
