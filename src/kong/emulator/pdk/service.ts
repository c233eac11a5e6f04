// kong.service: where the request goes, and how.
import { badArgument, inPhases, integer, type PdkContext, text } from "./function.ts";

const MOST_MILLISECONDS = 2_147_483_646;

function setTarget({ exchange }: PdkContext, args: readonly unknown[]): void {
  const host = text(args[0], "the host");
  const port = integer(args[1], "the port", 0, 65535);
  Object.assign(exchange.upstream, { host, port, hostHeader: host });
}

/** Which of its targets it will be is decided when the service is asked. */
function setUpstream({ exchange, node, plugin }: PdkContext, args: readonly unknown[]) {
  const name = text(args[0], "the upstream's name");
  if (node.balancers.has(name)) {
    exchange.upstream.host = name;
    return true;
  }
  // Kong gives the reason as a second value, which does not travel.
  const { requestId } = exchange;
  const message = `could not find an Upstream named '${name}'`;
  node.log({ level: "warn", plugin: plugin.name, requestId, message });
  return undefined;
}

function setTimeouts({ exchange }: PdkContext, args: readonly unknown[]): void {
  const [connect, write, read] = ["connect", "write", "read"].map((name, index) =>
    integer(args[index], `the ${name} timeout`, 1, MOST_MILLISECONDS)
  ) as [number, number, number];
  exchange.upstream.timeouts = { connect, write, read };
}

/** Functions of `kong.service`; `request` and `response` have files of their own. */
export const service = {
  ...inPhases(["access"], {
    "kong.service.set_upstream": setUpstream,
    "kong.service.set_retries": ({ exchange }, args) => {
      exchange.upstream.retries = integer(args[0], "retries", 0, 32767);
    },
    "kong.service.set_timeouts": setTimeouts,
  }),
  ...inPhases(["access", "preread"], { "kong.service.set_target": setTarget }),
  ...inPhases(["rewrite", "access", "preread"], {
    "kong.service.set_tls_verify": ({ exchange }, args) => {
      if (typeof args[0] !== "boolean") throw badArgument("the argument", "a boolean", args[0]);
      exchange.upstream.tlsVerify = args[0];
      return true;
    },
    "kong.service.set_tls_verify_depth": ({ exchange }, args) => {
      exchange.upstream.tlsVerifyDepth = integer(args[0], "the depth", 0, MOST_MILLISECONDS);
      return true;
    },
  }),
};
