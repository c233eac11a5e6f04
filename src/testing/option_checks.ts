// What a test says, looked at: what is written wrongly is told of, and not passed over.
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

/** Values that are one of a few, by what they are. */
const CHOICES = {
  "a protocol": ["ProtoBuf:1", "MsgPack:1"],
  "a scheme": ["http", "https"],
  "what a service can do": ["unreachable", "timeout"],
  "what a plugin can be configured on": ["route", "service", "consumer"],
  "a phase of a request": ["certificate", "rewrite", "access", "response", "log"],
} as const;

/**
 * Looks at a value that has to be one of a few.
 *
 * @param value undefined where nothing was said
 * @throws {GibbonError} OPTION_INVALID
 */
export function checkChoice(what: keyof typeof CHOICES, value: unknown): void {
  const choices: readonly unknown[] = CHOICES[what];
  if (value === undefined || choices.includes(value)) return;
  throw new GibbonError("OPTION_INVALID", `${JSON.stringify(value)} is not ${what}`, {
    remedy: value === "preread"
      ? "Plugins with preread run on connections: gateway.connect()."
      : `It is one of ${choices.join(", ")}.`,
  });
}

/**
 * Reads a time.
 *
 * @returns Unix milliseconds; undefined for undefined
 * @throws {GibbonError} OPTION_INVALID
 */
export function readTime(time: TestOptions["now"]): number | undefined {
  if (time === undefined) return undefined;
  const ms = new Date(time).getTime();
  if (!Number.isNaN(ms)) return ms;
  throw new GibbonError("OPTION_INVALID", `${JSON.stringify(time)} is no time`, {
    remedy: "Give a Date, Unix milliseconds, or a text such as 2030-01-01T00:00:00Z.",
  });
}

/**
 * Looks at a status that a service answers with.
 *
 * @throws {GibbonError} OPTION_INVALID
 */
export function checkStatus(status: unknown): void {
  if (Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599) return;
  throw new GibbonError("OPTION_INVALID", `a service cannot answer with the status ${status}`, {
    remedy: "Give a whole number from 200 to 599.",
  });
}
