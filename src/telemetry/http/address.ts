// Where the page for operators listens: a port, or a Unix socket.
import { GibbonError } from "../../base/errors.ts";
import { hostPort } from "../../base/host_port.ts";

/** An address of the page. */
export type PageAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

/**
 * Reads `HOST:PORT`, `[IPv6]:PORT` or `unix:PATH`.
 *
 * @throws {GibbonError} OPTION_INVALID
 */
export function parsePageAddress(text: string): PageAddress {
  const [, path] = /^unix:(?:\/\/)?(.+)$/.exec(text) ?? [];
  if (path !== undefined) return { path };
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/
    .exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new GibbonError("OPTION_INVALID", `${JSON.stringify(text)} is no address for metrics`, {
    remedy: "Give HOST:PORT, as in 127.0.0.1:9542, or unix:PATH.",
  });
}

/** An address as people write it. */
export function formatPageAddress(address: PageAddress): string {
  return "path" in address ? `unix:${address.path}` : hostPort(address.host, address.port);
}
