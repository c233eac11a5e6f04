// Certificates from the options that name their files.
import { readFile } from "node:fs/promises";
import { GibbonError, messageOf } from "../base/errors.ts";
import type { TlsClientOptions, TlsServerOptions } from "../runtime/contract.ts";
import type { OptionValues } from "./option_table.ts";

/**
 * What a server shows and asks for; undefined without TLS.
 *
 * @throws {GibbonError} OPTION_INVALID
 */
export async function readServerTls(options: OptionValues): Promise<TlsServerOptions | undefined> {
  const { cert, key, ca } = await readFiles(options);
  if (cert !== undefined && key !== undefined) return { cert, key, ...(ca && { ca }) };
  if (cert === undefined && key === undefined && ca === undefined) return undefined;
  throw new GibbonError("OPTION_INVALID", "TLS takes --tls-cert and --tls-key together", {
    remedy: "Give both, and --tls-ca to ask plugins for certificates.",
  });
}

/**
 * What a client shows and trusts; undefined without TLS.
 *
 * @throws {GibbonError} OPTION_INVALID
 */
export async function readClientTls(options: OptionValues): Promise<TlsClientOptions | undefined> {
  return toClientTls("--tls", await readFiles(options));
}

/** The same towards NATS. */
export async function readNatsTls(
  { natsTlsCert, natsTlsKey, natsTlsCa }: OptionValues,
): Promise<TlsClientOptions | undefined> {
  const files = { tlsCert: natsTlsCert, tlsKey: natsTlsKey, tlsCa: natsTlsCa };
  return toClientTls("--nats-tls", await readFiles(files, "--nats-tls"));
}

function toClientTls(
  begin: string,
  { cert, key, ca }: Awaited<ReturnType<typeof readFiles>>,
): TlsClientOptions | undefined {
  if (cert === undefined && key === undefined && ca === undefined) return undefined;
  if ((cert === undefined) !== (key === undefined)) {
    throw new GibbonError(
      "OPTION_INVALID",
      `A certificate takes ${begin}-cert and ${begin}-key together`,
      { remedy: "Give both, or none." },
    );
  }
  return { ...(ca && { ca }), ...(cert && key && { cert, key }) };
}

/** @param begin of the options' flags */
async function readFiles(
  { tlsCert, tlsKey, tlsCa }: Readonly<
    Partial<Record<"tlsCert" | "tlsKey" | "tlsCa", string | undefined>>
  >,
  begin = "--tls",
) {
  const [cert, key, ca] = await Promise.all([
    readPem(`${begin}-cert`, tlsCert),
    readPem(`${begin}-key`, tlsKey),
    readPem(`${begin}-ca`, tlsCa),
  ]);
  return { cert, key, ca };
}

async function readPem(flag: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new GibbonError("OPTION_INVALID", `${flag}: ${messageOf(error)}`, {
      remedy: "Name a PEM file that this user can read.",
      cause: error,
    });
  }
}
