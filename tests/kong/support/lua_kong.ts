// Kong's side of an event over either protocol, with PDK functions that give what a test says.
import type { Phase } from "../../../src/kong/engine/phases.ts";
import {
  isLuaString,
  luaBytes,
  type LuaString,
  toLuaString,
} from "../../../src/kong/emulator/lua/bytes.ts";
import { Bin, pack } from "../../../src/kong/emulator/lua/pack.ts";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import type { MemoryClient } from "./kong_server.ts";
import { readFacts } from "./pdk_facts.ts";
import type { ProtobufClient } from "./protobuf_client.ts";

/** A call of a PDK function as Lua sees it: bytes where a string is not UTF-8, nothing for nil. */
export interface LuaCall {
  readonly method: string;
  readonly args: readonly unknown[];
}

/** Gives the first result of a PDK function; undefined is nil, null is cjson's null. */
export type LuaFunctions = (call: LuaCall) => unknown;

const FACTS = new Map(readFacts().map((facts) => [facts.name, facts]));
const ENDS = /^kong\.response\.(exit|error)$/;

type Table = Readonly<Record<string, unknown>>;

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !(value instanceof Uint8Array);
}

/** Plays an event over MsgPack:1. */
export async function playMsgpack(
  client: MemoryClient,
  InstanceId: number,
  EventName: Phase,
  functions: LuaFunctions,
): Promise<LuaCall[]> {
  const calls: LuaCall[] = [];
  let answer = await client.result("plugin.HandleEvent", { InstanceId, EventName });
  while (answer.Data !== "ret") {
    const { Method, Args } = answer.Data as { Method: string; Args: unknown[] };
    const call = { method: Method, args: trimmed(Args.map(luaValue)) };
    calls.push(call);
    if (ENDS.test(Method)) return calls;
    const result = functions(call);
    const Data = result === undefined ? {} : { Data: repaired(Method, result) };
    answer = await step(client, { EventId: answer.EventId, ...Data });
  }
  return calls;
}

/** Goes on with an event: strings go out as Lua's packer has them, whatever their bytes. */
async function step(client: MemoryClient, argument: object): Promise<Record<string, unknown>> {
  const index = client.answers.length;
  client.feed([pack([0, index, "plugin.Step", [argument]])]);
  const { error, result } = await client.answer(index);
  if (error !== null) throw new Error(`plugin.Step: ${error}`);
  return result as Record<string, unknown>;
}

/** A value as Kong unpacks it. */
function luaValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return toLuaString(value);
  if (Array.isArray(value)) return value.map(luaValue);
  if (!isTable(value)) return value ?? undefined;
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([key, item]) => [key, luaValue(item)]));
}

function trimmed(args: unknown[]): unknown[] {
  while (args.length > 0 && args.at(-1) === undefined) args.pop();
  return args;
}

/** A result as Kong's client packs it. */
function repaired(method: string, result: unknown): unknown {
  const fix = FACTS.get(method)?.msgpack?.fix;
  if (fix === "raw") return new Bin(result);
  if (fix !== "mmap") return emptyAsArray(result);
  const entries = Object.entries(result as Table).map(([name, value]) => {
    if (value === true) return [name, []];
    return [name, isLuaString(value) ? [value] : value];
  });
  return Object.fromEntries(entries);
}

/** An empty table is packed as an array. */
function emptyAsArray(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(emptyAsArray);
  if (!isTable(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, emptyAsArray(item)]);
  return entries.length === 0 ? [] : Object.fromEntries(entries);
}

/** Plays an event over ProtoBuf:1. */
export async function playProtobuf(
  client: ProtobufClient,
  instanceId: number,
  phase: Phase,
  functions: LuaFunctions,
): Promise<LuaCall[]> {
  const calls: LuaCall[] = [];
  const sequence = client.handle(instanceId, phase);
  for (;;) {
    const turn = await client.turn();
    if (typeof turn === "number") {
      if (turn !== sequence) throw new Error(`${turn} answers ${sequence}`);
      return calls;
    }
    const { in: input, out } = FACTS.get(turn.method)!.protobuf!;
    const call = { method: turn.method, args: trimmed(unpacked(input, turn.args)) };
    calls.push(call);
    if (ENDS.test(turn.method)) {
      client.leave();
      return calls;
    }
    client.answer(packed(out, functions(call)));
  }
}

