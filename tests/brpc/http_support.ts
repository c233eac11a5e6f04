// A hub with its HTTP API and a plugin, for tests that ask it.
import assert from "node:assert/strict";
import { createLogger } from "../../src/base/log.ts";
import { type HubApi, startHubApi } from "../../src/brpc/hub/http/api.ts";
import type { HubLimits } from "../../src/brpc/hub/limits.ts";
import { method, MethodError } from "../../src/brpc/plugin/define.ts";
import { ask, type Asked } from "./http_client.ts";
import { ECHO, type HubRun, PATIENCE_MS, withHub } from "./support.ts";

/** One method for everything that the API can answer. */
export const METHODS = {
  ...ECHO,
  nothing: method({}, () => undefined),
  trace: method({}, (_, { trace }) => trace),
  fail: method({}, () => {
    throw new MethodError("went wrong on purpose");
  }),
  wait: method(
    {},
    (_, { signal }) =>
      new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve())),
  ),
  announce: method({}, (value, { async }) => async(value)),
};

/** A hub with a plugin, and its API. */
export interface ApiRun {
  readonly hub: HubRun;
  readonly api: HubApi;
  readonly ask: (path: string, asked?: Asked) => ReturnType<typeof ask>;
  readonly post: (path: string, body?: string, asked?: Asked) => ReturnType<typeof ask>;
}

/** Runs `use` with an API on a port of its own, and a plugin called `sample`. */
export async function withApi(
  use: (run: ApiRun) => Promise<void>,
  limits: Partial<HubLimits> = {},
  bodyBytes?: number,
  token?: string,
): Promise<void> {
  await withHub(async (hub) => {
    // Calls that wait for ever are cut off when the test is over.
    hub.plug({ methods: METHODS }, { limits: { graceMs: 1 } });
    assert.ok(await hub.socket.waitFor("sample", PATIENCE_MS));
    const api = await startHubApi({
      socket: hub.socket,
      address: "127.0.0.1:0",
      log: createLogger((line) => hub.entries.push(line), "debug"),
      ...(bodyBytes !== undefined && { bodyBytes }),
      ...(token !== undefined && { token }),
    });
    try {
      await use({
        hub,
        api,
        ask: (path, asked) => ask(api.url, path, asked),
        post: (path, body = "", asked = {}) =>
          ask(api.url, path, { method: "POST", body, ...asked }),
      });
    } finally {
      await api.close();
    }
  }, limits);
}
