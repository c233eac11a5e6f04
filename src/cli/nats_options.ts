// How a hub joins others, from the options that begin with --nats.
import type { JoinOptions } from "../brpc/hub/cluster/options.ts";
import { GibbonError, messageOf } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { readRegular } from "../base/regular_file.ts";
import type { OptionName, OptionValues } from "./option_table.ts";
import { readNatsTls } from "./tls_options.ts";
import { readTokenFile } from "./token_file.ts";

/** Longest file of credentials or with a password, in bytes. */
const FILE_BYTES = 64 * 1024;

/** Options that mean nothing without --nats, with their flags. */
const DEPENDENT = [
  ["natsName", "--nats-name"],
  ["natsPrefix", "--nats-prefix"],
  ["natsUser", "--nats-user"],
  ["natsPasswordFile", "--nats-password-file"],
  ["natsTokenFile", "--nats-token-file"],
  ["natsCreds", "--nats-creds"],
  ["natsTlsCa", "--nats-tls-ca"],
  ["natsTlsCert", "--nats-tls-cert"],
  ["natsTlsKey", "--nats-tls-key"],
] as const satisfies readonly (readonly [OptionName, string])[];

/**
 * Reads them.
 *
 * @param log is told where others can read a file with a token
 * @returns undefined without --nats
 * @throws {GibbonError} OPTION_INVALID
 */
export async function readNatsOptions(
  options: OptionValues,
  log: Logger,
): Promise<JoinOptions | undefined> {
  const { nats, natsName, natsPrefix, natsUser, natsPasswordFile, natsTokenFile, natsCreds } =
    options;
  if (nats === undefined) {
    const [, flag] = DEPENDENT.find(([name]) => options[name] !== undefined) ?? [];
    if (flag === undefined) return undefined;
    throw new GibbonError("OPTION_INVALID", `${flag} is of no use without --nats`, {
      remedy: "Name the servers of NATS: --nats nats://HOST:4222.",
    });
  }
  const tls = await readNatsTls(options);
  return {
    servers: nats,
    ...(natsName !== undefined && { name: natsName }),
    ...(natsPrefix !== undefined && { prefix: natsPrefix }),
    ...(natsUser !== undefined && { user: natsUser }),
    ...(natsPasswordFile !== undefined && {
      password: readText("--nats-password-file", natsPasswordFile).trim(),
    }),
    ...(natsTokenFile !== undefined && {
      token: readTokenFile("--nats-token-file", natsTokenFile, log),
    }),
    ...(natsCreds !== undefined && { credentials: readText("--nats-creds", natsCreds) }),
    ...(tls && { tls }),
  };
}

function readText(flag: string, file: string): string {
  try {
    return readRegular(file, FILE_BYTES).toString();
  } catch (error) {
    throw new GibbonError("OPTION_INVALID", `${flag}: ${messageOf(error)}`, {
      remedy: "Name a file that this user can read.",
      cause: error,
    });
  }
}