/** The arguments that Kong makes of a message of ProtoBuf:1. */
export function unpacked(type: string, bytes: Uint8Array): unknown[] {
  switch (type) {
    case "Empty":
      return [];
    case "String":
      return [toLuaString(messages.ByteString.decode(bytes).v)];
    case "Int":
      return [messages.Int.decode(bytes).v];
    case "Bool":
      return [messages.Bool.decode(bytes).v];
    case "ByteString":
      return [toLuaString(messages.ByteString.decode(bytes).v)];
    case "KV": {
      const { k, v } = messages.KV.decode(bytes);
      return [k, v && fromValue(v)];
    }
    case "ListValue":
      return messages.ListValue.decode(bytes).values.map(fromValue);
    case "Struct":
      return [fromStruct(messages.Struct.decode(bytes))];
    case "Target": {
      const { host, port } = messages.Target.decode(bytes);
      return [host, port];
    }
    case "ConsumerSpec": {
      const { id, by_username } = messages.ConsumerSpec.decode(bytes);
      return [id, by_username || undefined];
    }
    case "AuthenticateArgs": {
      const { consumer, credential } = messages.AuthenticateArgs.decode(bytes);
      return [consumer && given(consumer), credential && given(credential)];
    }
    case "ExitArgs": {
      const { status, body, headers } = messages.ExitArgs.decode(bytes);
      return [status, toLuaString(body), headers && fromStruct(headers)];
    }
  }
  throw new Error(`no function takes ${type}`);
}

/** The fields of a message that were sent. */
function given(message: object): Table {
  const entries = Object.entries(message).filter(([, value]) =>
    Array.isArray(value) ? value.length > 0 : value !== undefined
  );
  return Object.fromEntries(entries);
}

function fromStruct({ fields }: messages.Struct): Table {
  return Object.fromEntries(fields.map(({ key, value }) => [key, fromValue(value!)]));
}

/** What Kong's decoder makes of a Value: false is lost. */
function fromValue({ kind }: messages.Value): unknown {
  if (!kind) return undefined;
  switch (kind.$case) {
    case "null_value":
      return "NULL_VALUE";
    case "string_value":
      return toLuaString(kind.value);
    case "list_value":
      return kind.value.values.map(fromValue);
    case "struct_value":
      return fromStruct(kind.value);
    case "bool_value":
      return kind.value || undefined;
    default:
      return kind.value;
  }
}

/** A result as Kong packs it for ProtoBuf:1: scalars that are zero or empty are left out. */
export function packed(type: string, result: unknown): Uint8Array {
  switch (type) {
    case "Empty":
      return new Uint8Array(0);
    case "String":
      return messages.ByteString.encode({ v: luaBytes((result ?? "") as LuaString) }).finish();
    case "Int":
      return messages.Int.encode({ v: (result ?? 0) as number }).finish();
    case "Number":
      return messages.Number.encode({ v: (result ?? 0) as number }).finish();
    case "Bool":
      return messages.Bool.encode({ v: result as boolean | undefined }).finish();
    case "ByteString":
      return messages.ByteString.encode({ v: luaBytes(result as LuaString) }).finish();
    case "Value":
      return messages.Value.encode(toValue(result)).finish();
    case "Struct":
      return messages.Struct.encode(toStruct(result as Table)).finish();
    case "RawBodyResult": {
      const content = luaBytes(result as LuaString);
      return messages.RawBodyResult.encode({ kind: { $case: "content", value: content } }).finish();
    }
    case "UriCapturesResult":
      return captures(result as { unnamed: string[]; named: Record<string, string> });
  }
  return entity(type, result as Table | undefined);
}

function captures(result: { unnamed: string[]; named: Record<string, string> }): Uint8Array {
  return messages.UriCapturesResult.encode({
    unnamed: result.unnamed.map((group) => luaBytes(group)),
    named: Object.entries(result.named).map(([key, group]) => ({
      key,
      value: luaBytes(group),
    })),
  }).finish();
}

function entity(type: string, result: Table | undefined): Uint8Array {
  if (result === undefined) return new Uint8Array(0);
  const lists = { protocols: [], methods: [], hosts: [], paths: [], snis: [], sources: [] };
  const all: Table = { ...lists, destinations: [], tags: [], workers_lua_vms: [], ...result };
  // What is 0 or empty is left out; false is not.
  const sent = Object.entries(all).filter(([, value]) => value !== 0 && value !== "");
  const codec = (messages as unknown as Record<string, typeof messages.Route>)[type]!;
  return codec.encode(Object.fromEntries(sent) as unknown as messages.Route).finish();
}

function toStruct(table: Table): messages.Struct {
  return { fields: Object.entries(table).map(([key, item]) => ({ key, value: toValue(item) })) };
}

function toValue(value: unknown): messages.Value {
  switch (typeof value) {
    case "undefined":
      return { kind: { $case: "null_value", value: 1 } };
    case "string":
      return { kind: { $case: "string_value", value: luaBytes(value) } };
    case "number":
      return { kind: { $case: "number_value", value } };
    case "boolean":
      return { kind: { $case: "bool_value", value } };
  }
  if (value === null) return { kind: undefined };
  if (isLuaString(value)) return { kind: { $case: "string_value", value: luaBytes(value) } };
  if (Array.isArray(value) && value.length > 0) {
    return { kind: { $case: "list_value", value: { values: value.map(toValue) } } };
  }
  return { kind: { $case: "struct_value", value: toStruct(value as Table) } };
}
