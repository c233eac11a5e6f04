// Calls of PDK functions as plugins make them, and what Kong has to be asked and to answer.
import type { PdkMethod } from "../../../src/kong/pdk/functions.ts";
import type { Kong } from "../../../src/kong/pdk/kong.ts";

/** What a plugin calls, and what becomes of it. */
export interface PdkCase {
  readonly of: PdkMethod;
  readonly call: (kong: Kong) => unknown;
  /** The function's first result in Lua. */
  readonly lua?: unknown;
  /** What the plugin gets; undefined if nothing is said. */
  readonly result?: unknown;
  /** What Kong is asked over ProtoBuf:1, and answers, where that is another call. */
  readonly protobuf?: { method?: string; args?: unknown[]; lua?: unknown };
  readonly title?: string;
}

const ID = "5f6d1c9a-5e0d-4a4e-8a57-0d6f6a1b2c3d";
const CONSUMER = { id: ID, created_at: 1700000000, username: "alice", tags: ["gold"] };
const SERVICE = {
  id: ID,
  created_at: 1700000000,
  updated_at: 1700000001,
  name: "s1",
  retries: 0,
  protocol: "http",
  host: "h",
  port: 80,
  path: "/base",
  connect_timeout: 60000,
  write_timeout: 60000,
  read_timeout: 60000,
  tags: ["t1"],
  client_certificate: { id: ID },
};
const ROUTE = {
  id: ID,
  created_at: 1700000000,
  updated_at: 1700000001,
  name: "r1",
  protocols: ["http", "https"],
  methods: ["GET"],
  hosts: ["example.test"],
  paths: ["/", "~/re/(?<id>\\d+)$"],
  https_redirect_status_code: 426,
  regex_priority: 0,
  strip_path: true,
  preserve_host: false,
  tags: ["t1", "t2"],
  service: { id: ID },
};
const STATS = {
  lua_shared_dicts: {
    kong: { allocated_slabs: 40960, capacity: 5242880 },
    kong_db_cache: { allocated_slabs: 0, capacity: 12582912 },
  },
  workers_lua_vms: [{ http_allocated_gc: 12641792, pid: 4242 }, { pid: 4243 }],
};
const HEADERS = { "x-one": "1", "x-rep": ["a", "b"], "x-flag": true, "x-empty": "" };
const HEADER_LISTS = { "x-one": ["1"], "x-rep": ["a", "b"], "x-flag": [], "x-empty": [""] };
const QUERY = { a: ["1", "2"], flag: true, n: "5", empty: "", mix: ["1", true], è: "ø" };
const QUERY_LISTS = {
  a: ["1", "2"],
  flag: [true],
  n: ["5"],
  empty: [""],
  mix: ["1", true],
  è: ["ø"],
};
const SET_HEADERS = { a: "1", b: ["1", "2"], c: 3, d: undefined, e: true, f: false };
const HEADERS_SENT = { a: "1", b: ["1", "2"], c: 3, e: "true", f: "false" };
const NESTED = { a: 1, b: ["x", { y: true }], e: {}, big: 2 ** 40, half: 0.5, minus: -7 };

const text = (of: PdkMethod, call: PdkCase["call"], lua: string): PdkCase => ({
  of,
  call,
  lua,
  result: lua,
});

