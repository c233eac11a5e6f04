// What the HTTP API does for each path and method.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { CallOptions, Hub } from "../hub.ts";
import { describeError, HttpProblem, sendJson, sendNothing, sendValue } from "./answers.ts";
import { readJson } from "./body.ts";
import { sendEvents } from "./events.ts";
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
    const [path = "", query] = (request.url ?? "").split("?", 2);
    const resource = this.#find(path.split("/").slice(1).map(decode));
    if (!resource) throw new HttpProblem(404, `there is no ${path}; see /openapi.json`);
    const act = resource[request.method ?? ""];
    const allowed = Object.keys(resource).join(", ");
    if (!act) throw new HttpProblem(405, `${path} takes ${allowed}`, { Allow: allowed });
    await act({ request, response, query: new URLSearchParams(query) });
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
        return { GET: ({ response }) => this.#events(response) };
      case "openapi.json 1":
        return { GET: ({ response }) => sendValue(response, OPENAPI) };
    }
    return undefined;
  }

  #list(response: ServerResponse): void {
    const plugins = [...this.#socket.connected().values()];
    sendValue(response, plugins.map(({ name, version }) => ({ name, version })));
  }

  #show(name: string, response: ServerResponse): void {
    const info = this.#socket.pluginInfo(name);
    if (!info) throw new HttpProblem(404, `plugin ${name} not found`);
    sendValue(response, info);
  }

  async #unplug(name: string, { request, response }: Exchange): Promise<void> {
    await this.#socket.unplug(name, trace(request));
    sendNothing(response);
  }

  async #call(plugin: string, method: string, exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const json = await readJson(request, this.#bodyBytes);
    const result = await this.#socket.callJson(plugin, method, json, callOptions(exchange));
    if (result === "") sendNothing(response);
    else sendJson(response, 200, result);
  }

  async #broadcast(method: string, exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const json = await readJson(request, this.#bodyBytes);
    const options = callOptions(exchange);
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

  async #events(response: ServerResponse): Promise<void> {
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

function trace({ headers }: IncomingMessage): { readonly trace?: string } {
  const id = headers["x-trace-id"];
  return typeof id === "string" ? { trace: id } : {};
}

/** A caller that leaves gives its call up. */
function callOptions({ request, response, query }: Exchange): CallOptions {
  const left = new AbortController();
  response.on("close", () => left.abort());
  const given = query.get("timeout");
  if (given === null) return { ...trace(request), signal: left.signal };
  const timeoutMs = Number(given) * 1000;
  if (!(timeoutMs > 0)) throw new HttpProblem(400, `timeout=${given} is no number of seconds`);
  return { ...trace(request), signal: left.signal, timeoutMs };
}
