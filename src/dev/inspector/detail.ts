// A request with all that is known of it, as the page is told.
import type { HeaderLine } from "../../kong/emulator/http/header_list.ts";
import type { PluginEntity } from "../../kong/emulator/plugin_entity.ts";
import type { KeptBody } from "./kept_body.ts";
import { keptValue } from "./kept_value.ts";
import { Masker } from "./masker.ts";
import type { RecordedCall, RecordedRun, Recording } from "./recording.ts";
import { isSecretName, type SecretFields } from "./secret_names.ts";
import { summaryWith } from "./summary.ts";
import type {
  RequestDetail,
  ShownBody,
  ShownCall,
  ShownHeader,
  ShownInstance,
  ShownRun,
  ShownService,
} from "./view.ts";

/** Gives what of a plugin's configuration is secret; undefined if nothing is known of it. */
export type SecretsOf = (plugin: string) => SecretFields | undefined;

/** What can be asked of a request. */
export interface OpenedRequest {
  /** All of it; secrets are masked. */
  readonly detail: RequestDetail;
  /** What a masked text is, by its place; undefined if there is none. */
  original(place: string): string | undefined;
}

/** Opens a request. */
export function openRequest(recording: Recording, secretsOf: SecretsOf): OpenedRequest {
  const masker = new Masker();
  const view = new DetailView(recording, masker, secretsOf);
  view.make();
  masker.show();
  return { detail: view.make(), original: (place) => masker.original(place) };
}

/** Functions whose result is a secret, whatever it looks like. */
const SECRET_RESULTS: ReadonlySet<string> = new Set(["kong.vault.get"]);

/** Makes the view. All texts go through the masker, in the same order each time. */
class DetailView {
  readonly #recording: Recording;
  readonly #masker: Masker;
  readonly #secretsOf: SecretsOf;

  constructor(recording: Recording, masker: Masker, secretsOf: SecretsOf) {
    this.#recording = recording;
    this.#masker = masker;
    this.#secretsOf = secretsOf;
  }

