// What the HTTP API does for each path and method.
import type { IncomingMessage, ServerResponse } from "node:http";
import { GibbonError, messageOf } from "../../../base/errors.ts";
import { METHOD_SHUTDOWN } from "../../messages.ts";
import type { CallOptions, Hub } from "../hub.ts";
import { checkHead } from "../plugged.ts";
import { describeError, HttpProblem, sendJson, sendNothing, sendValue } from "./answers.ts";
import { readJson } from "./body.ts";
import { EVENT_HEADERS, sendEvents } from "./events.ts";
import { OPENAPI } from "./openapi.ts";

/** Readers of async values at once. */
const READERS = 64;

/** A request on its way, with its answer. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

/** What can be done with a path, by HTTP's method. */
type Resource = Readonly<Record<string, (exchange: Exchange) => Promise<void> | void>>;

/** Serves requests on a hub. */
export class Routes {
  readonly #socket: Hub;
  readonly #bodyBytes: number;
  #readers = 0;

  /** @param bodyBytes longest body that is taken */
  constructor(socket: Hub, bodyBytes: number) {
    this.#socket = socket;
    this.#bodyBytes = bodyBytes;
  }

  /** @throws what `sendError` can say */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Not by `URL`, to which a plugin called `..` would be a step up.
    const { url = "" } = request;
    const mark = url.indexOf("?");
    const path = mark < 0 ? url : url.slice(0, mark);
    const query = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
    const resource = this.#find(path.split("/").slice(1).map(decode));
    if (!resource) throw new HttpProblem(404, `there is no ${path}; see /openapi.json`);
    const { method = "" } = request;
    // HEAD is GET, of whose answer node:http leaves the body out.
    const act = resource[method === "HEAD" ? "GET" : method];
    const allowed = Object.keys(resource).join(", ").replace("GET", "GET, HEAD");
    if (!act) throw new HttpProblem(405, `${path} takes ${allowed}`, { Allow: allowed });
    checkQuery(query, "POST" in resource ? ["timeout"] : []);
    await act({ request, response, query });
  }

  #find(path: readonly string[]): Resource | undefined {
    const [first, second = "", third, fourth = ""] = path;
    switch (`${first} ${path.length}`) {
      case "plugins 1":
        return { GET: ({ response }) => this.#list(response) };
      case "plugins 2":
        return {
          GET: ({ response }) => this.#show(second, response),
          DELETE: (exchange) => this.#unplug(second, exchange),
        };
      case "plugins 4":
        if (third !== "call") return undefined;
        return { POST: (exchange) => this.#call(second, fourth, exchange) };
      case "broadcast 2":
        return { POST: (exchange) => this.#broadcast(second, exchange) };
      case "async 1":
        return { GET: (exchange) => this.#events(exchange) };
      case "openapi.json 1":
        return { GET: ({ response }) => sendValue(response, OPENAPI) };
    }
    return undefined;
  }

  #list(response: ServerResponse): void {
    const plugins = [...this.#socket.connected().values()];
    sendValue(response, plugins.map(({ name, version, hub }) => ({ name, version, hub })));
  }

  #show(name: string, response: ServerResponse): void {
    const info = this.#socket.pluginInfo(name);
    if (!info) throw new GibbonError("PLUGIN_UNKNOWN", `plugin ${name} not found`);
    sendValue(response, info);
  }

  async #unplug(name: string, { request, response }: Exchange): Promise<void> {
    await this.#socket.unplug(name, trace(request, METHOD_SHUTDOWN));
    sendNothing(response);
  }

  async #call(plugin: string, method: string, exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const options = callOptions(exchange, method);
    const json = await readJson(request, this.#bodyBytes);
    const result = await this.#socket.callJson(plugin, method, json, options);
    if (result === "") sendNothing(response);
    else sendJson(response, 200, result);
  }

  async #broadcast(method: string, exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const options = callOptions(exchange, method);
    const json = await readJson(request, this.#bodyBytes);
    const entry = async (plugin: string) => {
      try {
        const result = await this.#socket.callJson(plugin, method, json, options);
        return `${JSON.stringify(plugin)}:{"result":${result || "null"}}`;
      } catch (error) {
        return `${JSON.stringify(plugin)}:${JSON.stringify({ error: describeError(error) })}`;
      }
    };
    const entries = await Promise.all([...this.#socket.connected().keys()].map(entry));
    sendJson(response, 200, `{${entries.join(",")}}`);
  }

  async #events({ request, response }: Exchange): Promise<void> {
    if (request.method === "HEAD") return void response.writeHead(200, EVENT_HEADERS).end();
    if (this.#readers >= READERS) throw new HttpProblem(503, `${READERS} read already`);
    this.#readers++;
    try {
      await sendEvents(this.#socket, response);
    } finally {
      this.#readers--;
    }
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpProblem(400, "the path is not encoded as URLs are");
  }
}

function checkQuery(query: URLSearchParams, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (!known.includes(name)) throw new HttpProblem(400, `there is no query parameter ${name}`);
    if (query.getAll(name).length > 1) throw new HttpProblem(400, `${name} is there twice`);
  }
}

/** @param method what it goes with: both have to find room in a message */
function trace({ headers }: IncomingMessage, method: string): { readonly trace?: string } {
  const id = headers["x-trace-id"];
  try {
    checkHead(method, String(id ?? ""));
  } catch (error) {
    throw new HttpProblem(400, messageOf(error));
  }
  return typeof id === "string" ? { trace: id } : {};
}

/** A caller that leaves gives its call up. */
function callOptions({ request, response, query }: Exchange, method: string): CallOptions {
  const left = new AbortController();
  response.on("close", () => left.abort());
  const given = query.get("timeout");
  const common = { ...trace(request, method), signal: left.signal };
  if (given === null) return common;
  const timeoutMs = Number(given) * 1000;
  if (!(timeoutMs > 0)) throw new HttpProblem(400, `timeout=${given} is no number of seconds`);
  return { ...common, timeoutMs };
}
