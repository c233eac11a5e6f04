// What a plugin server for Kong is told: values, whatever the command line called them.
import type { Limits } from "../engine/limits.ts";
import type { LogFormat, LogLevel, LogLevels } from "../../base/log.ts";
import type { SocketFileOptions } from "../../base/socket_file.ts";

/** What a server is told. It travels to worker processes as MessagePack. */
export interface ServerOptions {
  /** Left out where a client names it, by plugin.SetPluginDir. */
  readonly pluginsDirectory?: string;
  readonly socket: { readonly path: string; readonly file: SocketFileOptions };
  /** Whether clients may change the plugins directory. */
  readonly maySetPluginDir: boolean;
  /** Whether plugins are loaded again when their files change. */
  readonly watch: boolean;
  /** Worker processes under a supervisor; with 0 this process serves by itself. */
  readonly workers: number;
  /** How long a worker process may be blocked, in milliseconds. */
  readonly workerTimeoutMs: number;
  /** How long events under way may take at the end, in milliseconds. */
  readonly graceMs: number;
  readonly limits: Limits;
  readonly logLevel: LogLevel | LogLevels;
  /** How entries are written; with it, what plugins print becomes entries too. */
  readonly logFormat?: LogFormat;
  /** Whether events and processes are counted. */
  readonly metrics?: boolean;
  /** URL of a collector that takes OTLP over HTTP; nothing is traced without it. */
  readonly traces?: string;
}
