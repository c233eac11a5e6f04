// What is kept of one request, unmasked: the gateway's part and the plugins'.
import type { HeaderLine } from "../../kong/emulator/http/header_list.ts";
import type { HandlerRun } from "../../kong/emulator/exchange.ts";
import type { PluginEntity } from "../../kong/emulator/plugin_entity.ts";
import type { CallWay } from "../../kong/pdk/observed_caller.ts";
import type { KeptBody } from "./kept_body.ts";
import { type KeptValue, sizeOfKept } from "./kept_value.ts";
import type { AnsweredBy, CodeFrame } from "./view.ts";

/** How many are kept of one request; the others are counted. */
export const MOST = { runs: 200, calls: 500, logs: 200 } as const;

/** A PDK call. Times are of `performance.now()`, here and below. */
export interface RecordedCall {
  readonly method: string;
  readonly args: readonly KeptValue[];
  way: CallWay;
  readonly begun: number;
  ended?: number;
  result?: KeptValue;
  error?: string;
  readonly isLast: boolean;
}

/** What went wrong in a handler. */
export interface RecordedError {
  readonly message: string;
  readonly code: string | undefined;
  readonly remedy: string | undefined;
  readonly frame: CodeFrame | undefined;
  readonly stack: readonly { readonly text: string; readonly isOwn: boolean }[];
}

/** One run of a handler. */
export interface RecordedRun {
  readonly plugin: PluginEntity;
  readonly phase: string;
  readonly begun: number;
  readonly calls: RecordedCall[];
  moreCalls: number;
  /** How many questions the gateway was asked for the calls. */
  roundTrips: number;
  error?: RecordedError;
  /** What Kong says of it; undefined while it is under way. */
  end?: HandlerRun;
}

/** A line of Kong's error log. */
export interface RecordedLog {
  readonly level: string;
  readonly message: string;
  readonly plugin: string | undefined;
  readonly at: number;
}

/** The request to the service, and the head of its answer. */
export interface RecordedService {
  readonly url: string;
  readonly method: string;
  readonly headers: readonly HeaderLine[];
  readonly body: KeptBody;
  readonly begun: number;
  ended?: number;
  status?: number;
  answerHeaders?: readonly HeaderLine[];
}

/** A request. */
export class Recording {
  /** Kong's id of the request. */
  readonly id: string;
  readonly number: number;
  readonly startedAt: number;
  readonly begun: number;
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly scheme: string;
  readonly httpVersion: number;
  readonly client: string;
  readonly headers: readonly HeaderLine[];
  readonly body: KeptBody;

  route: string | undefined;
  service: string | undefined;
  consumer: string | undefined;
  credential: KeptValue = null;
  asked: RecordedService | undefined;
  readonly runs: RecordedRun[] = [];
  moreRuns = 0;
  readonly logs: RecordedLog[] = [];
  moreLogs = 0;
  calls = 0;
  hasFailed = false;
  status: number | undefined;
  milliseconds: number | undefined;
  answeredBy: AnsweredBy | undefined;
  responseHeaders: readonly HeaderLine[] | undefined;
  responseBody: KeptBody | undefined;
  note: string | undefined;
  /** Names of what plugins are for, by their ids. */
  names: ReadonlyMap<string, string> = new Map();

  constructor(
    parts: Pick<
      Recording,
      | "id"
      | "number"
      | "startedAt"
      | "begun"
      | "method"
      | "target"
      | "host"
      | "scheme"
      | "httpVersion"
      | "client"
      | "headers"
      | "body"
    >,
  ) {
    this.id = parts.id;
    this.number = parts.number;
    this.startedAt = parts.startedAt;
    this.begun = parts.begun;
    this.method = parts.method;
    this.target = parts.target;
    this.host = parts.host;
    this.scheme = parts.scheme;
    this.httpVersion = parts.httpVersion;
    this.client = parts.client;
    this.headers = parts.headers;
    this.body = parts.body;
  }

  /** Roughly how many bytes it takes. */
  get size(): number {
    const bodies = [this.body, this.asked?.body, this.responseBody];
    let size = 2048 + bodies.reduce((sum, body) => sum + (body?.keptBytes ?? 0), 0);
    const lists = [this.headers, this.asked?.headers, this.asked?.answerHeaders];
    for (const lines of [...lists, this.responseHeaders]) {
      for (const [name, value] of lines ?? []) size += name.length + value.length + 64;
    }
    for (const { message } of this.logs) size += message.length + 64;
    for (const { calls, error } of this.runs) {
      size += 256 + 2 * (error?.stack.reduce((sum, { text }) => sum + text.length, 0) ?? 0);
      for (const { args, result = null } of calls) {
        size += 128 + sizeOfKept(args) + sizeOfKept(result);
      }
    }
    return size;
  }
}
