// Takes fields out of JSON answers before they leave the house.
//
//   curl -s "http://127.0.0.1:8000/?name=gibbon&password=secret" -H "x-api-key: open-sesame"
//
// The service repeats what it was sent; the password is not in the answer.
import { definePlugin } from "gibbon";
import * as v from "valibot";

export default definePlugin({
  version: "1.0.0",
  priority: 700,
  config: v.object({
    fields: v.pipe(
      v.optional(v.set(v.pipe(v.string(), v.nonEmpty())), new Set(["password", "secret"])),
      v.description("Names of the fields that nobody is to see, however deep they are."),
    ),
    replacement: v.pipe(
      v.optional(v.string(), "***"),
      v.description("What stands there instead."),
    ),
  }),

  async response(kong, { fields, replacement }) {
    const type = await kong.service.response.getHeader("content-type");
    const text = isJson(type) ? await kong.service.response.getRawBodyText() : undefined;
    const body = text === undefined ? undefined : parse(text);
    if (body === undefined) return;
    let found = false;
    const redacted = JSON.stringify(body, (name, value) => {
      if (!fields.has(name)) return value;
      found = true;
      return replacement;
    });
    if (!found) return;
    const status = await kong.response.getStatus();
    // The only way to replace a body from outside of Kong is to end the request with another one.
    return kong.response.exit(status, redacted, { "content-type": type });
  },
});

function isJson(type: string | undefined): boolean {
  return type !== undefined && /^application\/(.+\+)?json\b/i.test(type);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is broken goes out as it came.
    return undefined;
  }
}
