// The plugins that Kong comes with, by the version from which on it has them.
import { isBefore } from "../config/settings.ts";

/**
 * Names by version. Source: `kong/constants.lua` of Kong's repository at the tags 2.0.0 to 3.9.0.
 * No plugin has been taken out in those versions. Kong Enterprise has others, which are not here.
 */
const BUNDLED: readonly (readonly [since: readonly [number, number], names: string])[] = [
  [
    [2, 0],
    "acl aws-lambda azure-functions basic-auth bot-detection correlation-id cors datadog file-log " +
    "hmac-auth http-log ip-restriction jwt key-auth ldap-auth loggly oauth2 post-function " +
    "pre-function prometheus proxy-cache rate-limiting request-size-limiting " +
    "request-termination request-transformer response-ratelimiting response-transformer session " +
    "statsd syslog tcp-log udp-log zipkin",
  ],
  [[2, 1], "acme grpc-gateway grpc-web"],
  [[3, 0], "opentelemetry"],
  [
    [3, 6],
    "ai-prompt-decorator ai-prompt-guard ai-prompt-template ai-proxy ai-request-transformer " +
    "ai-response-transformer",
  ],
  [[3, 8], "standard-webhooks"],
  [[3, 9], "redirect"],
];

const SINCE = new Map(
  BUNDLED.flatMap(([since, names]) => names.split(" ").map((name) => [name, since] as const)),
);

/**
 * Whether Kong has a plugin of its own by that name.
 *
 * @param kong its version; any, if it is not known
 */
export function isBundled(name: string, kong: readonly [number, number] | undefined): boolean {
  const since = SINCE.get(name);
  return since !== undefined && (kong === undefined || !isBefore(kong, since));
}
