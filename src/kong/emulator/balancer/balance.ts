// Where a request goes whose host is the name of an upstream: to one of its targets.
import type { Exchange } from "../exchange.ts";
import { kongError } from "../route_request.ts";

/**
 * Sends an exchange on to a target, if its host is the name of an upstream. If that has no target, the
 * response says so.
 *
 * @returns whether the service can be asked
 */
export function balance(exchange: Exchange): boolean {
  const { upstream, node } = exchange;
  const balancer = node.balancers.get(upstream.host);
  if (!balancer) return true;
  const target = balancer.next();
  if (!target) {
    kongError(exchange, 503, "failure to get a peer from the ring-balancer");
    return false;
  }
  upstream.host = target.host;
  upstream.port = target.port;
  if (balancer.hostHeader !== undefined && upstream.hostHeader === undefined) {
    const own = upstream.scheme === "https" ? 443 : 80;
    const hasPort = /:\d+$/.test(balancer.hostHeader) || target.port === own;
    upstream.hostHeader = hasPort ? balancer.hostHeader : `${balancer.hostHeader}:${target.port}`;
  }
  return true;
}
