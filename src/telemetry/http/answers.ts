// What the page for operators answers: numbers, whether the process lives, whether it is ready.
import type http from "node:http";
import { messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { MetricsPage } from "../metrics/page.ts";

/** What there is to be asked. */
export interface Observed {
  /** The numbers, as a page. */
  page(): Promise<MetricsPage>;
  /** Why it is not ready, one reason a line; empty if it is. */
  unready(): readonly string[] | Promise<readonly string[]>;
}

const TEXT = "text/plain; charset=utf-8";

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** For how long a page is given again to others, in milliseconds: to ask often costs no more. */
const FRESH_MS = 200;

/** Answers requests. Whoever asks while a page is being made gets that one. */
export class OperatorAnswers {
  readonly #observed: Observed;
  readonly #log: Logger;
  /** The last one, and when it was made: `Infinity` while it is being made. */
  #page: { readonly at: number; readonly made: Promise<MetricsPage> } | undefined;

  constructor(observed: Observed, log: Logger) {
    this.#observed = observed;
    this.#log = log;
  }

  /** Answers one request. */
  readonly serve = async (
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> => {
    const { status, contentType, text } = await this.#answer(request);
    // A body is not read: the connection ends with the answer to a request that may have one.
    const isOver = request.method !== "GET" && request.method !== "HEAD";
    response.writeHead(status, {
      "content-type": contentType,
      "content-length": new TextEncoder().encode(text).length,
      "cache-control": "no-store",
      ...(status === 405 && { allow: "GET, HEAD" }),
      ...(isOver && { connection: "close" }),
    });
    response.end(request.method === "HEAD" ? undefined : text);
  };

  async #answer({ method, url = "" }: http.IncomingMessage): Promise<Answer> {
    if (method !== "GET" && method !== "HEAD") return plain(405, "only GET and HEAD\n");
    const [path] = url.split("?", 1);
    try {
      switch (path) {
        case "/metrics":
          return { status: 200, ...await this.#freshPage() };
        case "/livez":
          return plain(200, "alive\n");
        case "/readyz":
          return readiness(await this.#observed.unready());
        default:
          return plain(404, "there are /metrics, /livez and /readyz\n");
      }
    } catch (error) {
      this.#log.error("a page for operators could not be made", { path, error: messageOf(error) });
      return plain(500, "see the log\n");
    }
  }

  #freshPage(): Promise<MetricsPage> {
    const now = performance.now();
    if (this.#page && now - this.#page.at < FRESH_MS) return this.#page.made;
    const made = this.#observed.page();
    const page = { at: Infinity, made };
    this.#page = page;
    const done = () => page.at = performance.now();
    made.then(done, done);
    return made;
  }
}

function readiness(reasons: readonly string[]): Answer {
  if (reasons.length === 0) return plain(200, "ready\n");
  return plain(503, ["not ready", ...reasons.map((reason) => `- ${reason}`), ""].join("\n"));
}

function plain(status: number, text: string): Answer {
  return { status, contentType: TEXT, text };
}
