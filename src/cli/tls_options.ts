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
  const { cert, key, ca } = await readFiles(options);
  if (cert === undefined && key === undefined && ca === undefined) return undefined;
  if ((cert === undefined) !== (key === undefined)) {
    throw new GibbonError(
      "OPTION_INVALID",
      "A certificate takes --tls-cert and --tls-key together",
    );
  }
  return { ...(ca && { ca }), ...(cert && key && { cert, key }) };
}

async function readFiles({ tlsCert, tlsKey, tlsCa }: OptionValues) {
  const [cert, key, ca] = await Promise.all([
    readPem("--tls-cert", tlsCert),
    readPem("--tls-key", tlsKey),
    readPem("--tls-ca", tlsCa),
  ]);
  return { cert, key, ca };
}

/**
 * Reads a PEM file; undefined where none is named.
 *
 * @param flag the option that names it
 * @throws {GibbonError} OPTION_INVALID
 */
export async function readPem(flag: string, file: string | undefined): Promise<string | undefined> {
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
