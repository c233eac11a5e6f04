// Requests to the hub's HTTP API: plain ones that can say any Host, and readers of its events.
import http from "node:http";

/** A request. */
export interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** Its answer. */
export interface Answered {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  /** The text as JSON. */
  // deno-lint-ignore no-explicit-any -- tests look into it as they like
  readonly value: any;
}

/** Asks, and reads the whole answer. */
export function ask(url: string, path: string, asked: Asked = {}): Promise<Answered> {
  const { method = "GET", headers = {}, body, signal } = asked;
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = http.request({
      // Given by its parts: `..` in a path is to be sent as it is.
      host: hostname,
      port,
      path,
      method,
      headers: { host: `127.0.0.1:${port}`, ...headers },
      agent: false,
      ...(signal && { signal }),
    }, async (response) => {
      try {
        let text = "";
        for await (const chunk of response.setEncoding("utf8")) text += chunk;
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          get value() {
            return JSON.parse(text);
          },
        });
      } catch (error) {
        reject(error);
      }
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** A reader of server-sent events. */
export class EventReader {
  text = "";
  status = 0;
  hasEnded = false;
  /** Whether the answer came to its proper end. */
  isComplete = false;
  readonly #request: http.ClientRequest;

  constructor(url: string) {
    this.#request = http.get(`${url}/async`, { agent: false }, (response) => {
      this.status = response.statusCode ?? 0;
      response.setEncoding("utf8");
      response.on("data", (chunk) => this.text += chunk);
      response.on("error", () => {});
      response.on("end", () => this.isComplete = response.complete);
      response.on("close", () => this.hasEnded = true);
    });
    this.#request.on("error", () => this.hasEnded = true);
  }

  /** The data of its events so far. */
  get data(): string[] {
    const lines = this.text.split("\n").slice(0, -1);
    return lines.flatMap((line) => line.startsWith("data: ") ? [line.slice(6)] : []);
  }

  leave(): void {
    this.#request.destroy();
  }
}
