// Asks an Open Policy Agent whether a request may go on. Without its word nobody is let in.
//
//   opa run --server policy.rego
//   curl -i http://127.0.0.1:8000/reports
//
// The policy gets method, path, headers, client and consumer as its input, and answers with true or false,
// or with { "allow": false, "reason": "..." }. See https://www.openpolicyagent.org/docs/rest-api
import { definePlugin } from "gibbon";
import * as v from "valibot";

/** What a policy answers. */
const Decision = v.object({
  result: v.union([
    v.boolean(),
    v.object({ allow: v.boolean(), reason: v.optional(v.string()) }),
  ]),
});

export default definePlugin({
  version: "1.0.0",
  priority: 950,
  config: v.object({
    url: v.pipe(
      v.string(),
      v.url(),
      v.description("URL of the rule: http://opa:8181/v1/data/http/allow"),
    ),
    timeout: v.pipe(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(10)), 1000),
      v.description("How long an answer may take, in milliseconds."),
    ),
    headers: v.pipe(
      v.optional(v.array(v.pipe(v.string(), v.nonEmpty())), []),
      v.description("Headers of the request that the policy is to see."),
    ),
  }),

  async access(kong, { url, timeout, headers }) {
    const shown = await Promise.all(
      headers.map(async (name) => [name, await kong.request.getHeader(name)]),
    );
    const input = {
      method: await kong.request.getMethod(),
      path: await kong.request.getPath(),
      client: await kong.client.getForwardedIp(),
      consumer: (await kong.client.getConsumer())?.username,
      headers: Object.fromEntries(shown),
    };
    const decision = await ask(
      url,
      input,
      AbortSignal.any([
        kong.signal,
        AbortSignal.timeout(timeout),
      ]),
    );
    if (decision instanceof Error) {
      await kong.log.err("the policy gave no answer: ", decision.message);
      return kong.response.exit(503, { message: "Nobody can say whether you may do this." });
    }
    const { allow, reason } = decision;
    if (!allow) return kong.response.exit(403, { message: reason ?? "You may not do this." });
  },
});

/** Asks; an error stands for everything that is no clear answer. */
async function ask(url: string, input: unknown, signal: AbortSignal) {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ input }),
      signal,
    });
    if (!answer.ok) return new Error(`status ${answer.status}`);
    const { result } = v.parse(Decision, await answer.json());
    return typeof result === "boolean" ? { allow: result, reason: undefined } : result;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
