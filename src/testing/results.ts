// What a test sees of a request or a connection when it is over.
import { Buffer } from "node:buffer";
import type { EntityRecord } from "../kong/emulator/entities.ts";
import type { HandlerRun } from "../kong/emulator/exchange.ts";
import type { HeaderLine } from "../kong/emulator/http/header_list.ts";
import { parseArguments } from "../kong/emulator/http/query.ts";
import { fromLine, isLuaString, toText } from "../kong/emulator/lua/bytes.ts";
import type { KongLogLevel } from "../kong/emulator/node.ts";
import type { Phase } from "../kong/engine/phases.ts";
import type { CallWay } from "../kong/pdk/observed_caller.ts";
import type { PdkMethod } from "../kong/pdk/functions.ts";

/** The lines of a head. Names are found whatever their case. */
export class HeaderLines implements Iterable<HeaderLine> {
  readonly #lines: readonly HeaderLine[];

  constructor(lines: Iterable<HeaderLine>) {
    this.#lines = [...lines].map(([name, value]) => [lineText(name), lineText(value)]);
  }

  /** The value of a name: of all lines, with `, ` between them. */
  get(name: string): string | undefined {
    const values = this.all(name);
    return values.length === 0 ? undefined : values.join(", ");
  }

  /** The values of a name, one a line. */
  all(name: string): string[] {
    const wanted = name.toLowerCase();
    return this.#lines.flatMap(([other, value]) => other.toLowerCase() === wanted ? [value] : []);
  }

  has(name: string): boolean {
    return this.all(name).length > 0;
  }

  /** The lines in their order, with names as they are written. */
  [Symbol.iterator](): Iterator<HeaderLine> {
    return this.#lines[Symbol.iterator]();
  }

  /** As an object: names in lower case, lines of one name joined. */
  toJSON(): Record<string, string> {
    return Object.fromEntries(
      this.#lines.map(([name]) => [name.toLowerCase(), this.get(name) as string]),
    );
  }
}

/** A message of HTTP, whole. */
class HttpMessage {
  readonly headers: HeaderLines;
  readonly body: Uint8Array;

  constructor(headers: Iterable<HeaderLine>, body: Uint8Array) {
    this.headers = new HeaderLines(headers);
    this.body = body;
  }

  /** The body as text. What is not UTF-8 becomes replacement characters. */
  get text(): string {
    return toText(this.body);
  }

  /**
   * The body, parsed.
   *
   * @throws {SyntaxError} if it is no JSON; the message has its beginning
   */
  json(): unknown {
    try {
      return JSON.parse(this.text);
    } catch (error) {
      const shown = JSON.stringify(this.text.slice(0, 200));
      throw new SyntaxError(`the body is no JSON: ${shown}`, { cause: error });
    }
  }
}

/** What the client got. */
export class TestResponse extends HttpMessage {
  readonly status: number;

  constructor(status: number, headers: Iterable<HeaderLine>, body: Uint8Array) {
    super(headers, body);
    this.status = status;
  }
}

/** Where a request went, and how. */
export interface UpstreamTarget {
  readonly method: string;
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly target: string;
}

/** The request that went to the service. */
export class ProxiedRequest extends HttpMessage implements UpstreamTarget {
  readonly method: string;
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly target: string;

  constructor(to: UpstreamTarget, headers: Iterable<HeaderLine>, body: Uint8Array) {
    super(headers, body);
    this.method = to.method;
    this.scheme = to.scheme;
    this.host = to.host;
    this.port = to.port;
    this.target = lineText(to.target);
  }

  /** Path without the query. */
  get path(): string {
    return this.target.split("?")[0] as string;
  }

  /** The query's arguments. One without a value is `true`; one that comes twice is a list. */
  get query(): Record<string, string | true | (string | true)[]> {
    const [, ...rest] = this.target.split("?");
    const shown = (value: unknown) => isLuaString(value) ? toText(value) : true;
    return Object.fromEntries(
      [...parseArguments(rest.join("?"), Infinity)].map(([name, value]) => [
        name,
        Array.isArray(value) ? value.map(shown) : shown(value),
      ]),
    );
  }

