// A described connection of TCP or TLS, through a test's Kong to its end.
import { setImmediate } from "node:timers/promises";
import { GibbonError } from "../base/errors.ts";
import type { NodeEntities } from "../dev/node_setup.ts";
import { balance } from "../kong/emulator/balancer/balance.ts";
import type { PluginChain } from "../kong/emulator/chain.ts";
import type { EntityRecord } from "../kong/emulator/entities.ts";
import type { StreamExchange, StreamParts } from "../kong/emulator/stream/stream_exchange.ts";
import { streamRecord } from "../kong/emulator/stream/stream_pdk.ts";
import type { TestClock } from "./clock/clock.ts";
import type { TestConnection } from "./options.ts";
import { asBytes } from "./http_messages.ts";
import type { ConnectionOutcome, Outcome } from "./results.ts";

/** Where Kong listens for streams. */
const STREAM_PORT = 9000;

/** A client's port, where a test does not say it. */
const CLIENT_PORT = 54_321;

const STREAMS: readonly unknown[] = ["tcp", "tls", "udp", "tls_passthrough"];

/**
 * Reads a description.
 *
 * @param entities whose first route is taken
 * @param isOwn whether a test has said something of the route: it has to be one of streams then
 * @throws {GibbonError} OPTION_INVALID if it is one of HTTP
 */
export function describedConnection(
  connection: TestConnection,
  { routes: [route = {}], services: [service] }: NodeEntities,
  isOwn: boolean,
): StreamParts {
  const { bytes = "", sni, client = {}, server = {} } = connection;
  const protocols = route.protocols as readonly string[];
  if (isOwn && !protocols.some((one) => STREAMS.includes(one))) throw ofHttp(protocols);
  return {
    bytes: asBytes(bytes),
    sni,
    client: { ip: client.ip ?? "127.0.0.1", port: client.port ?? CLIENT_PORT },
    server: { ip: server.ip ?? "127.0.0.1", port: server.port ?? STREAM_PORT },
    route: isOwn ? route : streamRoute(route, sni),
    service: isOwn ? service : service && { ...service, protocol: "tcp" },
  };
}

/** The route that there is where a test says nothing of it. */
function streamRoute({ paths: _, ...route }: EntityRecord, sni: string | undefined): EntityRecord {
  const protocols = sni === undefined ? ["tcp"] : ["tls"];
  return { ...route, protocols, destinations: [{ port: STREAM_PORT }] };
}

function ofHttp(protocols: readonly string[]): GibbonError {
  return new GibbonError(
    "OPTION_INVALID",
    `the route takes ${protocols.join(", ")}, and no connections of streams`,
    {
      remedy: 'Give it a protocol of streams: route: { protocols: ["tcp"], destinations: ' +
        `[{ port: ${STREAM_PORT} }] }.`,
    },
  );
}

/** What a connection goes through. */
export interface StreamWay {
  readonly chain: PluginChain;
  readonly clock: TestClock;
}

/** Has a connection come in, and go on to the service unless a plugin ends it. */
export async function pass(
  exchange: StreamExchange,
  { chain, clock }: StreamWay,
  outcome: () => Outcome,
): Promise<ConnectionOutcome> {
  const begun = clock.elapsed();
  const goesOn = await chain.preread(exchange) && balance(exchange);
  exchange.latencies.kong = Math.round(clock.elapsed() - begun);
  if (goesOn) {
    exchange.source = "service";
    exchange.status = 200;
  }
  exchange.latencies.request = Math.round(clock.elapsed() - begun);
  await chain.log(exchange);
  await setImmediate();
  const { upstream: { host, port }, received: bytes, status, sent } = exchange;
  const upstream = goesOn ? { host, port, bytes } : undefined;
  return { ...outcome(), upstream, status, sent, record: JSON.parse(streamRecord(exchange)) };
}
