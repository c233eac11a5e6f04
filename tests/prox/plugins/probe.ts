#!/usr/bin/env -S gibbon prox
// A plugin for prox that shows what it sees, and does what a request's headers say.
import {
  type AuthorizeResult,
  defineProxPlugin,
  deny,
  type ProxRequest,
  type ResponseModResult,
} from "gibbon/prox";

/** What a request says in a header: JSON as base64. */
function said<T>(req: ProxRequest, name: string): T | undefined {
  const text = req.header(name);
  if (text === undefined) return undefined;
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0))));
}

/** As a header can carry it. */
function asHeader(value: unknown): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))));
}

export default defineProxPlugin({
  onRequest(req, prox) {
    const targets = said<Parameters<typeof prox.setTargets>[1]>(req, "X-Targets");
    if (targets !== undefined) prox.setTargets("*", targets);
    const verdict = said<AuthorizeResult>(req, "X-Verdict");
    if (verdict !== undefined) return verdict;
    const { body, ...rest } = req;
    return deny(200, JSON.stringify({ ...rest, body: new TextDecoder().decode(body) }));
  },
  onResponse(req, resp) {
    const given = said<ResponseModResult>(req, "X-Modify");
    if (given === undefined) return;
    return { ...given, headers: { ...given.headers, "X-Shown": asHeader(resp) } };
  },
});
