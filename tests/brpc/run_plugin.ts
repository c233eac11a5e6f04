// Runs the sample plugin as a program of its own: run_plugin.ts ADDRESS NAME [--reconnect].
import process from "node:process";
import { createLogger } from "../../src/base/log.ts";
import { type GibbonError, runHubPlugin } from "../../src/brpc/mod.ts";
import { samplePlugin } from "./plugins/sample.ts";

const [hub = "", name = "", ...flags] = process.argv.slice(2);
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
try {
  await runHubPlugin(samplePlugin(name), {
    hub,
    stop: stop.signal,
    reconnect: flags.includes("--reconnect"),
    log: createLogger((line) => console.error(line)),
  });
  process.exit(0);
} catch (error) {
  const { code, message } = error as GibbonError;
  console.error(`${code}: ${message}`);
  process.exit(1);
}
