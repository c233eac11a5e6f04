// What a test sees of a request or a connection when it is over.
import type { EntityRecord } from "../kong/emulator/entities.ts";
import type { HandlerRun } from "../kong/emulator/exchange.ts";
import type { KongLogLevel } from "../kong/emulator/node.ts";
import type { Phase } from "../kong/engine/phases.ts";
import type { CallWay } from "../kong/pdk/observed_caller.ts";
import type { PdkMethod } from "../kong/pdk/functions.ts";
import type { ProxiedRequest, TestResponse } from "./http_messages.ts";

/** A PDK call, as the plugin made it. */
export interface PdkCall {
  readonly plugin: string;
  readonly phase: Phase;
  /** Kong's name: `kong.request.get_header`. */
  readonly method: PdkMethod;
  /** As the plugin gave them, without those at the end that are undefined. */
  readonly args: readonly unknown[];
  /**
   * Where the answer came from: Kong (`round-trip`), Kong with the answer to the call before it, since
   * both went out as one (`joined`), gibbon's memory (`remembered`), or nowhere, since gibbon did not
   * send the call (`refused`).
   */
  readonly way: CallWay;
  /** What the plugin got. Undefined too for a call that ended the request, or has no answer. */
  readonly result?: unknown;
  /** What the plugin got thrown. */
  readonly error?: unknown;
}

/** A line of Kong's error log. */
export interface KongLogLine {
  readonly level: KongLogLevel;
  readonly message: string;
  /** The plugin that it is from, or about. */
  readonly plugin: string | undefined;
}

/** Why a handler failed. */
export interface PluginFailure {
  readonly plugin: string;
  readonly phase: Phase;
  readonly message: string;
  /** gibbon's code, where it is an error of gibbon's. */
  readonly code: string | undefined;
  /** What to do about it, where gibbon knows. */
  readonly remedy: string | undefined;
  /** What was thrown; undefined where Kong raised. */
  readonly error: unknown;
}

/** What requests and connections leave behind. */
export interface Outcome {
  /** PDK calls of all plugins, in their order. */
  readonly calls: readonly PdkCall[];
  /** What Kong wrote to its error log for this request. */
  readonly logs: readonly KongLogLine[];
  /** Every handler that ran, in order: its plugin, its phase, and how it ended. */
  readonly runs: readonly HandlerRun[];
  /** Values of `kong.ctx.shared`, by their keys. */
  readonly shared: Readonly<Record<string, unknown>>;
  /** What plugins have put into nginx's context, by `kong.nginx.setCtx`. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly consumer: EntityRecord | undefined;
  readonly credential: EntityRecord | undefined;
  readonly route: EntityRecord | undefined;
  readonly service: EntityRecord | undefined;
  /** The first handler that failed, whatever became of the request; undefined if all went well. */
  readonly failure: PluginFailure | undefined;
}

/** What became of a request. */
export interface RequestOutcome extends Outcome {
  /** What the client got. */
  readonly response: TestResponse;
  /** What went to the service; undefined if nothing did. */
  readonly upstream: ProxiedRequest | undefined;
  /** What Kong's log plugins would send: `kong.log.serialize`, parsed. */
  readonly record: Readonly<Record<string, unknown>>;
}

/** What became of a connection of TCP or TLS. */
export interface ConnectionOutcome extends Outcome {
  /** Where the connection went, and with which bytes; undefined if it was ended. */
  readonly upstream:
    | { readonly host: string; readonly port: number; readonly bytes: Uint8Array }
    | undefined;
  /** The status that it has in Kong's log: 200, or what it was ended with. */
  readonly status: number;
  /** What a plugin had sent to the client: the body of `kong.response.exit`, unless it is an error. */
  readonly sent: Uint8Array;
  /** What Kong's log plugins would send: `kong.log.serialize`, parsed. */
  readonly record: Readonly<Record<string, unknown>>;
}
