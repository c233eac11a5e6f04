// What the inspector's page is told, as JSON: types alone, which server and page share.

/** A text that is not told, or not all of it: `text` is what may be seen. Asked for by its place. */
export interface Masked {
  readonly $masked: string;
  readonly text: string;
  /** The same number for the same text, within a request. */
  readonly like: number;
}

/** A text, as far as it may be seen. */
export type Shown = string | Masked;

/** A value of JSON in which texts may be masked. */
export type ShownValue =
  | Shown
  | number
  | boolean
  | null
  | readonly ShownValue[]
  | { readonly [name: string]: ShownValue };

/** A header line. */
export type ShownHeader = readonly [name: string, value: Shown];

/** A body, as far as it is kept. */
export interface ShownBody {
  /** Undefined where it is not text. */
  readonly text?: Shown;
  /** How many bytes it had, whatever is kept of them. */
  readonly bytes: number;
  readonly isCut: boolean;
}

/** Who made the response. */
export interface AnsweredBy {
  readonly kind: "plugin" | "service" | "kong" | "prox";
  readonly name?: string;
}

/** A line of the list. */
export interface RequestSummary {
  readonly id: string;
  /** 1 for the first request of this gateway. */
  readonly number: number;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly method: string;
  readonly target: Shown;
  readonly host: string;
  readonly route?: string;
  readonly service?: string;
  /** Undefined while it is under way, as `milliseconds` is. */
  readonly status?: number;
  readonly milliseconds?: number;
  readonly answeredBy?: AnsweredBy;
  readonly calls: number;
  readonly hasFailed: boolean;
}

/** A PDK call. */
export interface ShownCall {
  readonly method: string;
  readonly args: readonly ShownValue[];
  /** Undefined for nil, and as long as there is none. */
  readonly result?: ShownValue;
  readonly error?: Shown;
  readonly way: "round-trip" | "joined" | "remembered" | "refused";
  /** Microseconds since the request came in. */
  readonly at: number;
  /** In microseconds; undefined without an answer. */
  readonly took?: number;
  /** Whether the request ended with it. */
  readonly isLast: boolean;
}

/** A few lines of a source. */
export interface CodeFrame {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The number of the first line. */
  readonly from: number;
  readonly lines: readonly string[];
}

/** Something that does not run as it is written. */
export interface ShownProblem {
  readonly message: string;
  /** What happens instead. */
  readonly consequence?: string;
  readonly remedy?: string;
  readonly frame?: CodeFrame;
}

/** What went wrong in a handler. */
export interface ShownError {
  readonly message: Shown;
  readonly code?: string;
  readonly remedy?: string;
  readonly frame?: CodeFrame;
  /** Lines of the stack; those of the plugin's own files first said to be so. */
  readonly stack: readonly { readonly text: Shown; readonly isOwn: boolean }[];
}

/** One run of a handler. */
export interface ShownRun {
  readonly plugin: string;
  readonly phase: string;
  readonly at: number;
  readonly took?: number;
  readonly end?: "returned" | "exited" | "skipped" | "raised";
  readonly reason?: Shown;
  readonly calls: readonly ShownCall[];
  /** Calls that are not kept. */
  readonly moreCalls: number;
  /** How many questions the gateway was asked for the calls. */
  readonly roundTrips: number;
  readonly error?: ShownError;
}

/** A line of Kong's error log. */
export interface ShownLog {
  readonly level: string;
  readonly message: Shown;
  readonly plugin?: string;
  readonly at: number;
}

/** The service's part of a request. */
export interface ShownService {
  readonly url: Shown;
  readonly method: string;
  readonly headers: readonly ShownHeader[];
  readonly body: ShownBody;
  readonly at: number;
  readonly took?: number;
  readonly status?: number;
  readonly answerHeaders?: readonly ShownHeader[];
}

/** A plugin with its configuration, as the request met it. */
export interface ShownInstance {
  readonly plugin: string;
  readonly id: string;
  readonly priority: number;
  readonly isBundled: boolean;
  /** What it is for: names of route, service and consumer. */
  readonly scope: Readonly<Record<string, string>>;
  readonly config: ShownValue;
}

/** All that is known of a request. */
export interface RequestDetail extends RequestSummary {
  readonly scheme: string;
  readonly httpVersion: number;
  readonly client: string;
  readonly consumer?: string;
  readonly headers: readonly ShownHeader[];
  readonly body: ShownBody;
  readonly asked?: ShownService;
  readonly responseHeaders?: readonly ShownHeader[];
  readonly responseBody?: ShownBody;
  readonly runs: readonly ShownRun[];
  readonly moreRuns: number;
  readonly logs: readonly ShownLog[];
  readonly moreLogs: number;
  readonly instances: readonly ShownInstance[];
  /** What prox's plugins said. */
  readonly note?: string;
}

/** What is listed, and what is not. */
export interface RequestList {
  /** The newest ones, newest first. */
  readonly requests: readonly RequestSummary[];
  /** Requests since all were forgotten, also those that are not kept any more. */
  readonly total: number;
  readonly problems: readonly ShownProblem[];
  /** How many are kept at most. */
  readonly most: number;
  /** The gateway's URL. */
  readonly gateway: string;
}

/** What has happened since the last message of the live stream. */
export interface LiveBatch {
  readonly changed: readonly RequestSummary[];
  readonly total: number;
  /** Requests that changed and are not told of, for want of time. */
  readonly dropped: number;
  readonly problems: readonly ShownProblem[];
  /** Whether all was forgotten before that. */
  readonly cleared: boolean;
}

/** A request that is to be sent again, as it was or edited. A `Masked` stands for what it hides. */
export interface ResendOrder {
  readonly method?: string | undefined;
  readonly target?: Shown | undefined;
  readonly headers?: readonly ShownHeader[] | undefined;
  readonly body?: Shown | undefined;
}

/** What came of a request that was sent again. */
export interface SentAgain {
  /** The new request's; null where the gateway did not take it for a request. */
  readonly id: string | null;
  readonly status: number;
}

/** What came of an order that was not carried out, or of anything that was asked wrongly. */
export interface InspectorProblem {
  readonly error: string;
  readonly remedy?: string;
}
