// Reads a page of numbers: over HTTP, from a port or a Unix socket.
import http from "node:http";
import { GibbonError, messageOf } from "../../base/errors.ts";
import { formatPageAddress, type PageAddress } from "../http/address.ts";
import type { Sample } from "../metrics/family.ts";

/** Numbers by the names of their series. */
export type Scraped = ReadonlyMap<string, readonly Sample[]>;

/** How long a page may take, in milliseconds, and how long it may be, in characters. */
const PAGE_MS = 5000;
const PAGE_LENGTH = 64 * 1024 * 1024;

/**
 * Reads the page at an address.
 *
 * @throws {GibbonError} SOCKET_FAILED
 */
export async function scrape(address: PageAddress): Promise<Scraped> {
  try {
    return readPage(await get(address));
  } catch (error) {
    const message = `No metrics at ${formatPageAddress(address)}: ${messageOf(error)}`;
    throw new GibbonError("SOCKET_FAILED", message, {
      remedy: "Start the server with --metrics, and give the same address here.",
      cause: error,
    });
  }
}

/** Reads the text form of Prometheus. */
export function readPage(text: string): Scraped {
  const series = new Map<string, Sample[]>();
  for (const line of text.split("\n")) {
    const [, name, inside = "", value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const labels = Object.fromEntries(
      [...inside.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((
        [, key, said],
      ) => [key, plain(said!)]),
    );
    const samples = series.get(name) ?? [];
    series.set(name, samples);
    samples.push({ value: Number(value), labels });
  }
  return series;
}

function plain(said: string): string {
  return said.replace(/\\(.)/g, (_, character) => character === "n" ? "\n" : character);
}

function get(address: PageAddress): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const where = "path" in address ? { socketPath: address.path } : address;
  const request = http.get(
    { ...where, path: "/metrics", agent: false, headers: { host: "gibbon" } },
    async (response) => {
      try {
        let text = "";
        for await (const piece of response.setEncoding("utf8")) {
          text += piece;
          if (text.length > PAGE_LENGTH) throw new Error("the page is too long");
        }
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`status ${response.statusCode}`));
      } catch (error) {
        reject(error);
      }
    },
  );
  request.setTimeout(PAGE_MS, () => request.destroy(new Error("no answer in time")));
  request.on("error", reject);
  return promise;
}
