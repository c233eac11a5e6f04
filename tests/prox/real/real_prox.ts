// The real prox, where somebody has it: GIBBON_PROX names its executable.
import { writeFile } from "node:fs/promises";
import net from "node:net";
import { join } from "node:path";
import process from "node:process";
import { gibbonCommand } from "../../support/gibbon.ts";
import type { Later } from "../../support/folder.ts";
import { type Started, startProcess } from "../../support/process.ts";
import { until } from "../../support/until.ts";

/** The executable; undefined where there is none. */
export const PROX = process.env["GIBBON_PROX"];

/** Why what needs it is skipped; false where it is there. */
export const noProx: string | false = PROX === undefined
  ? "GIBBON_PROX names no executable of prox"
  : false;

/** A prox that runs. */
export interface RunningProx {
  readonly port: number;
  /** It logs to stderr. */
  readonly process: Started;
}

/** What prox is to run. */
export interface ProxSetup {
  /** A folder for its files. */
  readonly folder: string;
  /** The executable of the plugin on the route. */
  readonly plugin: string;
  /** The route's upstream: `host:port`, or `{target}` for what plugins push. */
  readonly upstream: string;
  /** More of the route, as in prox's configuration. */
  readonly route?: Readonly<Record<string, unknown>>;
  /** More of the route's action. */
  readonly action?: Readonly<Record<string, unknown>>;
}

/** Starts prox with one route, and waits until its plugin is ready. */
export async function startProx(setup: ProxSetup, later: Later): Promise<RunningProx> {
  const { folder, plugin, upstream, route, action } = setup;
  const port = await freePort();
  const config = {
    plugins: { probe: { path: plugin } },
    actions: {
      spare: { type: "static", status: 299, body_ref: { text: "spare" } },
      main: { type: "proxy", upstream, ...action },
    },
    services: {
      web: {
        listen: `127.0.0.1:${port}`,
        routes: [{ match: { path: "/*" }, plugins: ["probe"], action: "main", ...route }],
      },
    },
  };
  const file = join(folder, "config.json5");
  await writeFile(file, JSON.stringify(config));
  const prox = startProcess([PROX!, "serve", "-config", file, "-log-level", "debug"], {
    env: { TMPDIR: folder },
  });
  later(() => prox.kill());
  await prox.saying("plugin ready");
  await until(() => isOpen(port));
  return { port, process: prox };
}

/** A port of 127.0.0.1 that nobody listens on: prox cannot take just any. */
async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}

/** Writes the executable that prox starts for a module of ours. */
export async function proxProgram(folder: string, module: string): Promise<string> {
  const path = join(folder, "probe");
  const words = [...gibbonCommand(), "prox", module].map((word) => `'${word}'`).join(" ");
  await writeFile(path, `#!/bin/sh\nexec ${words}\n`, { mode: 0o755 });
  return path;
}
