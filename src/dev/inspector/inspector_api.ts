// What the inspector's page asks for: requests, one of them, a secret, and to send one again.
import type { IncomingMessage, ServerResponse } from "node:http";
import * as v from "valibot";
import type { GibbonError } from "../../base/errors.ts";
import { readBody } from "../incoming.ts";
import { type OpenedRequest, openRequest, type SecretsOf } from "./detail.ts";
import type { LiveStream } from "./live.ts";
import type { Recording } from "./recording.ts";
import { type GatewayAddress, resend } from "./resend.ts";
import type { RequestStore } from "./store.ts";
import { summaryOf } from "./summary.ts";
import type { RequestList, SentAgain, ShownProblem } from "./view.ts";

/** Longest body of a request to the inspector, in bytes. */
const ORDER_BYTES = 2 * 1024 * 1024;

/** A request that cannot be answered, with the status that says so. */
export class InspectorRefusal extends Error {
  override readonly name = "InspectorRefusal";
  readonly status: number;
  readonly remedy: string | undefined;

  constructor(status: number, message: string, remedy?: string) {
    super(message);
    this.status = status;
    this.remedy = remedy;
  }
}

/** What the answers are made of. */
export interface InspectorParts {
  readonly store: RequestStore;
  readonly live: LiveStream;
  readonly secretsOf: SecretsOf;
  /** Where requests are sent again to, and what people call it. */
  readonly gateway: () => GatewayAddress & { readonly url: string };
  /** What does not run as it is written. */
  readonly problems: () => readonly ShownProblem[];
}

const Hidden = v.object({ $masked: v.string(), text: v.string(), like: v.number() });
const Text = v.union([v.string(), Hidden]);
const RevealOrder = v.strictObject({ place: v.string() });
const Order = v.strictObject({
  method: v.optional(v.pipe(v.string(), v.regex(/^[!#$%&'*+.^_`|~\w-]{1,32}$/, "is none"))),
  target: v.optional(Text),
  headers: v.optional(
    v.pipe(v.array(v.tuple([v.pipe(v.string(), v.minLength(1)), Text])), v.maxLength(500)),
  ),
  body: v.optional(Text),
});

/** Answers the page. */
export class InspectorApi {
  readonly #parts: InspectorParts;

  constructor(parts: InspectorParts) {
    this.#parts = parts;
  }

  /**
   * Answers a request.
   *
   * @param path below `/api/`
   * @returns what goes out as JSON; undefined if the response is the live stream
   * @throws {InspectorRefusal} and {GibbonError}
   */
  async answer(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<unknown> {
    const [what = "", id = "", action = ""] = path.split("/").map(decodeURIComponent);
    const route = `${request.method} ${what}${id === "" ? "" : "/"}${action}`;
    switch (route) {
      case "GET live":
        return this.#stream(response);
      case "GET requests":
        return this.#list();
      case "GET requests/":
        return this.#open(this.#find(id)).detail;
      case "POST requests/reveal": {
        const { place } = await readOrder(request, RevealOrder);
        return this.#reveal(this.#find(id), place);
      }
      case "POST requests/send":
        return await this.#send(this.#find(id), await readOrder(request, Order));
      case "POST clear":
        this.#parts.store.clear();
        this.#parts.live.cleared();
        return {};
      default:
        throw new InspectorRefusal(404, `there is no ${request.method} /api/${path}`);
    }
  }

  #list(): RequestList {
    const { store, gateway, problems } = this.#parts;
    return {
      requests: store.list().map(summaryOf),
      total: store.total,
      problems: problems(),
      most: store.limits.requests,
      gateway: gateway().url,
    };
  }

  #stream(response: ServerResponse): undefined {
    const { live } = this.#parts;
    if (live.isFull) {
      throw new InspectorRefusal(503, "too many pages are open", "Close one of them.");
    }
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    live.join(response);
  }

  #find(id: string): Recording {
    const recording = this.#parts.store.get(id);
    if (recording) return recording;
    const { requests } = this.#parts.store.limits;
    throw new InspectorRefusal(
      404,
      "this request is not kept any more",
      `The newest ${requests} requests are kept, as far as there is memory for them.`,
    );
  }

  #open(recording: Recording): OpenedRequest {
    return openRequest(recording, this.#parts.secretsOf);
  }

  #reveal(recording: Recording, place: string): { readonly text: string } {
    const text = this.#open(recording).original(place);
    if (text === undefined) throw new InspectorRefusal(404, `nothing is masked at ${place}`);
    return { text };
  }

  async #send(
    recording: Recording,
    order: v.InferOutput<typeof Order>,
  ): Promise<SentAgain> {
    const { original } = this.#open(recording);
    return await resend({ recording, original }, order, this.#parts.gateway());
  }
}

/** @throws {InspectorRefusal} for a body that is not as it has to be */
async function readOrder<Schema extends v.GenericSchema>(
  request: IncomingMessage,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) {
    throw new InspectorRefusal(415, "the body has to be application/json");
  }
  const body = await readBody(request, ORDER_BYTES);
  if (!body) throw new InspectorRefusal(413, `the body has more than ${ORDER_BYTES} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new InspectorRefusal(400, "the body is not JSON");
  }
  if (Array.isArray(value)) throw new InspectorRefusal(400, "the body is a list");
  const read = v.safeParse(schema, value);
  if (read.success) return read.output;
  const [issue] = read.issues;
  throw new InspectorRefusal(400, `${v.getDotPath(issue) ?? "the body"}: ${issue.message}`);
}

/** The status of an error that is gibbon's own way to say what is wrong. */
export function statusOfOrder({ code }: GibbonError): number {
  return code === "OPTION_INVALID" ? 422 : 502;
}
