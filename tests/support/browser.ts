// A real browser for the tests of pages: the machine's own Chromium, driven by playwright-core.
import { existsSync } from "node:fs";
import process from "node:process";
import type { Browser } from "playwright-core";
import { RUNS_ON_NODE_ALONE } from "./once.ts";

/** Where distributions put it. */
const PLACES = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** The program; undefined if there is none. */
export const CHROMIUM = PLACES.find((path) => path !== undefined && existsSync(path));

/** Why no page is tested here; false if it is: the browser is the same whoever starts it. */
export function missingBrowser(): string | false {
  if (RUNS_ON_NODE_ALONE !== undefined) return RUNS_ON_NODE_ALONE;
  if (CHROMIUM !== undefined) return false;
  return "there is no Chromium; run `apt-get install chromium`, or name one in CHROMIUM";
}

/** Starts it, without a window. */
export async function startBrowser(): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  return await chromium.launch({
    executablePath: CHROMIUM!,
    // Containers run tests as root, for whom its sandbox does not work.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
}
