// kong.nginx: what Nginx itself knows of the request and of its own work.
import type { PdkCaller } from "./caller.ts";
import type { NginxStatistics } from "./entities.ts";

/** `kong.nginx`: KongNginx's variables, context and counters. */
export class KongNginx {
  readonly #caller: PdkCaller;

  constructor(caller: PdkCaller) {
    this.#caller = caller;
  }

  /**
   * Whether this is HTTP or a plain stream (TCP, TLS, UDP).
   *
   * Phases: all.
   */
  getSubsystem(): Promise<"http" | "stream"> {
    return this.#caller.call("kong.nginx.get_subsystem");
  }

  /**
   * Nginx's counters of connections and requests.
   *
   * Phases: all. Since Kong 3.0. Not over ProtoBuf:1.
   */
  getStatistics(): Promise<NginxStatistics> {
    return this.#caller.call("kong.nginx.get_statistics");
  }

  /**
   * An Nginx variable by its name, without `$`: `request_id`; undefined if there is no such variable
   * or it has no value.
   *
   * Phases: rewrite, access, response, preread.
   */
  getVar(v: string): Promise<string | undefined> {
    return this.#caller.call("kong.nginx.get_var", [v]);
  }

  /**
   * A value of the request's `ngx.ctx`, where Kong and Lua plugins keep theirs.
   *
   * Phases: all.
   */
  getCtx(k: string): Promise<unknown> {
    return this.#caller.call("kong.nginx.get_ctx", [k]);
  }

  /**
   * Sets a value of the request's `ngx.ctx`; undefined removes it. Kong keeps its own state there.
   * In log it has no effect.
   *
   * Phases: all. Since Kong 2.1.
   */
  setCtx(k: string, v: unknown): Promise<void> {
    return this.#caller.call("kong.nginx.set_ctx", [k, v]);
  }

  /**
   * The TLS version of the client's connection: `TLSv1.3`; undefined without TLS, and always in log.
   *
   * Phases: all.
   */
  getTls1VersionStr(): Promise<string | undefined> {
    return this.#caller.call("kong.nginx.get_tls1_version_str");
  }

  /**
   * When the request began, in Unix seconds, with milliseconds behind the point.
   *
   * Phases: rewrite, access, response, log.
   */
  reqStartTime(): Promise<number> {
    return this.#caller.call("kong.nginx.req_start_time");
  }
}
