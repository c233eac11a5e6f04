// kong.client: who asks, by which connection, and as whom.
import { forwarded, isTrusted } from "../http/forwarded.ts";
import { isLuaTable } from "../lua/values.ts";
import {
  AUTHENTICATED,
  badArgument,
  inPhases,
  type PdkContext,
  text,
  WITH_VARIABLES,
} from "./function.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function loadConsumer({ node }: PdkContext, args: readonly unknown[]): unknown {
  const id = text(args[0], "the consumer's id");
  const byName = args[1] !== undefined && args[1] !== false;
  if (!UUID.test(id) && !byName) throw badArgument("the consumer's id", "a UUID");
  return node.consumers.find((consumer) => consumer.id === id) ??
    (byName ? node.consumers.find((consumer) => consumer.username === id) : undefined);
}

function authenticate({ exchange }: PdkContext, args: readonly unknown[]): void {
  const [consumer, credential] = args;
  for (const entity of [consumer, credential]) {
    if (entity !== undefined && !isLuaTable(entity)) {
      throw badArgument("consumer and credential", "tables or nil", entity);
    }
  }
  if (consumer === undefined && credential === undefined) {
    throw badArgument("consumer or credential", "given");
  }
  exchange.consumer = consumer;
  exchange.credential = credential;
}

function protocol({ exchange }: PdkContext, args: readonly unknown[]): string | undefined {
  const protocols = exchange.route?.protocols;
  if (!Array.isArray(protocols)) return undefined;
  if (protocols.length === 1) return protocols[0];
  if (exchange.original.scheme === "https") return "https";
  const terminated = args[0] === true && isTrusted(exchange) &&
    exchange.headers.get("x-forwarded-proto")?.toLowerCase() === "https";
  return terminated ? "https" : "http";
}

/** Functions of `kong.client`; its `tls` has a file of its own. */
export const client = {
  ...inPhases(WITH_VARIABLES, {
    "kong.client.get_ip": ({ exchange }) => exchange.original.client.ip,
    "kong.client.get_forwarded_ip": ({ exchange }) => forwarded(exchange).ip,
    "kong.client.get_port": ({ exchange }) => exchange.original.client.port,
    "kong.client.get_forwarded_port": ({ exchange }) => exchange.original.client.port,
  }),
  ...inPhases(AUTHENTICATED, {
    "kong.client.get_credential": ({ exchange }) => exchange.credential,
    "kong.client.get_consumer": ({ exchange }) => exchange.consumer,
    "kong.client.load_consumer": loadConsumer,
  }),
  ...inPhases(["access"], { "kong.client.authenticate": authenticate }),
  ...inPhases(["access", "response"], { "kong.client.get_protocol": protocol }),
};
