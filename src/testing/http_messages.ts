// Messages of HTTP as a test sees them: the request to the service, and the response to the client.
import { Buffer } from "node:buffer";
import type { HeaderLine } from "../kong/emulator/http/header_list.ts";
import { parseArguments } from "../kong/emulator/http/query.ts";
import { fromLine, isLuaString, toText } from "../kong/emulator/lua/bytes.ts";

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

/** A line of HTTP as text. */
function lineText(line: string): string {
  return toText(fromLine(line));
}

/** Text or bytes as bytes. */
export function asBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === "string" ? Buffer.from(value) : value;
}