  /** All of where it went. A port that belongs to the scheme is left out. */
  get url(): string {
    const { scheme, host, port, target } = this;
    const own = port === (scheme === "https" ? 443 : 80);
    const name = host.includes(":") ? `[${host}]` : host;
    return `${scheme}://${name}${own ? "" : `:${port}`}${target}`;
  }
}

/** A PDK call, as the plugin made it. */
export interface PdkCall {
  readonly plugin: string;
  readonly phase: Phase;
  /** Kong's name: `kong.request.get_header`. */
  readonly method: PdkMethod;
  /** As the plugin gave them, without those at the end that are undefined. */
  readonly args: readonly unknown[];
  /**
   * Where the answer came from: Kong (`round-trip`), the event's memory (`remembered`), or nowhere,
   * since gibbon did not send the call (`refused`).
   */
  readonly way: CallWay;
  /** What the plugin got. Undefined too for a call that ended the request, or has no answer. */
  readonly result?: unknown;
  /** What the plugin got thrown. */
  readonly error?: unknown;
}

/** A line of Kong's error log. */
export interface KongLogLine {
  readonly level: KongLogLevel;
  readonly message: string;
  /** The plugin that it is from, or about. */
  readonly plugin: string | undefined;
}

/** Why a handler failed. */
export interface PluginFailure {
  readonly plugin: string;
  readonly phase: Phase;
  readonly message: string;
  /** gibbon's code, where it is an error of gibbon's. */
  readonly code: string | undefined;
  /** What to do about it, where gibbon knows. */
  readonly remedy: string | undefined;
  /** What was thrown; undefined where Kong raised. */
  readonly error: unknown;
}

/** What requests and connections leave behind. */
export interface Outcome {
  /** PDK calls of all plugins, in their order. */
  readonly calls: readonly PdkCall[];
  /** What Kong wrote to its error log for this request. */
  readonly logs: readonly KongLogLine[];
  /** Every handler that ran, in order: its plugin, its phase, and how it ended. */
  readonly runs: readonly HandlerRun[];
  /** Values of `kong.ctx.shared`, by their keys. */
  readonly shared: Readonly<Record<string, unknown>>;
  readonly consumer: EntityRecord | undefined;
  readonly credential: EntityRecord | undefined;
  readonly route: EntityRecord | undefined;
  readonly service: EntityRecord | undefined;
  /** The first handler that failed, whatever became of the request; undefined if all went well. */
  readonly failure: PluginFailure | undefined;
}

/** What became of a request. */
export interface RequestOutcome extends Outcome {
  /** What the client got. */
  readonly response: TestResponse;
  /** What went to the service; undefined if nothing did. */
  readonly upstream: ProxiedRequest | undefined;
  /** What Kong's log plugins would send: `kong.log.serialize`, parsed. */
  readonly record: Readonly<Record<string, unknown>>;
}

/** What became of a connection of TCP or TLS. */
export interface ConnectionOutcome extends Outcome {
  /** Where the connection went, and with which bytes; undefined if it was ended. */
  readonly upstream:
    | { readonly host: string; readonly port: number; readonly bytes: Uint8Array }
    | undefined;
  /** The status that it has in Kong's log: 200, or what it was ended with. */
  readonly status: number;
  /** What a plugin had sent to the client: the body of `kong.response.exit`, unless it is an error. */
  readonly sent: Uint8Array;
  /** What Kong's log plugins would send: `kong.log.serialize`, parsed. */
  readonly record: Readonly<Record<string, unknown>>;
}

/** A line of HTTP as text. */
function lineText(line: string): string {
  return toText(fromLine(line));
}

/** Text or bytes as bytes. */
export function asBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === "string" ? Buffer.from(value) : value;
}
