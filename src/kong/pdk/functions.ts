// Kong's PDK as data: every function that can be called from outside of Kong, when, and with what.
import type { Join, PdkCallOptions } from "../engine/turn.ts";
import { type Phase, PHASES } from "../engine/phases.ts";
import { clearingJoins, settingJoins, settingSeveralJoins } from "./header_joins.ts";
import * as kong from "./kong_params.ts";
import { deprecated, deprecationProblem, inspected, logged } from "./messages.ts";
import * as is from "./params.ts";
import { isNil } from "./values.ts";

/** A function of the PDK. */
export interface PdkFunction {
  /** The first version of Kong that has it. */
  readonly since: string;
  /**
   * Phases in which Kong 3.9 carries it out. In the others it raises, which Kong never answers, so
   * there the call is refused. A call that merely does nothing in a phase is let through.
   */
  readonly phases: readonly Phase[];
  readonly params: readonly is.Param[];
  readonly options?: PdkCallOptions;
  /**
   * What Kong's context has of the request in log if the call works there, since Kong 2.3; without it
   * Kong raises. That is asked first.
   */
  readonly inLogIf?: "buffered_status" | "buffered_proxying";
  /** How calls of it go out as one with their like, unless the plugin says `cache: false`. */
  readonly join?: Join;
  /** Makes the arguments to send of those given. */
  convert?(args: readonly unknown[]): unknown[];
  /** What is wrong with arguments that are right one by one. */
  problem?(args: readonly unknown[], phase: Phase): string | undefined;
}

/**
 * How much of a request body Kong may read from a file for one call, in bytes: what goes into one
 * message of the default size (`DEFAULT_LIMITS.messageBytes`, 16 MiB) and leaves room around it.
 */
export const BODY_FILE_BYTES = 15 * 1024 * 1024;

const ANY: readonly Phase[] = PHASES;
/** Where nginx has variables: a TLS handshake has none, and log runs when the request is gone. */
const WITH_VARIABLES: readonly Phase[] = ["rewrite", "access", "response", "preread"];
const CERTIFICATE: readonly Phase[] = ["certificate"];
const REQUEST: readonly Phase[] = ["rewrite", "access"];
const HTTP: readonly Phase[] = ["rewrite", "access", "response"];
const HTTP_OR_LOG: readonly Phase[] = ["rewrite", "access", "response", "log"];
const ACCESS: readonly Phase[] = ["access"];
const IDENTIFIED: readonly Phase[] = ["access", "response", "log"];
const CONNECTING: readonly Phase[] = ["rewrite", "access", "preread"];
const IDENTIFIED_ONLINE: readonly Phase[] = ["access", "response"];
const RESPONSE: readonly Phase[] = ["response", "log"];
const EXIT: readonly Phase[] = ["rewrite", "access", "response", "preread"];
const LOG: readonly Phase[] = ["log"];

const NAME = is.text("name");
const HEADER = is.text("header");
const VALUE = is.headerValue("value");
const HEADERS = is.headerMap("headers");
const NO_HEADERS = is.optional(HEADERS);
const REFERENCE = is.text("reference");

// What to do where Kong raises although phase and arguments are right.
const REQUEST_BODY: PdkCallOptions = {
  bytes: true,
  unanswered: "If the body lies in a file, raise nginx_http_client_body_buffer_size in Kong, or " +
    "let Kong 3.8 and later read a larger file: kong.request.getRawBody(maxFileBytes).",
};
const BUFFERED: PdkCallOptions = {
  unanswered: "Call kong.service.request.enableBuffering() in access, or add a response handler.",
};
const ENCODED: PdkCallOptions = {
  unanswered: "Give a mimetype: the request's own may be one that Kong cannot encode.",
};
const FINAL: PdkCallOptions = { final: true };

function f(since: string, phases: readonly Phase[], ...params: is.Param[]): PdkFunction {
  return { since, phases, params };
}

function message(since: string, convert: PdkFunction["convert"] = logged): PdkFunction {
  return { since, phases: ANY, params: [], convert };
}

