// kong.service: where the request goes, and how.
import { badArgument, inPhases, integer, type PdkContext, text } from "./function.ts";

const MOST_MILLISECONDS = 2_147_483_646;

function setTarget({ exchange }: PdkContext, args: readonly unknown[]): void {
  const host = text(args[0], "the host");
  const port = integer(args[1], "the port", 0, 65535);
  Object.assign(exchange.upstream, { host, port, hostHeader: host });
}

function setUpstream({ exchange, node }: PdkContext, args: readonly unknown[]): true | undefined {
  const name = text(args[0], "the upstream's name");
  const target = Object.hasOwn(node.upstreams, name) ? node.upstreams[name] : undefined;
  if (!target) return undefined;
  Object.assign(exchange.upstream, { host: target.host, port: target.port });
  return true;
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
