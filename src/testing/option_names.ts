// The names of what a test can say: one that is written wrongly is told of, and not passed over.
import { GibbonError } from "../base/errors.ts";
import { findSimilar } from "../modules/similar.ts";
import type {
  ArrivalOptions,
  PdkFault,
  PluginOptions,
  TestConnection,
  TestedPlugin,
  TestOptions,
  TestRequest,
  UpstreamAnswer,
} from "./options.ts";

type Names<Options> = Readonly<Record<keyof Options, true>>;

const ARRIVAL: Names<ArrivalOptions> = {
  client: true,
  consumer: true,
  credential: true,
  pdk: true,
};
const PLUGIN: Names<PluginOptions> = { config: true, name: true, on: true };

const OPTIONS: Names<TestOptions> = {
  ...{ protocol: true, service: true, route: true, consumers: true, entities: true },
  ...{ upstream: true, env: true, pdk: true, now: true },
};
const TESTED: Names<TestedPlugin> = { ...PLUGIN, plugin: true };
const REQUEST: Names<TestRequest> = {
  ...ARRIVAL,
  ...{ method: true, path: true, query: true, headers: true, body: true, scheme: true },
  ...{ host: true, httpVersion: true, server: true, tls: true, upstream: true, phase: true },
};
const CONNECTION: Names<TestConnection> = { ...ARRIVAL, bytes: true, sni: true, server: true };
const ANSWER: Names<UpstreamAnswer> = { status: true, headers: true, body: true };
const FAULT: Names<PdkFault> = { fails: true, gives: true, lateMs: true };

/** What has options, with their names. */
const KNOWN = {
  "a gateway": OPTIONS,
  "a plugin": TESTED,
  "a request": REQUEST,
  "a connection": CONNECTION,
  "a service's answer": ANSWER,
  "a PDK call's fault": FAULT,
} as const;

/**
 * Looks at the names of options.
 *
 * @throws {GibbonError} OPTION_INVALID for one that there is not
 */
export function checkOptions(what: keyof typeof KNOWN, given: object): void {
  const names = Object.keys(KNOWN[what]);
  const stranger = Object.keys(given).find((name) => !names.includes(name));
  if (stranger === undefined) return;
  const similar = findSimilar(stranger, names);
  throw new GibbonError("OPTION_INVALID", `${what} has no option ${stranger}`, {
    remedy: similar === undefined
      ? `The options are ${names.join(", ")}.`
      : `Did you mean ${similar}?`,
  });
}
