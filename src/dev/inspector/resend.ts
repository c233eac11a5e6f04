// Sends a request again, as it was or edited: to the gateway, and nowhere else.
import { Buffer } from "node:buffer";
import http from "node:http";
import { GibbonError, messageOf } from "../../base/errors.ts";
import { toLine } from "../../kong/emulator/lua/bytes.ts";
import type { Recording } from "./recording.ts";
import type { Masked, ResendOrder, SentAgain, Shown } from "./view.ts";

/** Where the gateway listens. */
export interface GatewayAddress {
  readonly host: string;
  readonly port: number;
}

/** A request that was masked, and what it hides. */
export interface Resent {
  readonly recording: Recording;
  readonly original: (place: string) => string | undefined;
}

/** Headers that belong to the connection, or to the body as it goes out now. */
const NOT_SENT: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "content-length",
  "upgrade",
  "expect",
]);

/** How long the gateway may take, in milliseconds. */
const PATIENCE_MS = 120_000;

/**
 * Sends a request. What the order leaves out is as it was.
 *
 * @throws {GibbonError} OPTION_INVALID for an order that makes no request; CALL_FAILED
 */
export function resend(
  { recording, original }: Resent,
  order: ResendOrder,
  { host, port }: GatewayAddress,
): Promise<SentAgain> {
  const plain = (shown: Shown) => typeof shown === "string" ? shown : unmasked(shown, original);
  const method = order.method ?? recording.method;
  const path = escaped(order.target === undefined ? recording.target : plain(order.target));
  const lines = order.headers?.map(([name, value]) => [name, plain(value)] as const) ??
    recording.headers;
  const body = bodyOf(recording, order, plain);
  const headers = lines.filter(([name]) => !NOT_SENT.has(name.toLowerCase()))
    .flatMap(([name, value]) => [toLine(name), toLine(value)]);
  const hadLength = recording.headers.some(([name]) => name.toLowerCase() === "content-length");
  if (body.length > 0 || hadLength) headers.push("Content-Length", String(body.length));
  return new Promise((resolve, reject) => {
    const failed = (error: unknown) => {
      const message = `the request was not sent: ${messageOf(error)}`;
      reject(new GibbonError("CALL_FAILED", message, { cause: error }));
    };
    try {
      const request = http.request(
        { host, port, method, path, headers, setHost: false, agent: false, timeout: PATIENCE_MS },
        (response) => {
          const { statusCode: status = 0, headers: { "x-kong-request-id": id } } = response;
          response.resume();
          response.on("error", failed);
          response.on("end", () => resolve({ id: [id].flat()[0] ?? null, status }));
        },
      );
      request.on("timeout", () => request.destroy(new Error("the gateway took too long")));
      request.on("error", failed);
      request.end(body);
    } catch (error) {
      const message = `this is no request: ${messageOf(error)}`;
      const remedy = "Correct method, path and headers.";
      reject(new GibbonError("OPTION_INVALID", message, { remedy, cause: error }));
    }
  });
}

/** What no request line can have is escaped, as browsers do it. */
function escaped(target: string): string {
  return target.replace(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character));
}

function unmasked(
  { $masked }: Masked,
  original: (place: string) => string | undefined,
): string {
  const text = original($masked);
  if (text !== undefined) return text;
  throw new GibbonError("OPTION_INVALID", `nothing is masked at ${$masked}`, {
    remedy: "Open the request again.",
  });
}

/** @throws {GibbonError} OPTION_INVALID if the body is to be as it was, and not all of it is known */
function bodyOf(
  { body }: Recording,
  { body: edited }: ResendOrder,
  plain: (shown: Shown) => string,
): Uint8Array {
  if (edited !== undefined && (typeof edited === "string" || !body.isCut)) {
    return Buffer.from(plain(edited));
  }
  if (!body.isCut) return body.kept;
  const message = `of the body ${body.keptBytes} of ${body.bytes} bytes are kept`;
  throw new GibbonError("OPTION_INVALID", message, {
    remedy: "Edit the request, and give it a body.",
  });
}
