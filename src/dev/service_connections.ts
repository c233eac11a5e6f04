// Connections to services, which are kept for the next request as Kong keeps them.
import http from "node:http";
import https from "node:https";

/** How long a free connection is kept, in milliseconds: Kong's upstream_keepalive_idle_timeout. */
const IDLE_MS = 60_000;
/** How many free connections to one service are kept: Kong's upstream_keepalive_pool_size. */
const MOST_FREE = 512;

/** The connections of a gateway. */
export class ServiceConnections {
  readonly #plain = new http.Agent({
    keepAlive: true,
    timeout: IDLE_MS,
    maxFreeSockets: MOST_FREE,
  });
  readonly #secure = new https.Agent({
    keepAlive: true,
    timeout: IDLE_MS,
    maxFreeSockets: MOST_FREE,
  });

  /** Begins a request. */
  request(options: https.RequestOptions, isSecure: boolean): http.ClientRequest {
    return isSecure
      ? https.request({ ...options, agent: this.#secure })
      : http.request({ ...options, agent: this.#plain });
  }

  /** Ends all of them. */
  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }
}
