// Records requests: puts together what the gateway does and what happens on the plugins' side.
import type { Readable } from "node:stream";
import { isGibbonError, messageOf, stackOf } from "../../base/errors.ts";
import { cut } from "../../base/printable.ts";
import type { ObservedRun } from "../../kong/emulator/chain.ts";
import type { Exchange } from "../../kong/emulator/exchange.ts";
import { toText } from "../../kong/emulator/lua/bytes.ts";
import { fromLine } from "../../kong/emulator/lua/bytes.ts";
import type { KongLogEntry } from "../../kong/emulator/node.ts";
import type { Numbering } from "../../kong/emulator/runner.ts";
import type { Event } from "../../kong/engine/event.ts";
import type { EventEnd } from "../../kong/engine/turn.ts";
import type { CallOutcome, PdkObserver, SeenCall } from "../../kong/pdk/observed_caller.ts";
import type { EventObserver } from "../../kong/protocol/observer.ts";
import type { RequestEnd, RequestObserver } from "../request_observer.ts";
import type { ServiceRequest } from "../service.ts";
import { answeredBy, headerLines, nameOfEntity, namesOf } from "./exchange_facts.ts";
import { findPlace } from "../code_frame.ts";
import { KeptBody, keptBody } from "./kept_body.ts";
import { keptValue } from "./kept_value.ts";
import { MOST, type RecordedCall, type RecordedRun, Recording } from "./recording.ts";
import type { RequestStore } from "./store.ts";

/** Longest line of the log that is kept, in UTF-16 units. */
const LOG_LENGTH = 4096;

/** Takes what gateway and plugin server tell, and keeps it in a store. */
export class Recorder implements RequestObserver, EventObserver {
  readonly #store: RequestStore;
  readonly #changed: (recording: Recording) => void;
  /** Requests under way. */
  readonly #open = new Map<string, { readonly recording: Recording; readonly keys: string[] }>();
  /** Runs whose event has not begun yet, by plugin and number of the command. */
  readonly #expected = new Map<string, OpenRun>();
  readonly #events = new WeakMap<Event, OpenRun>();
  /** Where in a plugin the call is that an error belongs to: its own stack begins with the answer. */
  readonly #sites = new WeakMap<object, Error>();

  /** @param changed is told of every request that has changed and is still kept */
  constructor(store: RequestStore, changed: (recording: Recording) => void) {
    this.#store = store;
    this.#changed = (recording) => void (store.get(recording.id) && changed(recording));
  }

  entered(exchange: Exchange, begun: number): void {
    const { original, headers, requestId: id, startedAt } = exchange;
    const recording = new Recording({
      id,
      number: this.#store.next(),
      startedAt,
      begun,
      method: original.method,
      target: text(original.target),
      host: text(headers.get("host") ?? ""),
      scheme: original.scheme,
      httpVersion: original.httpVersion,
      client: `${original.client.ip}:${original.client.port}`,
      headers: headerLines(headers),
      body: keptBody(original.body),
    });
    this.#open.set(id, { recording, keys: [] });
    this.#store.add(recording);
    this.#changed(recording);
  }

  running({ exchange, plugin, phase, begun }: ObservedRun): Numbering {
    const open = this.#open.get(exchange.requestId);
    if (!open) return () => {};
    const { recording, keys } = open;
    const run: RecordedRun = { plugin, phase, begun, calls: [], moreCalls: 0, roundTrips: 0 };
    recording.route ??= nameOfEntity(exchange.route);
    recording.service ??= nameOfEntity(exchange.service);
    if (recording.runs.length < MOST.runs) recording.runs.push(run);
    else recording.moreRuns++;
    return (command) => {
      const key = keyOf(plugin.name, command);
      keys.push(key);
      this.#expected.set(key, { run, recording });
    };
  }

  logged({ level, message, plugin, requestId }: KongLogEntry): void {
    const recording = requestId === undefined ? undefined : this.#open.get(requestId)?.recording;
    if (!recording) return;
    const entry = { level, message: cut(message, LOG_LENGTH), plugin, at: performance.now() };
    if (recording.logs.length < MOST.logs) recording.logs.push(entry);
    else recording.moreLogs++;
  }

  asking({ requestId }: Exchange, request: ServiceRequest): void {
    const recording = this.#open.get(requestId)?.recording;
    if (!recording) return;
    const { scheme, host, port, target, method, headers, body } = request;
    const name = host.includes(":") ? `[${host}]` : host;
    const isOwn = port === (scheme === "https" ? 443 : 80);
    recording.asked = {
      url: text(`${scheme}://${name}${isOwn ? "" : `:${port}`}${target}`),
      method,
      headers: headerLines(headers),
      body: keptBody(body),
      begun: performance.now(),
    };
    this.#changed(recording);
  }

