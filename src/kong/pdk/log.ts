// kong.log: Kong's error log, and the record that Kong's logging plugins write of a request.
import type { PdkCaller } from "./caller.ts";
import type { LogRecord } from "./entities.ts";
import type { PdkMethod } from "./functions.ts";
import { jsonOf } from "./results.ts";

/**
 * Writes one entry to Kong's error log. The parts are put together without spaces; objects are
 * written as JSON, errors with their stack, undefined as `nil`.
 */
export type LogFunction = (...message: unknown[]) => Promise<void>;

/** A function in the making: its properties are still to be set. */
type Writable<T extends LogFunction> = LogFunction & { -readonly [Key in keyof T]: T[Key] };

/** What `kong.log.deprecation` says besides its message. */
export interface DeprecationOptions {
  /** The version of Kong since which it is deprecated. */
  readonly after?: string;
  /** The version of Kong that will no longer have it. */
  readonly removal?: string;
  /** Log a stack trace of Kong's too. */
  readonly trace?: boolean;
}

/** `kong.log.inspect`: values written out in full, for debugging. */
export interface KongLogInspect {
  /**
   * Writes values out at level debug, tables over several lines and with spaces between them.
   *
   * Phases: all.
   */
  (...values: unknown[]): Promise<void>;
  /**
   * Turns `kong.log.inspect` on, for the whole worker process of Kong.
   *
   * Phases: all. Not over ProtoBuf:1.
   */
  on(): Promise<void>;
  /**
   * Turns `kong.log.inspect` off, for the whole worker process of Kong.
   *
   * Phases: all. Not over ProtoBuf:1.
   */
  off(): Promise<void>;
}

/**
 * `kong.log`: Kong's error log. Functions of it need not be awaited, and can be passed on as they
 * are: `promise.catch(kong.log.err)`. Kong may name another plugin as an entry's source: each of
 * its worker processes keeps the first one.
 */
export interface KongLog {
  /**
   * Logs at level notice; see `LogFunction`.
   *
   * Phases: all.
   */
  (...message: unknown[]): Promise<void>;
  /**
   * Logs at level emerg: the system is unusable.
   *
   * Phases: all.
   */
  emerg(...message: unknown[]): Promise<void>;
  /**
   * Logs at level alert: somebody must act at once.
   *
   * Phases: all.
   */
  alert(...message: unknown[]): Promise<void>;
  /**
   * Logs at level crit: something important is broken.
   *
   * Phases: all.
   */
  crit(...message: unknown[]): Promise<void>;
  /**
   * Logs at level error.
   *
   * Phases: all.
   */
  err(...message: unknown[]): Promise<void>;
  /**
   * Logs at level warn.
   *
   * Phases: all.
   */
  warn(...message: unknown[]): Promise<void>;
  /**
   * Logs at level notice, which Kong writes out unless told otherwise.
   *
   * Phases: all.
   */
  notice(...message: unknown[]): Promise<void>;
  /**
   * Logs at level info.
   *
   * Phases: all.
   */
  info(...message: unknown[]): Promise<void>;
  /**
   * Logs at level debug.
   *
   * Phases: all.
   */
  debug(...message: unknown[]): Promise<void>;
  /**
   * Logs at level warn that something is deprecated. An object at the end is `DeprecationOptions`.
   *
   * Phases: all. Since Kong 2.6.
   */
  deprecation(...message: unknown[]): Promise<void>;
  /** Values written out in full, for debugging. */
  readonly inspect: KongLogInspect;
  /**
   * Changes the record that logging plugins write of this request. In log it has no effect.
   *
   * Phases: rewrite, access, response, log. Since Kong 2.3.
   *
   * @param key name of a field; points lead into tables: `request.headers.x-id`
   * @param value undefined removes the field, but not together with options
   * @param options `add` leaves a field that is there alone, `replace` one that is not there
   */
  setSerializeValue(
    key: string,
    value: unknown,
    options?: { readonly mode?: "set" | "add" | "replace" },
  ): Promise<void>;
  /**
   * The record that logging plugins write of this request. It can hold secrets.
   *
   * Phases: log. Since Kong 2.1.
   */
  serialize(): Promise<LogRecord>;
  /**
   * Changes how Kong formats entries, for the whole worker process: `%file_src:%line_src %message`.
   * Without a format, back to Kong's own.
   *
   * Phases: all. Not over ProtoBuf:1.
   */
  setFormat(fmt?: string): Promise<void>;
}

/** Makes `kong.log` of an event. */
export function createLog(caller: PdkCaller): KongLog {
  const at = (method: PdkMethod): LogFunction => (...message) => caller.call(method, message);
  const log = at("kong.log") as Writable<KongLog>;
  log.emerg = at("kong.log.emerg");
  log.alert = at("kong.log.alert");
  log.crit = at("kong.log.crit");
  log.err = at("kong.log.err");
  log.warn = at("kong.log.warn");
  log.notice = at("kong.log.notice");
  log.info = at("kong.log.info");
  log.debug = at("kong.log.debug");
  log.deprecation = at("kong.log.deprecation");
  log.inspect = createInspect(caller);
  log.setSerializeValue = (key, value, options) =>
    caller.call("kong.log.set_serialize_value", [key, value, options]);
  log.serialize = () => caller.read("kong.log.serialize", [], recordOf);
  log.setFormat = (fmt) => caller.call("kong.log.set_format", [fmt]);
  return log;
}

function createInspect(caller: PdkCaller): KongLogInspect {
  const inspect = ((...values) => caller.call("kong.log.inspect", values)) as Writable<
    KongLogInspect
  >;
  inspect.on = () => caller.call("kong.log.inspect.on");
  inspect.off = () => caller.call("kong.log.inspect.off");
  return inspect;
}

function recordOf(text: unknown): LogRecord {
  return jsonOf(text) as LogRecord;
}
