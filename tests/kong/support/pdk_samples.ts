// One call of every PDK function: what a plugin passes, and what goes out where that is not the same.

/** A call of a function. */
export interface Sample {
  /** A phase in which it works; access if left out. */
  readonly phase?: "certificate" | "rewrite" | "response" | "preread" | "log";
  readonly args: readonly unknown[];
  readonly sent?: readonly unknown[];
}

const UUID = "5f6d1c9a-5e0d-4a4e-8a57-0d6f6a1b2c3d";
const REFERENCE = "{vault://env/key}";
const NONE: Sample = { args: [] };
const CERTIFICATE: Sample = { phase: "certificate", args: [] };
const RESPONSE: Sample = { phase: "response", args: [] };
const BODY = new Uint8Array([0xff, 0x00]);
const FILE = 15 * 1024 * 1024;

const LOGGED: Sample = { args: ["a", 1, true, { b: 2 }], sent: ["a", 1, true, '{"b":2}'] };

function given(...args: unknown[]): Sample {
  return { args };
}

/** Samples by Kong's name of the function. */
export const SAMPLES: Readonly<Record<string, Sample>> = {
  "kong.client.get_ip": NONE,
  "kong.client.get_forwarded_ip": NONE,
  "kong.client.get_port": NONE,
  "kong.client.get_forwarded_port": NONE,
  "kong.client.get_credential": NONE,
  "kong.client.load_consumer": given(UUID, false),
  "kong.client.get_consumer": NONE,
  "kong.client.authenticate": given({ id: "c2" }, { id: "k2" }),
  "kong.client.get_protocol": given(true),
  "kong.client.tls.request_client_certificate": CERTIFICATE,
  "kong.client.tls.disable_session_reuse": CERTIFICATE,
  "kong.client.tls.get_full_client_certificate_chain": NONE,
  "kong.client.tls.set_client_verify": given("FAILED:unknown CA"),
  "kong.cluster.get_id": NONE,
  "kong.ctx.shared.get": given("k"),
  "kong.ctx.shared.set": given("k", { deep: [1, "two", true] }),
  "kong.ip.is_trusted": given("10.0.0.1"),
  "kong.log": LOGGED,
  "kong.log.emerg": LOGGED,
  "kong.log.alert": LOGGED,
  "kong.log.crit": LOGGED,
  "kong.log.err": LOGGED,
  "kong.log.warn": LOGGED,
  "kong.log.notice": LOGGED,
  "kong.log.info": LOGGED,
  "kong.log.debug": LOGGED,
  "kong.log.deprecation": given("old", { after: "3.0.0" }),
  "kong.log.inspect": given("a", { b: [2] }),
  "kong.log.inspect.on": NONE,
  "kong.log.inspect.off": NONE,
  "kong.log.set_serialize_value": given("my.field", 1, { mode: "add" }),
  "kong.log.serialize": { phase: "log", args: [] },
  "kong.log.set_format": given("%message"),
  // A phase of both subsystems: elsewhere gibbon knows.
  "kong.nginx.get_subsystem": { phase: "log", args: [] },
  "kong.nginx.get_statistics": NONE,
  "kong.nginx.get_var": given("request_id"),
  "kong.nginx.get_ctx": given("k"),
  "kong.nginx.set_ctx": given("k", 1.5),
  "kong.nginx.get_tls1_version_str": NONE,
  "kong.nginx.req_start_time": NONE,
  "kong.node.get_id": NONE,
  "kong.node.get_memory_stats": given("k", 1),
  "kong.node.get_hostname": NONE,
  "kong.plugin.get_id": NONE,
  "kong.request.get_scheme": NONE,
  "kong.request.get_host": NONE,
  "kong.request.get_port": NONE,
  "kong.request.get_forwarded_scheme": NONE,
  "kong.request.get_forwarded_host": NONE,
  "kong.request.get_forwarded_port": NONE,
  "kong.request.get_forwarded_path": NONE,
  "kong.request.get_forwarded_prefix": NONE,
  "kong.request.get_http_version": NONE,
  "kong.request.get_method": NONE,
  "kong.request.get_path": NONE,
  "kong.request.get_raw_path": NONE,
  "kong.request.get_path_with_query": NONE,
  "kong.request.get_raw_query": NONE,
  "kong.request.get_query_arg": given("a"),
  "kong.request.get_query": given(10),
  "kong.request.get_header": given("host"),
  "kong.request.get_headers": given(20),
  "kong.request.get_raw_body": { args: [], sent: [FILE] },
  "kong.request.get_body": {
    args: ["application/json"],
    sent: ["application/json", 100, FILE],
  },
  "kong.request.get_start_time": NONE,
  "kong.request.get_uri_captures": NONE,
  "kong.response.get_status": RESPONSE,
  "kong.response.get_header": { phase: "response", args: ["x-a"] },
  "kong.response.get_headers": { phase: "response", args: [1000] },
  "kong.response.get_source": RESPONSE,
  "kong.response.set_status": given(204),
  "kong.response.set_header": given("x-a", ["1", "2"]),
  "kong.response.add_header": given("x-a", 3),
  "kong.response.clear_header": given("x-a"),
  "kong.response.set_headers": given({ "x-a": "1", "x-b": true, "x-c": ["2", "3"] }),
  "kong.response.exit": given(403, { message: "no" }, { "x-why": "because" }),
  "kong.response.error": given(500, "broken", { "x-why": "because" }),
  "kong.router.get_route": NONE,
  "kong.router.get_service": NONE,
  "kong.service.set_upstream": given("upstream.test"),
  "kong.service.set_target": given("10.0.0.1", 8080),
  "kong.service.set_retries": given(3),
  "kong.service.set_timeouts": given(1000, 2000, 3000),
  "kong.service.set_tls_verify": given(false),
  "kong.service.set_tls_verify_depth": given(2),
  "kong.service.request.enable_buffering": NONE,
  "kong.service.request.set_scheme": given("https"),
  "kong.service.request.set_path": given("/v2"),
  "kong.service.request.set_raw_query": given("a=1"),
  "kong.service.request.set_method": given("PATCH"),
  "kong.service.request.set_query": given({ a: "1", flag: true, many: ["x", true, 2] }),
  "kong.service.request.clear_query_arg": given("a"),
  "kong.service.request.set_header": given("x-a", "1"),
  "kong.service.request.add_header": given("x-a", "2"),
  "kong.service.request.clear_header": given("x-a"),
  "kong.service.request.set_headers": given({ "x-a": ["1"] }),
  "kong.service.request.set_raw_body": given(BODY),
  "kong.service.request.set_body": given({ a: [1] }, "application/json; charset=utf-8"),
  "kong.service.request.disable_tls": { phase: "preread", args: [] },
  "kong.service.response.get_status": RESPONSE,
  "kong.service.response.get_header": { phase: "response", args: ["x-a"] },
  "kong.service.response.get_raw_body": RESPONSE,
  "kong.service.response.get_body": { phase: "response", args: ["application/json"] },
  "kong.telemetry.log": given("my-plugin", {}, "result", "done", { "node.id": 1 }),
  "kong.vault.flush": NONE,
  "kong.vault.is_reference": given(REFERENCE),
  "kong.vault.parse_reference": given(REFERENCE),
  "kong.vault.get": given(REFERENCE),
  "kong.vault.update": given({ key: "old", $refs: { key: REFERENCE } }),
  "kong.vault.warmup": given({ key: REFERENCE }),
};
