// The inspector: a page on this machine that shows requests of the development gateway as they come.
import http from "node:http";
import type { AddressInfo } from "node:net";
import { codeOf, isGibbonError, messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { PluginRegistry } from "../../kong/engine/registry.ts";
import type { SecretsOf } from "./detail.ts";
import { InspectorApi, InspectorRefusal, statusOfOrder } from "./inspector_api.ts";
import { LiveStream } from "./live.ts";
import { guardRefusal } from "./page_guard.ts";
import type { PageFiles } from "./page_files.ts";
import { PAGE_HEADERS } from "./page_headers.ts";
import { Recorder } from "./recorder.ts";
import type { GatewayAddress } from "./resend.ts";
import { type SecretFields, secretFields } from "./secret_names.ts";
import { RequestStore, type StoreLimits } from "./store.ts";
import type { InspectorProblem, ShownProblem } from "./view.ts";

/** The one address that it listens on. */
const HOST = "127.0.0.1";

/** Connections at once. */
const CONNECTIONS = 64;

/** Longer than browsers keep an idle connection. */
const KEEP_ALIVE_MS = 10 * 60 * 1000;

/** How an inspector is set up. */
export interface InspectorOptions {
  /** 0 for any that is free. */
  readonly port: number;
  /** The plugins, whose schemas say what is secret. */
  readonly registry: Pick<PluginRegistry, "list">;
  /** Gives the page's files; asked once, when the page is. */
  readonly files: () => Promise<PageFiles>;
  readonly log: Logger;
  readonly limits?: StoreLimits;
}

/** Records requests from its beginning on, and shows them while it listens. */
export class Inspector {
  readonly recorder: Recorder;
  readonly #options: InspectorOptions;
  readonly #store: RequestStore;
  readonly #live: LiveStream;
  readonly #server: http.Server;
  readonly #secrets = new WeakMap<object, SecretFields>();
  #files: Promise<PageFiles> | undefined;
  #gateway: GatewayAddress & { readonly url: string } = { host: HOST, port: 0, url: "" };
  #port = 0;
  #problems: readonly ShownProblem[] = [];

  constructor(options: InspectorOptions) {
    this.#options = options;
    const store = this.#store = new RequestStore(options.limits);
    const problems = () => this.#problems;
    this.#live = new LiveStream(() => ({ total: store.total, problems: problems() }));
    this.recorder = new Recorder(store, (recording) => this.#live.changed(recording));
    const api = new InspectorApi({
      store,
      live: this.#live,
      secretsOf: this.#secretsOf,
      gateway: () => this.#gateway,
      problems,
    });
    this.#server = http.createServer((request, response) => {
      void this.#serve(api, request, response);
    });
    this.#server.maxConnections = CONNECTIONS;
    // A browser that sends an order on a connection which is being closed for idleness can lose it.
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS;
  }

  /** Such as `http://127.0.0.1:8001`; only while it listens. */
  get url(): string {
    return `http://${HOST}:${this.#port}`;
  }

  /**
   * Listens.
   *
   * @param gateway where requests are sent again to
   * @returns why it could not; undefined if all is well. It records all the same
   */
  async listen(gateway: string): Promise<string | undefined> {
    const { hostname, port } = new URL(gateway);
    const host = hostname.replace(/^\[|\]$/g, "");
    // An address for "all of them" is none that everybody can connect to.
    const own = host === "0.0.0.0" ? HOST : host === "::" ? "::1" : host;
    this.#gateway = { host: own, port: Number(port === "" ? 80 : port), url: gateway };
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once("error", reject);
        this.#server.listen(this.#options.port, HOST, resolve);
      });
    } catch (error) {
      return codeOf(error) === "EADDRINUSE"
        ? `something listens on ${HOST}:${this.#options.port} already`
        : messageOf(error);
    }
    this.#port = (this.#server.address() as AddressInfo).port;
    return undefined;
  }

  /** Shows what does not run as it is written, in the place of what was shown before. */
  showProblems(problems: readonly ShownProblem[]): void {
    this.#problems = problems;
    this.#live.stateChanged();
  }

  /** Ends it; settles when its port is free. */
  async close(): Promise<void> {
    this.#live.close();
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  readonly #secretsOf: SecretsOf = (name) => {
    const plugin = this.#options.registry.list().find((one) => one.plugin.name === name)?.plugin;
    if (!plugin) return undefined;
    let fields = this.#secrets.get(plugin);
    if (!fields) this.#secrets.set(plugin, fields = secretFields(plugin.schema));
    return fields;
  };

  async #serve(
    api: InspectorApi,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    for (const [name, value] of Object.entries(PAGE_HEADERS)) response.setHeader(name, value);
    try {
      const refused = guardRefusal(request, this.#port);
      if (refused) throw new InspectorRefusal(refused.status, refused.error, refused.remedy);
      const [path = ""] = (request.url ?? "").split("?");
      if (!path.startsWith("/api/")) return await this.#sendFile(path, request, response);
      const value = await api.answer(path.slice("/api/".length), request, response);
      if (value !== undefined) sendAnswer(response, 200, value);
    } catch (error) {
      this.#refuse(error, request, response);
    }
  }

  async #sendFile(
    path: string,
    { method }: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    if (method !== "GET" && method !== "HEAD") throw new InspectorRefusal(405, "GET it");
    this.#files ??= this.#options.files();
    const file = (await this.#files).get(path);
    if (!file) throw new InspectorRefusal(404, `there is no ${path}`);
    response.setHeader("Content-Type", file.type);
    response.end(method === "HEAD" ? undefined : file.text);
  }

  #refuse(error: unknown, request: http.IncomingMessage, response: http.ServerResponse): void {
    if (response.destroyed || response.headersSent) return void response.destroy();
    const problem = (status: number, remedy: string | undefined) => {
      const told: InspectorProblem = {
        error: messageOf(error),
        ...(remedy === undefined ? {} : { remedy }),
      };
      sendAnswer(response, status, told);
    };
    if (error instanceof InspectorRefusal) return problem(error.status, error.remedy);
    if (isGibbonError(error)) return problem(statusOfOrder(error), error.remedy);
    if (error instanceof URIError) return problem(400, undefined);
    const { url: path } = request;
    this.#options.log.error("the inspector failed", { path, error: messageOf(error) });
    problem(500, "Please report this.");
  }
}

function sendAnswer(response: http.ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(value));
}