/** The functions, by the names that Kong knows them by. */
export const PDK_FUNCTIONS = {
  "kong.client.get_ip": f("0.14.0", WITH_VARIABLES),
  "kong.client.get_forwarded_ip": f("0.14.0", WITH_VARIABLES),
  "kong.client.get_port": f("0.14.0", WITH_VARIABLES),
  "kong.client.get_forwarded_port": f("0.14.0", WITH_VARIABLES),
  "kong.client.get_credential": f("0.15.0", IDENTIFIED),
  "kong.client.load_consumer": {
    ...f("1.4.0", IDENTIFIED, is.text("consumer_id"), is.optional(is.flag("search_by_username"))),
    problem: ([id, byUsername]) =>
      byUsername || kong.isUuid(id)
        ? undefined
        : "consumer_id must be a UUID where search_by_username is not true",
  },
  "kong.client.get_consumer": f("0.15.0", IDENTIFIED),
  "kong.client.authenticate": {
    ...f("0.15.0", ACCESS, is.optional(is.table("consumer")), is.optional(is.table("credential"))),
    problem: (args) => args.length === 0 ? "consumer and credential are missing" : undefined,
  },
  // It raises in log too, unless the route has just one protocol.
  "kong.client.get_protocol": f(
    "1.1.0",
    IDENTIFIED_ONLINE,
    is.optional(is.flag("allow_terminated")),
  ),

  "kong.client.tls.request_client_certificate": f("2.1.0", CERTIFICATE),
  "kong.client.tls.disable_session_reuse": f("2.1.0", CERTIFICATE),
  "kong.client.tls.get_full_client_certificate_chain": f("2.1.0", HTTP_OR_LOG),
  "kong.client.tls.set_client_verify": f("2.1.0", HTTP, kong.CLIENT_VERIFY),

  "kong.cluster.get_id": f("2.3.0", ANY),

  "kong.ctx.shared.get": f("2.1.0", ANY, is.text("k")),
  "kong.ctx.shared.set": f("2.1.0", ANY, is.text("k"), is.optional(is.anything("v"))),

  "kong.ip.is_trusted": f("0.14.0", ANY, is.text("address")),

  "kong.log": message("0.14.0"),
  "kong.log.emerg": message("0.14.0"),
  "kong.log.alert": message("0.14.0"),
  "kong.log.crit": message("0.14.0"),
  "kong.log.err": message("0.14.0"),
  "kong.log.warn": message("0.14.0"),
  "kong.log.notice": message("0.14.0"),
  "kong.log.info": message("0.14.0"),
  "kong.log.debug": message("0.14.0"),
  "kong.log.deprecation": { ...message("2.6.0", deprecated), problem: deprecationProblem },
  "kong.log.inspect": message("0.14.0", inspected),
  "kong.log.inspect.on": f("0.14.0", ANY),
  "kong.log.inspect.off": f("0.14.0", ANY),
  "kong.log.set_serialize_value": f(
    "2.3.0",
    HTTP_OR_LOG,
    is.text("key"),
    is.optional(is.anything("value")),
    kong.SERIALIZE_OPTIONS,
  ),
  "kong.log.serialize": { ...f("2.1.0", LOG), options: { document: true } },
  "kong.log.set_format": f("0.14.0", ANY, is.optional(is.text("fmt"))),

  "kong.nginx.get_subsystem": f("1.1.0", ANY),
  "kong.nginx.get_statistics": f("3.0.0", ANY),
  "kong.nginx.get_var": f("2.0.0", WITH_VARIABLES, is.text("v")),
  "kong.nginx.get_ctx": f("2.0.0", ANY, is.text("k")),
  "kong.nginx.set_ctx": f("2.1.0", ANY, is.text("k"), is.optional(is.anything("v"))),
  "kong.nginx.get_tls1_version_str": f("2.0.0", ANY),
  "kong.nginx.req_start_time": f("2.0.0", HTTP_OR_LOG),

  "kong.node.get_id": f("0.15.0", ANY),
  "kong.node.get_memory_stats": f("1.2.0", ANY, kong.MEMORY_UNIT, kong.MEMORY_SCALE),
  "kong.node.get_hostname": f("2.3.0", ANY),

  "kong.plugin.get_id": f("3.3.0", ANY),

  "kong.request.get_scheme": f("0.14.0", HTTP),
  "kong.request.get_host": f("0.14.0", HTTP),
  "kong.request.get_port": f("0.14.0", WITH_VARIABLES),
  "kong.request.get_forwarded_scheme": f("0.14.0", HTTP),
  "kong.request.get_forwarded_host": f("0.14.0", HTTP),
  "kong.request.get_forwarded_port": f("0.14.0", HTTP),
  "kong.request.get_forwarded_path": f("2.1.0", HTTP),
  "kong.request.get_forwarded_prefix": f("2.2.0", HTTP),
  "kong.request.get_http_version": f("0.14.0", HTTP),
  "kong.request.get_method": f("0.14.0", HTTP),
  "kong.request.get_path": f("0.14.0", HTTP),
  "kong.request.get_raw_path": f("3.0.0", HTTP),
  "kong.request.get_path_with_query": f("0.15.0", HTTP),
  "kong.request.get_raw_query": f("0.14.0", HTTP),
  "kong.request.get_query_arg": f("0.14.0", HTTP, NAME),
  "kong.request.get_query": f("0.14.0", HTTP, kong.MAX_ARGS),
  "kong.request.get_header": f("0.14.0", HTTP_OR_LOG, NAME),
  "kong.request.get_headers": f("0.14.0", HTTP_OR_LOG, kong.MAX_HEADERS),
  "kong.request.get_raw_body": {
    ...f("0.14.0", HTTP, kong.MAX_FILE_SIZE),
    options: REQUEST_BODY,
    convert: ([size]) => [size ?? BODY_FILE_BYTES],
  },
  "kong.request.get_body": {
    ...f("0.14.0", HTTP, kong.MIMETYPE, kong.MAX_ARGS, kong.MAX_FILE_SIZE),
    // Without a MIME type there is no way to send the other arguments.
    convert: ([type, ...rest]) =>
      isNil(type) ? [type, ...rest] : [type, rest[0], rest[1] ?? BODY_FILE_BYTES],
  },
  "kong.request.get_start_time": f("3.0.0", HTTP_OR_LOG),
  "kong.request.get_uri_captures": f("3.1.0", HTTP_OR_LOG),

  "kong.response.get_status": f("0.14.0", RESPONSE),
  "kong.response.get_header": f("0.14.0", RESPONSE, NAME),
  "kong.response.get_headers": f("0.14.0", RESPONSE, kong.MAX_HEADERS),
  "kong.response.get_source": f("0.14.0", RESPONSE),
  "kong.response.set_status": f("0.14.0", HTTP, kong.STATUS),
  "kong.response.set_header": {
    ...f("0.14.0", HTTP, NAME, VALUE),
    join: settingJoins("kong.response.set_headers"),
  },
  "kong.response.add_header": f("0.14.0", HTTP, NAME, VALUE),
  "kong.response.clear_header": {
    ...f("0.14.0", HTTP, NAME),
    join: clearingJoins("kong.response.set_headers"),
  },
  "kong.response.set_headers": {
    ...f("0.14.0", HTTP, HEADERS),
    join: settingSeveralJoins("kong.response.set_headers"),
  },
  "kong.response.exit": {
    ...f("0.14.0", EXIT, kong.STATUS, is.optional(is.content("body"), ""), NO_HEADERS),
    options: FINAL,
    problem: ([status], phase) =>
      phase !== "preread" || kong.STREAM_STATUSES.includes(status)
        ? undefined
        : `status must be one of ${kong.STREAM_STATUSES.join(", ")} in preread, not ${status}`,
  },
  "kong.response.error": {
    ...f("2.1.0", HTTP, kong.ERROR_STATUS, is.optional(is.content("message")), NO_HEADERS),
    options: FINAL,
  },

  "kong.router.get_route": f("0.15.0", IDENTIFIED),
  "kong.router.get_service": f("0.15.0", IDENTIFIED),

  "kong.service.set_upstream": f("0.14.0", ACCESS, is.text("host")),
  // It raises in rewrite too: there is nothing to balance yet.
  "kong.service.set_target": f(
    "0.14.0",
    ["access", "preread"],
    is.text("host"),
    kong.PORT,
  ),
  "kong.service.set_retries": f("3.8.0", ACCESS, kong.RETRIES),
  "kong.service.set_timeouts": f(
    "3.8.0",
    ACCESS,
    kong.timeout("connect_timeout"),
    kong.timeout("write_timeout"),
    kong.timeout("read_timeout"),
  ),
  "kong.service.set_tls_verify": f("2.1.0", CONNECTING, is.flag("on")),
  "kong.service.set_tls_verify_depth": f("2.1.0", CONNECTING, kong.VERIFY_DEPTH),

  "kong.service.request.enable_buffering": f("2.0.0", REQUEST),
  "kong.service.request.set_scheme": f("0.14.0", REQUEST, kong.SCHEME),
  "kong.service.request.set_path": f("0.14.0", REQUEST, kong.PATH),
  "kong.service.request.set_raw_query": f("0.14.0", REQUEST, is.text("query")),
  "kong.service.request.set_method": f("0.14.0", REQUEST, kong.METHOD),
  "kong.service.request.set_query": f("0.14.0", REQUEST, is.queryMap("args")),
  "kong.service.request.clear_query_arg": f("3.9.0", REQUEST, NAME),
  "kong.service.request.set_header": {
    ...f("0.14.0", REQUEST, HEADER, VALUE),
    join: settingJoins("kong.service.request.set_headers"),
  },
  "kong.service.request.add_header": f("0.14.0", REQUEST, HEADER, VALUE),
  "kong.service.request.clear_header": {
    ...f("0.14.0", REQUEST, HEADER),
    join: clearingJoins("kong.service.request.set_headers"),
  },
  "kong.service.request.set_headers": {
    ...f("0.14.0", REQUEST, HEADERS),
    join: settingSeveralJoins("kong.service.request.set_headers"),
  },
  "kong.service.request.set_raw_body": f("0.14.0", REQUEST, is.bytes("body")),
  "kong.service.request.set_body": {
    ...f("0.14.0", REQUEST, is.table("args"), kong.BODY_MIMETYPE),
    options: ENCODED,
  },
  "kong.service.request.disable_tls": f("2.0.0", ["preread"]),

  "kong.service.response.get_status": {
    ...f("0.14.0", RESPONSE),
    options: BUFFERED,
    inLogIf: "buffered_status",
  },
  "kong.service.response.get_header": {
    ...f("0.14.0", RESPONSE, NAME),
    options: BUFFERED,
    inLogIf: "buffered_status",
  },
  "kong.service.response.get_raw_body": {
    ...f("2.0.0", RESPONSE),
    options: { bytes: true, ...BUFFERED },
    inLogIf: "buffered_proxying",
  },
  "kong.service.response.get_body": {
    ...f("2.0.0", RESPONSE, kong.MIMETYPE, kong.MAX_ARGS),
    options: BUFFERED,
    // It looks at the response's Content-Type too.
    inLogIf: "buffered_status",
  },

  "kong.telemetry.log": f(
    "3.8.0",
    ANY,
    is.text("plugin_name"),
    is.table("plugin_config"),
    is.text("message_type"),
    is.optional(is.text("message"), ""),
    is.optional(is.table("attributes")),
  ),

  "kong.vault.flush": f("3.3.0", ANY),
  "kong.vault.is_reference": f("2.8.0", ANY, REFERENCE),
  "kong.vault.parse_reference": f("2.8.0", ANY, REFERENCE),
  "kong.vault.get": f("2.8.0", ANY, REFERENCE),
  "kong.vault.update": f("3.4.0", ANY, is.table("options")),
  "kong.vault.warmup": f("3.5.0", ANY, is.table("input")),
} satisfies Record<string, PdkFunction>;

/** The name of a function that can be called from outside of Kong. */
export type PdkMethod = keyof typeof PDK_FUNCTIONS;
