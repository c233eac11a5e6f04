// How the page writes times, sizes, values, and a request as a command line.
import { quoted } from "../../../base/shell_word.ts";
import type {
  AnsweredBy,
  Masked,
  RequestDetail,
  RequestSummary,
  Shown,
  ShownBody,
  ShownValue,
} from "../view.ts";

/** Microseconds as people read them. */
export function duration(microseconds: number | undefined): string {
  if (microseconds === undefined) return "…";
  if (microseconds < 1000) return `${microseconds} µs`;
  const milliseconds = microseconds / 1000;
  if (milliseconds < 1000) return `${milliseconds.toFixed(milliseconds < 10 ? 2 : 1)} ms`;
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

/** Milliseconds likewise. */
export const millisecondsText = (milliseconds: number | undefined) =>
  duration(milliseconds === undefined ? undefined : Math.round(milliseconds * 1000));

/** A time of the day. */
export function clockText(unixMs: number): string {
  const time = new Date(unixMs);
  const two = (part: number) => String(part).padStart(2, "0");
  const seconds = `${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, "0")}`;
  return `${two(time.getHours())}:${two(time.getMinutes())}:${seconds}`;
}

/** Bytes as people read them. */
export function byteCount(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} kB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** Thousands apart. */
export const numberText = (number: number) => number.toLocaleString("en");

/** A text as far as it may be seen. */
export const plainText = (shown: Shown) => typeof shown === "string" ? shown : shown.text;

/** Whether a value is a text that is masked. */
export function isMasked(
  value: ShownValue | undefined,
): value is Masked {
  return typeof value === "object" && value !== null && "$masked" in value;
}

/** A value on one line, cut. */
export function shortValue(value: ShownValue | undefined, most = 60): string {
  const text = lineOf(value);
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}

function lineOf(value: ShownValue | undefined): string {
  if (value === undefined) return "nil";
  if (isMasked(value)) return value.text;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(lineOf).join(", ")}]`;
  return `{ ${Object.entries(value).map(([name, one]) => `${name}: ${lineOf(one)}`).join(", ")} }`;
}

/** Who made the response, in a word or two. */
export function answererText(answered: AnsweredBy | undefined): string {
  if (!answered) return "";
  const { kind, name } = answered;
  if (kind === "kong") return "Kong";
  return name ?? (kind === "service" ? "service" : kind);
}

/** What kind of status it is: a class of the style. */
export function statusKind(status: number | undefined): string {
  if (status === undefined) return "pending";
  return status < 300 ? "good" : status < 400 ? "moved" : status < 500 ? "refused" : "failed";
}

/** A body that may be JSON, in lines. */
export function prettyBody(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** What is said of a body that is not there, or not all of it; undefined if it is. */
export function bodyNote({ text, bytes, isCut }: ShownBody): string | undefined {
  if (bytes === 0) return "no body";
  if (text === undefined) return `${byteCount(bytes)}, not text`;
  return isCut ? `${byteCount(bytes)}, of which the beginning is kept` : undefined;
}

/** Whether a request has all words of a filter, and none of those behind a `-`. */
export function passes(request: RequestSummary, filter: string): boolean {
  const { method, target, host, route, service, status, answeredBy, hasFailed } = request;
  const text = [
    method,
    plainText(target),
    host,
    route,
    service,
    answererText(answeredBy),
    status,
    status === undefined ? "pending" : `${Math.floor(status / 100)}xx`,
    hasFailed ? "failed" : "",
  ].join(" ").toLowerCase();
  return filter.toLowerCase().split(/\s+/).filter((word) => word !== "" && word !== "-")
    .every((word) => word.startsWith("-") ? !text.includes(word.slice(1)) : text.includes(word));
}

/** A command line for curl. */
export interface CurlCommand {
  readonly text: string;
  /** How many values it lacks, since they are masked. */
  readonly masked: number;
}

/** Headers that curl makes by itself. */
const CURLS_OWN: ReadonlySet<string> = new Set(["content-length", "connection"]);

/**
 * A request as a command line.
 *
 * @param gateway its URL
 * @param told texts that were asked for, by their places
 */
export function curlCommand(
  { method, target, headers, body }: RequestDetail,
  gateway: string,
  told: ReadonlyMap<string, string>,
): CurlCommand {
  let masked = 0;
  const plain = (shown: Shown): string => {
    if (typeof shown === "string") return shown;
    const text = told.get(shown.$masked);
    if (text === undefined) masked++;
    return text ?? shown.text;
  };
  const words = [`curl -i ${quoted(gateway + plain(target))}`];
  if (method === "HEAD") words[0] += " --head";
  else if (method !== (body.bytes > 0 ? "POST" : "GET")) words[0] += ` -X ${quoted(method)}`;
  for (const [name, value] of headers) {
    if (CURLS_OWN.has(name.toLowerCase())) continue;
    words.push(`-H ${quoted(`${name}: ${plain(value)}`)}`);
  }
  if (body.text !== undefined && body.bytes > 0) {
    words.push(`--data-binary ${quoted(plain(body.text))}`);
  }
  return { text: words.join(" \\\n  "), masked };
}