  asked({ requestId, serviceResponse }: Exchange): void {
    const asked = this.#open.get(requestId)?.recording.asked;
    if (!asked) return;
    asked.ended = performance.now();
    if (!serviceResponse) return;
    asked.status = serviceResponse.status;
    asked.answerHeaders = headerLines(serviceResponse.headers);
  }

  failureOf({ requestId, runs }: Exchange): string | undefined {
    // Both are in the order in which the runs began.
    return this.#open.get(requestId)?.recording.runs[runs.length - 1]?.error?.message;
  }

  streaming({ requestId }: Exchange, body: Readable): void {
    const recording = this.#open.get(requestId)?.recording;
    if (!recording) return;
    const kept = recording.responseBody = new KeptBody();
    body.on("data", (chunk: Uint8Array) => kept.add(chunk));
  }

  ended(exchange: Exchange, { status, milliseconds, note }: RequestEnd): void {
    const open = this.#open.get(exchange.requestId);
    if (!open) return;
    const { recording, keys } = open;
    this.#open.delete(exchange.requestId);
    for (const key of keys) this.#expected.delete(key);
    // Both are in the order in which the runs began: one is over before the next begins.
    for (const [at, end] of exchange.runs.entries()) {
      const run = recording.runs[at];
      if (run) run.end = end;
    }
    const { route, service, consumer, credential, responseHeaders, responseBody } = exchange;
    recording.route = nameOfEntity(route);
    recording.service = nameOfEntity(service);
    recording.consumer = nameOfEntity(consumer);
    recording.credential = keptValue(credential ?? null);
    recording.names = namesOf([route, service, consumer]);
    recording.status = status;
    recording.milliseconds = milliseconds;
    recording.note = note;
    recording.answeredBy = answeredBy(exchange, note);
    recording.hasFailed ||= exchange.runs.some(({ end }) => end === "raised" || end === "skipped");
    recording.responseHeaders = headerLines(responseHeaders);
    recording.responseBody ??= keptBody(responseBody ?? new Uint8Array(0));
    this.#store.measure(recording);
    this.#changed(recording);
  }

  began(event: Event, command: number | undefined): PdkObserver | undefined {
    if (command === undefined) return undefined;
    const key = keyOf(event.instance.plugin.name, command);
    const open = this.#expected.get(key);
    if (!open) return undefined;
    this.#expected.delete(key);
    this.#events.set(event, open);
    return {
      called: (call) => {
        const ended = this.#record(open, call);
        return (outcome) => {
          open.run.roundTrips = event.roundTrips;
          ended(outcome);
        };
      },
    };
  }

  failed(event: Event, _end: EventEnd, error: unknown): void {
    const open = this.#events.get(event);
    if (!open || open.run.error) return;
    const known = isGibbonError(error) ? error : undefined;
    const { file, realFile = file } = event.instance.plugin;
    const site = typeof error === "object" && error !== null ? this.#sites.get(error) : undefined;
    const place = findPlace(stackOf(error), realFile);
    open.run.error = {
      message: messageOf(error),
      code: known?.code,
      remedy: known?.remedy,
      ...(place.frame || !site ? place : findPlace(stackOf(site), realFile)),
    };
    open.recording.hasFailed = true;
  }

  #record(
    { run, recording }: OpenRun,
    { method, args, way, begun, site }: SeenCall,
  ): (outcome: CallOutcome) => void {
    recording.calls++;
    if (run.calls.length >= MOST.calls) {
      run.moreCalls++;
      return () => {};
    }
    const isLast = method === "kong.response.exit" || method === "kong.response.error";
    const call: RecordedCall = { method, args: args.map(keptValue), way, begun, isLast };
    run.calls.push(call);
    return (outcome) => {
      if (!outcome) return;
      call.ended = performance.now();
      if (!("error" in outcome)) {
        call.way = outcome.way ?? call.way;
        if (outcome.result !== undefined) call.result = keptValue(outcome.result);
        return;
      }
      const { error } = outcome;
      if (typeof error === "object" && error !== null) this.#sites.set(error, site);
      call.error = error === undefined ? "the call was refused" : messageOf(error);
    };
  }
}

/** A run that is under way. */
interface OpenRun {
  readonly run: RecordedRun;
  readonly recording: Recording;
}

const keyOf = (plugin: string, command: number) => `${plugin} ${command}`;

/** A line of HTTP as text. */
const text = (line: string) => toText(fromLine(line));
