// The PDK's types: what `deno check` has to accept, and what it has to refuse.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type {
  Consumer,
  Credential,
  LogRecord,
  MemoryStats,
  NginxStatistics,
  Route,
  Service,
  VaultReference,
} from "../../../src/kong/pdk/entities.ts";
import { createKong, type Kong } from "../../../src/kong/pdk/kong.ts";
import type { HeaderMap, QueryMap, UriCaptures } from "../../../src/kong/pdk/results.ts";
import { recordingEvent } from "../support/pdk.ts";

/** Whether two types are the same; a line with `true` does not compile where they are not. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

/** What a function's promise gives. */
type Result<F extends (...args: never[]) => unknown> = Awaited<ReturnType<F>>;

type Fn<N extends keyof Kong, F extends keyof Kong[N]> = Kong[N][F] extends
  (...args: never[]) => unknown ? Result<Kong[N][F]> : never;

const RESULTS: readonly true[] = [
  true satisfies Same<Fn<"client", "getIp">, string>,
  true satisfies Same<Fn<"client", "getPort">, number>,
  true satisfies Same<Fn<"client", "getCredential">, Credential | undefined>,
  true satisfies Same<Fn<"client", "getConsumer">, Consumer | undefined>,
  true satisfies Same<Fn<"client", "loadConsumer">, Consumer | undefined>,
  true satisfies Same<Fn<"client", "authenticate">, void>,
  true satisfies Same<Fn<"client", "getProtocol">, string | undefined>,
  true satisfies Same<Fn<"ip", "isTrusted">, boolean>,
  true satisfies Same<Fn<"log", "err">, void>,
  true satisfies Same<Fn<"log", "serialize">, LogRecord>,
  true satisfies Same<Fn<"nginx", "getSubsystem">, "http" | "stream">,
  true satisfies Same<Fn<"nginx", "getStatistics">, NginxStatistics>,
  true satisfies Same<Fn<"nginx", "getCtx">, unknown>,
  true satisfies Same<Fn<"nginx", "reqStartTime">, number>,
  true satisfies Same<Fn<"request", "getHeader">, string | undefined>,
  true satisfies Same<Fn<"request", "getHeaders">, HeaderMap>,
  true satisfies Same<Fn<"request", "getQuery">, QueryMap>,
  true satisfies Same<Fn<"request", "getQueryArg">, string | true | undefined>,
  true satisfies Same<Fn<"request", "getHttpVersion">, number | undefined>,
  true satisfies Same<Fn<"request", "getRawBody">, Uint8Array | undefined>,
  true satisfies Same<Fn<"request", "getRawBodyText">, string | undefined>,
  true satisfies Same<Fn<"request", "getUriCaptures">, UriCaptures>,
  true satisfies Same<Fn<"response", "getSource">, "service" | "exit" | "error">,
  true satisfies Same<Fn<"response", "setHeader">, void>,
  true satisfies Same<Fn<"router", "getRoute">, Route | undefined>,
  true satisfies Same<Fn<"router", "getService">, Service | undefined>,
  true satisfies Same<Fn<"service", "setUpstream">, true | undefined>,
  true satisfies Same<Fn<"vault", "parseReference">, VaultReference | undefined>,
  true satisfies Same<ReturnType<Kong["response"]["exit"]>, never>,
  true satisfies Same<ReturnType<Kong["response"]["error"]>, never>,
];

/** What plugins write; it is checked, not run. */
export async function accepted(kong: Kong): Promise<string> {
  const size: number | undefined = (await kong.node.getMemoryStats()).lua_shared_dicts.x?.capacity;
  const text: MemoryStats<string> = await kong.node.getMemoryStats("m", 1);
  interface Shape {
    name: string;
  }
  const shape: Shape = { name: "x" };
  await kong.ctx.shared.set("k", shape);
  await kong.service.request.setBody(shape);
  await kong.client.authenticate({ id: "c", username: "alice" }, shape);
  await kong.response.setHeaders({ "x-a": "1", "x-b": ["2"], "x-c": 3, "x-d": undefined });
  await kong.service.request.setQuery({ a: true, b: ["x", 1] });
  kong.log("a", size, text);
  kong.log.inspect(shape);
  const host = await kong.request.getHeader("host");
  if (host === undefined) return kong.response.exit(400, shape, { "x-a": "b" });
  return host;
}

/** What does not compile. */
export function refused(kong: Kong): void {
  // @ts-expect-error a header has a name
  kong.request.getHeader();
  // @ts-expect-error a status is a number
  kong.response.setStatus("200");
  // @ts-expect-error a header's value is no object
  kong.response.setHeader("x", { a: 1 });
  // @ts-expect-error Kong proxies HTTP
  kong.service.request.setScheme("ftp");
  // @ts-expect-error a credential needs a consumer
  kong.client.authenticate(undefined, {});
  // @ts-expect-error there is no such function outside of Kong
  kong.response.getRawBody();
  // @ts-expect-error the result may be missing
  kong.request.getHeader("x").then((value) => value.length);
  // @ts-expect-error bytes have no digits behind the point
  kong.node.getMemoryStats("b", 2);
}

describe("the PDK's types", () => {
  test("are what the functions give", () => {
    assert.ok(RESULTS.every(Boolean));
  });

  test("fit an event", () => {
    const kong: Kong = createKong(recordingEvent());
    assert.equal(typeof kong.response.exit, "function");
  });
});
