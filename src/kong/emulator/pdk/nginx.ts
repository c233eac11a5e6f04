// kong.nginx: variables, the request's context, and numbers. Of connections only requests count.
import type { Exchange } from "../exchange.ts";
import { ANY, inPhases, REQUEST_AND_LOG, text, WITH_VARIABLES } from "./function.ts";
import { nginxVariable } from "./nginx_variables.ts";

/** What Kong itself keeps in the request's context, as far as it can be told from an exchange. */
function kongContext({ buffered, serviceResponse }: Exchange, key: string): unknown {
  if (key === "buffered_proxying") return buffered || undefined;
  return key === "buffered_status" && buffered ? serviceResponse?.status : undefined;
}

/** Functions of `kong.nginx`. */
export const nginx = {
  ...inPhases(WITH_VARIABLES, {
    "kong.nginx.get_var": ({ exchange }, args) =>
      nginxVariable(exchange, text(args[0], "the variable's name")),
  }),
  ...inPhases(ANY, {
    "kong.nginx.get_ctx": ({ exchange }, args) => {
      const key = text(args[0], "the key");
      return exchange.nginxCtx.get(key) ?? kongContext(exchange, key);
    },
    "kong.nginx.set_ctx": ({ exchange, phase }, args) => {
      const key = text(args[0], "the key");
      // The log phase works on a copy of the request's context.
      if (phase !== "log") exchange.nginxCtx.set(key, args[1]);
    },
    "kong.nginx.get_tls1_version_str": ({ exchange, phase }) =>
      phase === "log" ? undefined : exchange.original.tls?.version,
    "kong.nginx.get_subsystem": ({ phase }) => phase === "preread" ? "stream" : "http",
    "kong.nginx.get_statistics": ({ node }) => ({
      connections_active: 1,
      connections_reading: 0,
      connections_writing: 1,
      connections_waiting: 0,
      connections_accepted: node.requests,
      connections_handled: node.requests,
      total_requests: node.requests,
    }),
  }),
  ...inPhases(REQUEST_AND_LOG, {
    "kong.nginx.req_start_time": ({ exchange }) => exchange.startedAt / 1000,
  }),
};
