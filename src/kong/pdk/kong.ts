// What a plugin's handlers get as `kong`: Kong's PDK, one object for each event.
import type { Phase } from "../engine/phases.ts";
import { PdkCaller, type PdkEvent } from "./caller.ts";
import { KongClient } from "./client.ts";
import { KongCluster } from "./cluster.ts";
import { KongCtx } from "./ctx.ts";
import { KongIp } from "./ip.ts";
import { createLog, type KongLog } from "./log.ts";
import { KongNginx } from "./nginx.ts";
import { KongNode } from "./node.ts";
import { KongPlugin } from "./plugin.ts";
import { KongRequest } from "./request.ts";
import { KongResponse } from "./response.ts";
import { KongRouter } from "./router.ts";
import { KongService } from "./service.ts";
import { KongTelemetry } from "./telemetry.ts";
import { KongVault } from "./vault.ts";

/**
 * Kong's Plugin Development Kit, for one event.
 *
 * Every function makes one call to the gateway and gives a promise of its result; Lua's nil is
 * undefined. Calls go out one at a time, in order, whether they are awaited or not, and the event
 * is over only when the last one is answered. A call that Kong is known not to answer, for its phase
 * or its arguments, rejects with a `GibbonError` (PDK_PHASE, PDK_ARGUMENT) and sends nothing.
 *
 * @example
 * ```ts
 * import type { Kong } from "gibbon";
 *
 * export async function access(kong: Kong) {
 *   const key = await kong.request.getHeader("x-api-key");
 *   if (key === undefined) return kong.response.exit(401, { message: "No API key" });
 *   kong.log.info("called with key ", key);
 *   await kong.service.request.clearHeader("x-api-key");
 * }
 * ```
 */
export class Kong {
  readonly #event: PdkEvent;
  readonly #caller: PdkCaller;
  #client: KongClient | undefined;
  #cluster: KongCluster | undefined;
  #ctx: KongCtx | undefined;
  #ip: KongIp | undefined;
  #log: KongLog | undefined;
  #nginx: KongNginx | undefined;
  #node: KongNode | undefined;
  #plugin: KongPlugin | undefined;
  #request: KongRequest | undefined;
  #response: KongResponse | undefined;
  #router: KongRouter | undefined;
  #service: KongService | undefined;
  #telemetry: KongTelemetry | undefined;
  #vault: KongVault | undefined;

  constructor(event: PdkEvent, caller: PdkCaller = new PdkCaller(event)) {
    this.#event = event;
    this.#caller = caller;
  }

  /** The phase that is running. */
  get phase(): Phase {
    return this.#event.phase;
  }

  /** Aborted when the event is over before its handler is: its deadline, or a gateway that left. */
  get signal(): AbortSignal {
    return this.#event.signal;
  }

  /** The client, its consumer and credential. */
  get client(): KongClient {
    return this.#client ??= new KongClient(this.#caller);
  }

  /** The cluster of Kong nodes. */
  get cluster(): KongCluster {
    return this.#cluster ??= new KongCluster(this.#caller);
  }

  /** What belongs to the request: `kong.ctx.shared`. */
  get ctx(): KongCtx {
    return this.#ctx ??= new KongCtx(this.#caller);
  }

  /** Which addresses are trusted. */
  get ip(): KongIp {
    return this.#ip ??= new KongIp(this.#caller);
  }

  /** Kong's error log. */
  get log(): KongLog {
    return this.#log ??= createLog(this.#caller);
  }

  /** Nginx's variables, context and counters. */
  get nginx(): KongNginx {
    return this.#nginx ??= new KongNginx(this.#caller);
  }

  /** This node of Kong. */
  get node(): KongNode {
    return this.#node ??= new KongNode(this.#caller);
  }

  /** The running plugin. */
  get plugin(): KongPlugin {
    return this.#plugin ??= new KongPlugin(this.#caller);
  }

  /** The client's request. */
  get request(): KongRequest {
    return this.#request ??= new KongRequest(this.#caller);
  }

  /** The response to the client. */
  get response(): KongResponse {
    return this.#response ??= new KongResponse(this.#caller);
  }

  /** What the router decided. */
  get router(): KongRouter {
    return this.#router ??= new KongRouter(this.#caller);
  }

  /** The connection to the service, and what goes over it. */
  get service(): KongService {
    return this.#service ??= new KongService(this.#caller);
  }

  /** What is reported to OpenTelemetry. */
  get telemetry(): KongTelemetry {
    return this.#telemetry ??= new KongTelemetry(this.#caller);
  }

  /** References to secrets, and their values. */
  get vault(): KongVault {
    return this.#vault ??= new KongVault(this.#caller);
  }
}

/**
 * Makes the `kong` of an event, for a native plugin.
 *
 * @param caller makes its calls, where somebody watches them
 */
export function createKong(event: PdkEvent, caller?: PdkCaller): Kong {
  return new Kong(event, caller);
}
