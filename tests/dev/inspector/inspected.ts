// A development gateway with an inspector, and a client for the inspector's API.
import http from "node:http";
import { Inspector, type InspectorOptions } from "../../../src/dev/inspector/inspector.ts";
import { makePage } from "../../../src/dev/inspector/page_files.ts";
import type {
  LiveBatch,
  RequestDetail,
  RequestList,
  ResendOrder,
} from "../../../src/dev/inspector/view.ts";
import type { GatewayOptions } from "../../../src/dev/gateway_options.ts";
import { createLogger } from "../../../src/base/log.ts";
import { until } from "../../support/until.ts";
import { type Reply, type RunningDev, send, startDev, type TestPlugin } from "../dev_gateway.ts";

/** An answer of the inspector. */
export interface Answer extends Reply {}

/** What an inspector is asked. */
export class InspectorClient {
  readonly url: string;
  readonly #host: string;

  constructor(url: string) {
    this.url = url;
    this.#host = new URL(url).host;
  }

  /** A request as a program sends it, or with other headers. */
  ask(path: string, headers: readonly string[] = [], host = this.#host): Promise<Answer> {
    return send(this.url, path, { headers, host });
  }

  /** What changes something or tells a secret, as the page asks for it. */
  order(
    path: string,
    order: unknown,
    headers = ["Origin", this.url],
    type = "application/json",
  ): Promise<Answer> {
    const all = ["Content-Type", type, ...headers];
    const body = JSON.stringify(order);
    return send(this.url, path, { method: "POST", headers: all, body, host: this.#host });
  }

  async list(): Promise<RequestList> {
    return (await this.ask("/api/requests")).json;
  }

  async detail(id: string): Promise<RequestDetail> {
    return (await this.ask(`/api/requests/${id}`)).json;
  }

  /** The newest request, once it is over. */
  async newest(): Promise<RequestDetail> {
    await until(async () => (await this.list()).requests[0]?.status !== undefined);
    return await this.detail((await this.list()).requests[0]!.id);
  }

  /** Sends a request again; gives the new one, once it is over. */
  async again(id: string, order: ResendOrder = {}): Promise<RequestDetail> {
    const { status, text, json } = await this.order(`/api/requests/${id}/send`, order);
    if (status !== 200) throw new Error(text);
    await until(async () => (await this.detail(json.id)).status !== undefined);
    return await this.detail(json.id);
  }

  /** Listens to the live stream. */
  listen(): Promise<LiveListener> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(this.url);
      const request = http.get(
        { hostname, port, path: "/api/live", headers: { Host: this.#host }, agent: false },
        (response) => resolve(new LiveListener(response)),
      );
      request.on("error", reject);
    });
  }
}

/** One end of the live stream. */
export class LiveListener {
  readonly response: http.IncomingMessage;
  readonly batches: LiveBatch[] = [];
  /** All that came, as text. */
  text = "";

  constructor(response: http.IncomingMessage) {
    this.response = response;
    let rest = "";
    response.setEncoding("utf8");
    response.on("error", () => {});
    response.on("data", (chunk: string) => {
      this.text += chunk;
      const parts = (rest + chunk).split("\n\n");
      rest = parts.pop()!;
      for (const part of parts) {
        if (part.startsWith("data: ")) this.batches.push(JSON.parse(part.slice("data: ".length)));
      }
    });
  }

  close(): void {
    this.response.destroy();
  }
}

/** What runs, and how to end it. */
export interface Inspected {
  readonly dev: RunningDev;
  readonly inspector: Inspector;
  readonly client: InspectorClient;
  close(): Promise<void>;
}

/** Starts both. */
export async function startInspected(
  plugins: readonly TestPlugin[],
  options: Partial<GatewayOptions> = {},
  more: Partial<InspectorOptions> = {},
): Promise<Inspected> {
  const parts: { dev?: RunningDev } = {};
  const inspector = new Inspector({
    port: 0,
    registry: { list: () => parts.dev?.registry.list() ?? [] },
    files: makePage,
    log: createLogger(() => {}),
    ...more,
  });
  const { recorder } = inspector;
  const dev = parts.dev = await startDev(
    plugins,
    { ...options, observer: recorder },
    { observer: recorder },
  );
  const failure = await inspector.listen(dev.gateway.url);
  const close = async () => {
    await inspector.close();
    await dev.close();
  };
  if (failure === undefined) {
    return { dev, inspector, client: new InspectorClient(inspector.url), close };
  }
  await close();
  throw new Error(failure);
}