  make(): RequestDetail {
    const recording = this.#recording;
    const { scheme, httpVersion, client, consumer, note, moreRuns, moreLogs } = recording;
    const { responseHeaders, responseBody, asked } = recording;
    // What the plugins know the client by is a secret wherever else it stands.
    this.#masker.value("credential", recording.credential);
    return {
      ...summaryWith(recording, this.#masker.text("target", recording.target)),
      ...{ scheme, httpVersion, client, moreRuns, moreLogs },
      ...(consumer === undefined ? {} : { consumer }),
      ...(note === undefined ? {} : { note }),
      headers: this.#headers("headers", recording.headers),
      body: this.#body("body", recording.body),
      ...(asked ? { asked: this.#service(asked) } : {}),
      ...(responseHeaders
        ? { responseHeaders: this.#headers("responseHeaders", responseHeaders) }
        : {}),
      ...(responseBody ? { responseBody: this.#body("responseBody", responseBody) } : {}),
      instances: this.#instances(),
      runs: recording.runs.map((run, at) => this.#run(`runs.${at}`, run)),
      logs: recording.logs.map(({ level, message, plugin, at }, index) => ({
        level,
        message: this.#masker.text(`logs.${index}`, message),
        ...(plugin === undefined ? {} : { plugin }),
        at: this.#since(at),
      })),
    };
  }

  /** Microseconds since the request came in. */
  #since(time: number): number {
    return Math.round((time - this.#recording.begun) * 1000);
  }

  #took(begun: number, ended: number | undefined): { took: number } | Record<never, never> {
    return ended === undefined ? {} : { took: Math.round((ended - begun) * 1000) };
  }

  #headers(place: string, lines: readonly HeaderLine[]): ShownHeader[] {
    return lines.map(([name, value], at) =>
      [name, this.#masker.text(`${place}.${at}`, value, isSecretName(name))] as const
    );
  }

  #body(place: string, body: KeptBody): ShownBody {
    const { text, bytes, isCut } = body;
    return {
      ...(text === undefined ? {} : { text: this.#masker.text(place, text) }),
      bytes,
      isCut,
    };
  }

  #service(asked: NonNullable<Recording["asked"]>): ShownService {
    const { url, method, headers, body, begun, ended, status, answerHeaders } = asked;
    return {
      url: this.#masker.text("asked.url", url),
      method,
      headers: this.#headers("asked.headers", headers),
      body: this.#body("asked.body", body),
      at: this.#since(begun),
      ...this.#took(begun, ended),
      ...(status === undefined ? {} : { status }),
      ...(answerHeaders
        ? { answerHeaders: this.#headers("asked.answerHeaders", answerHeaders) }
        : {}),
    };
  }

  #run(place: string, run: RecordedRun): ShownRun {
    const { plugin, phase, begun, calls, moreCalls, roundTrips, end, error } = run;
    const reason = end?.reason;
    return {
      plugin: plugin.name,
      phase,
      at: this.#since(begun),
      ...(end ? { took: Math.round(end.milliseconds * 1000), end: end.end } : {}),
      ...(reason === undefined ? {} : { reason: this.#masker.text(`${place}.reason`, reason) }),
      calls: calls.map((call, at) => this.#call(`${place}.calls.${at}`, call)),
      moreCalls,
      roundTrips,
      ...(error ? { error: this.#error(`${place}.error`, error) } : {}),
    };
  }

  #error(place: string, error: NonNullable<RecordedRun["error"]>): NonNullable<ShownRun["error"]> {
    const { message, code, remedy, frame, stack } = error;
    return {
      message: this.#masker.text(`${place}.message`, message),
      ...(code === undefined ? {} : { code }),
      ...(remedy === undefined ? {} : { remedy }),
      ...(frame === undefined ? {} : { frame }),
      stack: stack.map(({ text, isOwn }, at) => ({
        text: this.#masker.text(`${place}.stack.${at}`, text),
        isOwn,
      })),
    };
  }

  /** What is called by the name of a secret is one: `getHeader("authorization")`, `set("token", x)`. */
  #call(place: string, call: RecordedCall): ShownCall {
    const { method, args, result, error, way, begun, ended, isLast } = call;
    const [name] = args;
    const isNamed = typeof name === "string" && isSecretName(name);
    const isSecret = isNamed || SECRET_RESULTS.has(method);
    return {
      method,
      args: args.map((arg, at) => {
        const here = `${place}.args.${at}`;
        return isNamed && at > 0 ? this.#masker.secret(here, arg) : this.#masker.value(here, arg);
      }),
      ...(result === undefined ? {} : {
        result: isSecret
          ? this.#masker.secret(`${place}.result`, result)
          : this.#masker.value(`${place}.result`, result),
      }),
      ...(error === undefined ? {} : { error: this.#masker.text(`${place}.error`, error) }),
      way,
      at: this.#since(begun),
      ...this.#took(begun, ended),
      isLast,
    };
  }

  /** Each configuration that was met, once. */
  #instances(): ShownInstance[] {
    const met = new Map<PluginEntity, RecordedRun>();
    for (const run of this.#recording.runs) {
      if (!met.has(run.plugin)) met.set(run.plugin, run);
    }
    return [...met.keys()].map((plugin, at) => this.#instance(`instances.${at}`, plugin));
  }

  #instance(place: string, plugin: PluginEntity): ShownInstance {
    const { name, id, priority, bundled = false, scope = {}, config } = plugin;
    const { names } = this.#recording;
    const own = Object.entries(config).filter(([key]) => !KONGS_KEY.test(key));
    const fields = this.#secretsOf(name);
    const kept = keptValue(Object.fromEntries(own));
    return {
      plugin: name,
      id,
      priority,
      isBundled: bundled,
      scope: Object.fromEntries(
        Object.entries(scope).flatMap(([kind, one]) =>
          one === undefined ? [] : [[kind, names.get(one) ?? one] as const]
        ),
      ),
      config: fields ? this.#masker.config(place, kept, fields) : this.#masker.value(place, kept),
    };
  }
}

/** Keys that Kong adds to every configuration. */
const KONGS_KEY = /^(?:__.*|route_id|service_id|consumer_id|plugin_instance_name)$/;