/** Calls of every function that ProtoBuf:1 carries. */
export const PDK_CASES: readonly PdkCase[] = [
  text("kong.client.get_ip", (k) => k.client.getIp(), "127.0.0.1"),
  text("kong.client.get_forwarded_ip", (k) => k.client.getForwardedIp(), "10.0.0.1"),
  { of: "kong.client.get_port", call: (k) => k.client.getPort(), lua: 40000, result: 40000 },
  {
    of: "kong.client.get_forwarded_port",
    call: (k) => k.client.getForwardedPort(),
    lua: 0,
    result: 0,
  },
  {
    of: "kong.client.get_credential",
    call: (k) => k.client.getCredential(),
    lua: { id: ID, consumer_id: "c" },
    result: { id: ID, consumer_id: "c" },
  },
  { of: "kong.client.get_credential", call: (k) => k.client.getCredential(), title: "nil" },
  {
    of: "kong.client.load_consumer",
    call: (k) => k.client.loadConsumer(ID),
    lua: CONSUMER,
    result: CONSUMER,
  },
  {
    of: "kong.client.load_consumer",
    call: (k) => k.client.loadConsumer("alice", true),
    title: "by username, nil",
  },
  {
    of: "kong.client.get_consumer",
    call: (k) => k.client.getConsumer(),
    lua: CONSUMER,
    result: CONSUMER,
  },
  {
    of: "kong.client.authenticate",
    call: (k) => k.client.authenticate(CONSUMER, { id: "k", consumer_id: ID }),
  },
  {
    of: "kong.client.authenticate",
    call: (k) => k.client.authenticate({ id: ID, username: "alice", custom_id: null }),
    title: "without a credential",
  },
  {
    of: "kong.client.authenticate",
    call: (k) => k.client.authenticate({ id: ID }, { id: "k", key: "x", consumer: { id: ID } }),
    protobuf: { args: [{ id: ID }, { id: "k", consumer_id: ID }] },
    title: "with fields that the messages do not have",
  },
  text("kong.client.get_protocol", (k) => k.client.getProtocol(), "https"),
  text("kong.client.get_protocol", (k) => k.client.getProtocol(true), "http"),
  { of: "kong.client.get_protocol", call: (k) => k.client.getProtocol(), title: "nil" },

  { of: "kong.ctx.shared.get", call: (k) => k.ctx.shared.get("k"), title: "nil" },
  ...["", "žluť 🦍", 0, -1.5, 2 ** 53, true, false, null, [], ["a", null, 1], NESTED].map(
    (lua): PdkCase => {
      const result = lua === NESTED ? { ...NESTED, e: [] } : lua;
      return { of: "kong.ctx.shared.get", call: (k) => k.ctx.shared.get("k"), lua, result };
    },
  ),
  {
    of: "kong.ctx.shared.get",
    call: (k) => k.ctx.shared.get("k"),
    lua: {},
    result: [],
    title: "an empty table",
  },
  ...["", "ž🦍", 0, -1.5, 2 ** 40, 12n, true, undefined, [], ["a", { b: 1 }], NESTED].map(
    (value): PdkCase => ({
      of: "kong.ctx.shared.set",
      call: (k) => k.ctx.shared.set("k", value),
      ...(typeof value === "bigint" ? { protobuf: { args: ["k", 12] } } : {}),
    }),
  ),
  {
    of: "kong.ctx.shared.set",
    call: (k) => k.ctx.shared.set("k", { a: null, b: undefined, c: new TextEncoder().encode("x") }),
    title: "nil entries and bytes",
  },
  {
    of: "kong.ip.is_trusted",
    call: (k) => k.ip.isTrusted("10.0.0.1"),
    lua: false,
    result: false,
  },
  { of: "kong.ip.is_trusted", call: (k) => k.ip.isTrusted("::1"), lua: true, result: true },

  ...(["alert", "crit", "err", "warn", "notice", "info", "debug"] as const).map((
    level,
  ): PdkCase => ({
    of: `kong.log.${level}`,
    call: (k) => k.log[level]("a", 1, true, null, { b: [1] }, 0.5, undefined, ""),
  })),
  {
    of: "kong.log.warn",
    call: (k) => k.log.warn("a", false, "b"),
    protobuf: { args: ["a", "false", "b"] },
    title: "false",
  },
  { of: "kong.log.err", call: (k) => k.log.err(), title: "nothing" },
  { of: "kong.log", call: (k) => k.log("a"), protobuf: { method: "kong.log.notice" } },
  { of: "kong.log.emerg", call: (k) => k.log.emerg("a"), protobuf: { method: "kong.log.alert" } },
  {
    of: "kong.log.deprecation",
    call: (k) => k.log.deprecation("old", { after: "2.5", removal: "3.0", trace: true }),
    protobuf: {
      method: "kong.log.warn",
      args: ["old", " (deprecated after 2.5)", " (scheduled for removal in 3.0)"],
    },
  },
  {
    of: "kong.log.deprecation",
    call: (k) => k.log.deprecation("old ", "thing"),
    protobuf: { method: "kong.log.warn" },
    title: "without options",
  },
  {
    of: "kong.log.inspect",
    call: (k) => k.log.inspect("a", { b: [1] }),
    protobuf: { method: "kong.log.debug", args: ["'a' { b: [ 1 ] }"] },
  },
  {
    of: "kong.log.set_serialize_value",
    call: (k) => k.log.setSerializeValue("a.b", { c: 1 }),
  },
  {
    of: "kong.log.set_serialize_value",
    call: (k) => k.log.setSerializeValue("a.b", undefined),
    title: "nil",
  },
  {
    of: "kong.log.set_serialize_value",
    call: (k) => k.log.setSerializeValue("a.b", 1, { mode: "set" }),
    protobuf: { args: ["a.b", 1] },
    title: "with the default mode",
  },
  {
    of: "kong.log.serialize",
    call: (k) => k.log.serialize(),
    lua: '{"client_ip":"127.0.0.1","tries":[]}',
    result: { client_ip: "127.0.0.1", tries: [] },
  },

  text("kong.nginx.get_subsystem", (k) => k.nginx.getSubsystem(), "http"),
  text("kong.nginx.get_var", (k) => k.nginx.getVar("request_id"), "abc"),
  { of: "kong.nginx.get_var", call: (k) => k.nginx.getVar("nothing"), title: "nil" },
  { of: "kong.nginx.get_ctx", call: (k) => k.nginx.getCtx("k"), lua: NESTED.b, result: NESTED.b },
  { of: "kong.nginx.set_ctx", call: (k) => k.nginx.setCtx("k", NESTED) },
  text("kong.nginx.get_tls1_version_str", (k) => k.nginx.getTls1VersionStr(), "TLSv1.3"),
  {
    of: "kong.nginx.req_start_time",
    call: (k) => k.nginx.reqStartTime(),
    lua: 1795217917.663,
    result: 1795217917.663,
  },

  text("kong.node.get_id", (k) => k.node.getId(), ID),
  {
    of: "kong.node.get_memory_stats",
    call: (k) => k.node.getMemoryStats(),
    lua: STATS,
    result: STATS,
  },
  {
    of: "kong.node.get_memory_stats",
    call: (k) => k.node.getMemoryStats("B"),
    lua: STATS,
    result: STATS,
    protobuf: { args: [] },
    title: "in bytes",
  },

  text("kong.request.get_scheme", (k) => k.request.getScheme(), "https"),
  text("kong.request.get_host", (k) => k.request.getHost(), "example.test"),
  { of: "kong.request.get_port", call: (k) => k.request.getPort(), lua: 8000, result: 8000 },
  text("kong.request.get_forwarded_scheme", (k) => k.request.getForwardedScheme(), "https"),
  text("kong.request.get_forwarded_host", (k) => k.request.getForwardedHost(), "front"),
  {
    of: "kong.request.get_forwarded_port",
    call: (k) => k.request.getForwardedPort(),
    lua: 443,
    result: 443,
  },
  {
    of: "kong.request.get_http_version",
    call: (k) => k.request.getHttpVersion(),
    lua: 1.1,
    result: 1.1,
  },
  { of: "kong.request.get_http_version", call: (k) => k.request.getHttpVersion(), title: "nil" },
  text("kong.request.get_method", (k) => k.request.getMethod(), "GET"),
  text("kong.request.get_path", (k) => k.request.getPath(), "/a b"),
  {
    ...text("kong.request.get_raw_path", (k) => k.request.getRawPath(), "/a%20b"),
    protobuf: { method: "kong.request.get_path_with_query", lua: "/a%20b?c=?d" },
  },
  text("kong.request.get_path_with_query", (k) => k.request.getPathWithQuery(), "/a?b=c"),
  text("kong.request.get_raw_query", (k) => k.request.getRawQuery(), "a=1&flag"),
  text("kong.request.get_raw_query", (k) => k.request.getRawQuery(), ""),
  ...([["a", "1"], ["flag", true], ["empty", ""], ["none", undefined]] as const).map(
    ([name, lua]): PdkCase => ({
      of: "kong.request.get_query_arg",
      call: (k) => k.request.getQueryArg(name),
      lua,
      result: lua,
      protobuf: { method: "kong.request.get_query", args: [100], lua: QUERY },
    }),
  ),
  {
    of: "kong.request.get_query",
    call: (k) => k.request.getQuery(),
    lua: QUERY,
    result: QUERY_LISTS,
    protobuf: { args: [100] },
  },
  {
    of: "kong.request.get_query",
    call: (k) => k.request.getQuery(7),
    lua: {},
    result: {},
    title: "none",
  },
  text("kong.request.get_header", (k) => k.request.getHeader("x-one"), "1"),
  { of: "kong.request.get_header", call: (k) => k.request.getHeader("x"), title: "nil" },
  {
    of: "kong.request.get_headers",
    call: (k) => k.request.getHeaders(),
    lua: HEADERS,
    result: HEADER_LISTS,
    protobuf: { args: [100] },
  },
  {
    of: "kong.request.get_headers",
    call: (k) => k.request.getHeaders(1000),
    lua: {},
    result: {},
    title: "none",
  },
  {
    of: "kong.request.get_headers",
    call: (k) => k.request.getHeaders(10),
    lua: JSON.parse('{"__proto__":"x"}'),
    result: { __proto_: ["x"] },
    title: "with a name that is no name",
  },
  {
    of: "kong.request.get_raw_body",
    call: (k) => k.request.getRawBody(),
    lua: "hello",
    result: new TextEncoder().encode("hello"),
    protobuf: { args: [] },
  },
  {
    of: "kong.request.get_raw_body",
    call: (k) => k.request.getRawBodyText(20),
    lua: "",
    result: "",
    protobuf: { args: [] },
    title: "an empty text",
  },
  {
    of: "kong.request.get_uri_captures",
    call: (k) => k.request.getUriCaptures(),
    lua: { unnamed: ["7", "x"], named: { id: "7", rest: "x" } },
    result: { unnamed: ["", "7", "x"], named: { id: "7", rest: "x" } },
  },
  {
    of: "kong.request.get_uri_captures",
    call: (k) => k.request.getUriCaptures(),
    lua: { unnamed: [], named: {} },
    result: { unnamed: [], named: {} },
    title: "none",
  },

  {
    of: "kong.response.get_status",
    call: (k) => k.response.getStatus(),
    lua: 200,
    result: 200,
  },
  text("kong.response.get_header", (k) => k.response.getHeader("x-one"), "1"),
  {
    of: "kong.response.get_headers",
    call: (k) => k.response.getHeaders(),
    lua: HEADERS,
    result: HEADER_LISTS,
    protobuf: { args: [100] },
  },
  text("kong.response.get_source", (k) => k.response.getSource(), "service"),
  { of: "kong.response.set_status", call: (k) => k.response.setStatus(201) },
  { of: "kong.response.set_header", call: (k) => k.response.setHeader("a", "ž") },
  { of: "kong.response.set_header", call: (k) => k.response.setHeader("a", ["1", "2"]) },
  { of: "kong.response.set_header", call: (k) => k.response.setHeader("a", 1.5) },
  {
    of: "kong.response.set_header",
    call: (k) => k.response.setHeader("a", false),
    protobuf: { args: ["a", "false"] },
    title: "false",
  },
  { of: "kong.response.add_header", call: (k) => k.response.addHeader("a", "") },
  { of: "kong.response.clear_header", call: (k) => k.response.clearHeader("a") },
  {
    of: "kong.response.set_headers",
    call: (k) => k.response.setHeaders(SET_HEADERS),
    protobuf: { args: [HEADERS_SENT] },
  },
  {
    of: "kong.response.exit",
    call: (k) => k.response.exit(403, "no way", { "x-why": "because" }),
  },
  {
    of: "kong.response.exit",
    call: (k) => k.response.exit(204),
    protobuf: { args: [204, ""] },
    title: "without a body",
  },
  {
    of: "kong.response.exit",
    call: (k) => k.response.exit(403, undefined, { "x-list": ["a", "b"] }),
    protobuf: { args: [403, "", { "x-list": ["a", "b"], "Content-Type": [] }] },
    title: "with headers only",
  },
  {
    of: "kong.response.exit",
    call: (k) => k.response.exit(404),
    protobuf: { args: [404, "", { "Content-Type": [] }] },
    title: "without a body, where another's type would be wrong",
  },
  {
    of: "kong.response.exit",
    call: (k) => k.response.exit(404, undefined, { "content-type": "text/x" }),
    protobuf: { args: [404, "", { "content-type": "text/x" }] },
    title: "without a body, with a type",
  },
  {
    of: "kong.response.exit",
    call: (k) => k.response.exit(304),
    protobuf: { args: [304, ""] },
    title: "without a body, for what the client has",
  },
  {
    of: "kong.response.exit",
    call: (k) => k.response.exit(401, { message: "ž", n: null, l: [], d: [1, { e: {} }] }),
    protobuf: {
      args: [401, '{"message":"ž","l":{},"d":[1,{"e":{}}]}', {
        "Content-Type": "application/json; charset=utf-8",
      }],
    },
    title: "with a table",
  },
  {
    of: "kong.response.exit",
    call: (k) => k.response.exit(401, { a: 1 }, { "content-type": "application/problem+json" }),
    protobuf: { args: [401, '{"a":1}', { "content-type": "application/problem+json" }] },
    title: "with a table and its type",
  },
  {
    of: "kong.response.error",
    call: (k) => k.response.error(404, undefined, undefined),
    protobuf: {
      method: "kong.response.exit",
      args: [404, '{"message":"Not found"}', {
        "Content-Type": "application/json; charset=utf-8",
      }],
    },
  },
  {
    of: "kong.response.error",
    call: (k) => k.response.error(429, "slow down", { "Retry-After": 5, "Content-Type": "text/x" }),
    protobuf: {
      method: "kong.response.exit",
      args: [429, '{"message":"slow down"}', {
        "Retry-After": 5,
        "Content-Type": "application/json; charset=utf-8",
      }],
    },
    title: "with a message and headers",
  },

  {
    of: "kong.router.get_route",
    call: (k) => k.router.getRoute(),
    lua: ROUTE,
    result: ROUTE,
  },
  { of: "kong.router.get_route", call: (k) => k.router.getRoute(), title: "nil" },
  {
    of: "kong.router.get_service",
    call: (k) => k.router.getService(),
    lua: SERVICE,
    result: SERVICE,
  },
  { of: "kong.router.get_service", call: (k) => k.router.getService(), title: "nil" },

  {
    of: "kong.service.set_upstream",
    call: (k) => k.service.setUpstream("blue"),
    lua: true,
    result: true,
  },
  { of: "kong.service.set_upstream", call: (k) => k.service.setUpstream("none"), title: "nil" },
  { of: "kong.service.set_target", call: (k) => k.service.setTarget("h", 81) },
  { of: "kong.service.request.set_scheme", call: (k) => k.service.request.setScheme("https") },
  { of: "kong.service.request.set_path", call: (k) => k.service.request.setPath("/a b") },
  { of: "kong.service.request.set_raw_query", call: (k) => k.service.request.setRawQuery("a=1") },
  { of: "kong.service.request.set_raw_query", call: (k) => k.service.request.setRawQuery("") },
  { of: "kong.service.request.set_method", call: (k) => k.service.request.setMethod("PATCH") },
  {
    of: "kong.service.request.set_query",
    call: (k) => k.service.request.setQuery({ a: ["1", true, false], b: 2, c: false, d: true }),
    protobuf: { args: [{ a: ["1", true], b: 2, d: true }] },
  },
  { of: "kong.service.request.set_header", call: (k) => k.service.request.setHeader("a", "1") },
  { of: "kong.service.request.add_header", call: (k) => k.service.request.addHeader("a", ["1"]) },
  { of: "kong.service.request.clear_header", call: (k) => k.service.request.clearHeader("a") },
  {
    of: "kong.service.request.set_headers",
    call: (k) => k.service.request.setHeaders(SET_HEADERS),
    protobuf: { args: [HEADERS_SENT] },
  },
  { of: "kong.service.request.set_raw_body", call: (k) => k.service.request.setRawBody("ž") },
  {
    of: "kong.service.request.set_raw_body",
    call: (k) => k.service.request.setRawBody(new TextEncoder().encode("bytes")),
  },
  {
    of: "kong.service.response.get_status",
    call: (k) => k.service.response.getStatus(),
    lua: 502,
    result: 502,
  },
  {
    of: "kong.service.response.get_status",
    call: (k) => k.service.response.getStatus(),
    title: "nil",
  },
  text("kong.service.response.get_header", (k) => k.service.response.getHeader("a"), "1"),
  text("kong.service.response.get_raw_body", (k) => k.service.response.getRawBodyText(), "body"),
  text("kong.service.response.get_raw_body", (k) => k.service.response.getRawBodyText(), ""),
];
