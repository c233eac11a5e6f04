// Results of PDK functions as messages of ProtoBuf:1, as Kong's client makes them.
import { encodeMessage } from "../../../../wire/protobuf/codec.ts";
import * as messages from "../../../protocol/protobuf/generated/messages.ts";
import { failed } from "../../pdk/function.ts";
import { isLuaString, luaBytes, toText } from "../../lua/bytes.ts";
import { luaJson } from "../../lua/json.ts";
import { entriesOf, isLuaTable, luaType } from "../../lua/values.ts";
import { structOfLua, valueOfLua } from "./lua_values.ts";

/**
 * Writes a function's result.
 *
 * @param result anything but nil
 * @throws {GibbonError} PDK_FAILED where Kong's encoder raises
 */
export type WriteResult = (result: unknown) => Uint8Array;

const NOTHING = new Uint8Array(0);

function expected(what: string, field: string, value: unknown): Error {
  return failed(
    `bad argument #2 to 'encode' (${what} expected for field '${field}', got ${luaType(value)})`,
  );
}

function bytesIn(value: unknown, field: string): Uint8Array {
  if (isLuaString(value)) return luaBytes(value);
  throw expected("string", field, value);
}

/** A text on the wire may be any bytes, which the message's own codec has no room for. */
function textMessage(value: unknown): Uint8Array {
  // The log record is a table, and Kong's encoder writes numbers as text.
  const text = isLuaTable(value) ? luaJson(value) : typeof value === "number" ? `${value}` : value;
  return encodeMessage(messages.ByteString, { v: bytesIn(text, "v") });
}

function numberIn(value: unknown, field: string): number {
  if (typeof value === "number") return value;
  throw expected("number", field, value);
}

type Fields = Readonly<Record<string, unknown>>;

/** An entity's own fields; what the message has no room for, or has another kind, stays behind. */
function fieldsOf(entity: unknown): Fields {
  if (!isLuaTable(entity)) throw expected("table", "entity", entity);
  return Object.fromEntries(entriesOf(entity));
}

/** A list of texts. Kong raises at cjson's null. */
function texts(value: unknown, field: string): string[] {
  if (value === undefined) return [];
  if (!isLuaTable(value)) throw expected("table", field, value);
  return entriesOf(value).map(([, item]) => item).filter(isLuaString).map(toText);
}

const optionalText = (value: unknown) => isLuaString(value) ? toText(value) : undefined;
const optionalNumber = (value: unknown) => typeof value === "number" ? value : undefined;
const optionalFlag = (value: unknown) => typeof value === "boolean" ? value : undefined;
const key = (value: unknown) => {
  const id = isLuaTable(value) ? optionalText((value as Fields).id) : undefined;
  return id === undefined ? undefined : { id };
};

function route(result: unknown): Uint8Array {
  const fields = fieldsOf(result);
  return encodeMessage(messages.Route, {
    id: optionalText(fields.id),
    created_at: optionalNumber(fields.created_at),
    updated_at: optionalNumber(fields.updated_at),
    name: optionalText(fields.name),
    protocols: texts(fields.protocols, "protocols"),
    methods: texts(fields.methods, "methods"),
    hosts: texts(fields.hosts, "hosts"),
    paths: texts(fields.paths, "paths"),
    https_redirect_status_code: optionalNumber(fields.https_redirect_status_code),
    regex_priority: optionalNumber(fields.regex_priority) || undefined,
    strip_path: optionalFlag(fields.strip_path),
    preserve_host: optionalFlag(fields.preserve_host),
    snis: texts(fields.snis, "snis"),
    sources: texts(fields.sources, "sources"),
    destinations: texts(fields.destinations, "destinations"),
    tags: texts(fields.tags, "tags"),
    service: key(fields.service),
  });
}

function service(result: unknown): Uint8Array {
  const fields = fieldsOf(result);
  return encodeMessage(messages.Service, {
    id: optionalText(fields.id),
    created_at: optionalNumber(fields.created_at),
    updated_at: optionalNumber(fields.updated_at),
    name: optionalText(fields.name),
    retries: optionalNumber(fields.retries) || undefined,
    protocol: optionalText(fields.protocol),
    host: optionalText(fields.host),
    port: optionalNumber(fields.port),
    path: optionalText(fields.path),
    connect_timeout: optionalNumber(fields.connect_timeout),
    write_timeout: optionalNumber(fields.write_timeout),
    read_timeout: optionalNumber(fields.read_timeout),
    tags: texts(fields.tags, "tags"),
    client_certificate: key(fields.client_certificate),
  });
}

