// Changes requests and answers on their way: headers and arguments are set, renamed and taken away.
//
//   curl -s "http://127.0.0.1:8000/?debug=1&q=apes" -H "x-old: 1"
//
// The service repeats what it was sent: x-new in the place of x-old, and no debug. Nothing is held back: an
// answer of any length goes through as it comes. Only what is taken away from an answer needs the phase
// response, for which Kong holds the whole answer; that is a plugin of its own, see ../redact.ts.
import { definePlugin } from "gibbon";
import * as v from "valibot";

const name = v.pipe(v.string(), v.nonEmpty());
const values = v.optional(v.record(name, v.string()), {});
const names = v.optional(v.array(name), []);

export default definePlugin({
  version: "1.0.0",
  priority: 700,
  config: v.object({
    request: v.optional(v.object({ set: values, rename: values, remove: names }), {}),
    query: v.optional(v.object({ set: values, remove: names }), {}),
    response: v.optional(v.object({ set: values }), {}),
  }),

  async access(kong, { request, query, response }) {
    for (const [from, to] of Object.entries(request.rename)) {
      const value = await kong.request.getHeader(from);
      if (value === undefined) continue;
      kong.service.request.clearHeader(from);
      kong.service.request.setHeader(to, value);
    }
    for (const header of request.remove) kong.service.request.clearHeader(header);
    kong.service.request.setHeaders(request.set);
    if (query.remove.length > 0 || Object.keys(query.set).length > 0) {
      const left = Object.entries(await kong.request.getQuery())
        .filter(([argument]) => !query.remove.includes(argument));
      kong.service.request.setQuery({ ...Object.fromEntries(left), ...query.set });
    }
    // They are put on the answer that comes.
    kong.response.setHeaders(response.set);
  },
});
