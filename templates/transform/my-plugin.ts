// Changes requests on their way to the service, and answers on their way back.
import { definePlugin } from "gibbon";
import * as v from "valibot";

const fieldName = v.pipe(v.string(), v.nonEmpty());

export default definePlugin({
  version: "0.1.0",
  // After authentication, before what looks at the final request.
  priority: 800,
  config: v.object({
    headers: v.pipe(
      v.optional(v.record(fieldName, v.string()), {}),
      v.description("Headers that the service gets."),
    ),
    remove: v.pipe(
      v.optional(v.set(fieldName), new Set(["server", "x-powered-by"])),
      v.description("Headers of the service that the client does not get."),
    ),
    hide: v.pipe(
      v.optional(v.set(fieldName), new Set<string>()),
      v.description("Fields of JSON answers that the client does not get, however deep they are."),
    ),
  }),

  access(kong, { headers }) {
    if (Object.keys(headers).length > 0) kong.service.request.setHeaders(headers);
  },

  // With a handler for this phase Kong keeps each answer back until the service has sent all of it.
  async response(kong, { remove, hide }) {
    for (const name of remove) kong.response.clearHeader(name);
    if (hide.size === 0) return;
    const type = await kong.service.response.getHeader("content-type") ?? "";
    if (!/^application\/(?:.+\+)?json\b/i.test(type)) return;
    const body = parse(await kong.service.response.getRawBodyText() ?? "");
    if (body === undefined) return;
    const text = JSON.stringify(body, (name, value) => hide.has(name) ? undefined : value);
    // A body can be replaced by ending the request with another one, and in no other way.
    kong.response.exit(await kong.response.getStatus(), text, { "content-type": type });
  },
});

/** What is no JSON goes out as it came. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