/** `updated_at` has no place in the message. */
function consumer(result: unknown): Uint8Array {
  const fields = fieldsOf(result);
  return encodeMessage(messages.Consumer, {
    id: optionalText(fields.id),
    created_at: optionalNumber(fields.created_at),
    username: optionalText(fields.username),
    custom_id: optionalText(fields.custom_id),
    tags: texts(fields.tags, "tags"),
  });
}

/** Of a credential little gets through: its key, its consumer as an entity have no place. */
function credential(result: unknown): Uint8Array {
  const fields = fieldsOf(result);
  return encodeMessage(messages.AuthenticatedCredential, {
    id: optionalText(fields.id),
    consumer_id: optionalText(fields.consumer_id),
  });
}

function memoryStats(result: unknown): Uint8Array {
  const { lua_shared_dicts, workers_lua_vms } = fieldsOf(result);
  const dicts = isLuaTable(lua_shared_dicts) ? fieldsOf(lua_shared_dicts) : {};
  const dict = (value: unknown) => {
    if (!isLuaTable(value)) return undefined;
    const { allocated_slabs, capacity } = fieldsOf(value);
    const [slabs, most] = [optionalNumber(allocated_slabs), optionalNumber(capacity)];
    return { allocated_slabs: slabs, capacity: most };
  };
  const workers = isLuaTable(workers_lua_vms) ? entriesOf(workers_lua_vms) : [];
  return encodeMessage(messages.MemoryStats, {
    lua_shared_dicts: { kong: dict(dicts.kong), kong_db_cache: dict(dicts.kong_db_cache) },
    workers_lua_vms: workers.map(([, worker]) => {
      const { http_allocated_gc, pid } = fieldsOf(worker);
      return { http_allocated_gc: optionalNumber(http_allocated_gc), pid: optionalNumber(pid) };
    }),
  });
}

/** Kong leaves out the whole match, which is the group 0. */
function captures(result: unknown): Uint8Array {
  const { unnamed, named } = fieldsOf(result);
  const groups = isLuaTable(unnamed) ? entriesOf(unnamed) : [];
  const names = isLuaTable(named) ? entriesOf(named) : [];
  return encodeMessage(messages.UriCapturesResult, {
    unnamed: groups.filter(([number]) => Number(number) > 0).map(([, group]) =>
      bytesIn(group, "unnamed")
    ),
    named: names.map(([name, value]) => ({ key: String(name), value: bytesIn(value, "value") })),
  });
}

/** By the name of the message. */
export const RESULTS: Readonly<Record<string, WriteResult>> = {
  Empty: () => NOTHING,
  String: textMessage,
  Int: (v) => encodeMessage(messages.Int, { v: numberIn(v, "v") }),
  Number: (v) => encodeMessage(messages.Number, { v: numberIn(v, "v") }),
  Bool: (v) => encodeMessage(messages.Bool, { v: v === true }),
  ByteString: (v) => encodeMessage(messages.ByteString, { v: bytesIn(v, "v") }),
  Value: (value) => encodeMessage(messages.Value, valueOfLua(value)),
  Struct: (table) => {
    if (!isLuaTable(table)) throw expected("table", "fields", table);
    return encodeMessage(messages.Struct, structOfLua(table));
  },
  RawBodyResult: (body) => {
    const content = { $case: "content" as const, value: bytesIn(body, "content") };
    return encodeMessage(messages.RawBodyResult, { kind: content });
  },
  UriCapturesResult: captures,
  Route: route,
  Service: service,
  Consumer: consumer,
  AuthenticatedCredential: credential,
  MemoryStats: memoryStats,
};

/** What stands for nil: a value says so itself, anything else is an empty frame. */
export function nilResult(message: string): Uint8Array {
  return message === "Value" ? encodeMessage(messages.Value, valueOfLua(undefined)) : NOTHING;
}
