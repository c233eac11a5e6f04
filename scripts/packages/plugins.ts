// A folder with the packages installed, and a plugin for each of them.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { capture } from "../command.ts";
import { type Trial, TRIALS } from "./list.ts";

/** What the plugin of a package is called. */
export function pluginName({ name }: Pick<Trial, "name">): string {
  return name.replace(/[^a-z0-9]+/g, "-").replace(/^-/, "");
}

/** Servers for packages that need a peer. */
const PEERS = `
import http from "node:http";
import net from "node:net";

async function within(server, use) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(server.address().port);
  } finally {
    server.close();
  }
}

/** An HTTP server that answers with the body that it got. */
export const withServer = (use) => within(http.createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  response.setHeader("content-type", "application/json").end(JSON.stringify({ body }));
}), (port) => use("http://127.0.0.1:" + port));

/** A server that knows PING, and says OK to all else. */
export const withRedis = (use) => within(net.createServer((socket) => {
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    for (const [, command] of String(bytes).matchAll(/\\*\\d+\\r\\n\\$\\d+\\r\\n(\\w+)/g)) {
      socket.write(/ping/i.test(command) ? "+PONG\\r\\n" : "+OK\\r\\n");
    }
  });
}), use);
`;

function pluginOf(trial: Trial): string {
  return `
import { definePlugin } from "gibbon";
import { withRedis, withServer } from "./peers.mjs";
${trial.imports}

async function use() {${trial.use.startsWith("\n") ? "" : "\n    "}${trial.use}
}

export default definePlugin({
  name: "${pluginName(trial)}",
  async access(kong) {
    kong.response.exit(200, "used: " + await use());
  },
});
`;
}

/**
 * Installs the packages into a folder, as npm does unless told otherwise, and writes the plugins.
 *
 * @throws {Error} with what npm said
 */
export async function writePlugins(folder: string): Promise<void> {
  const dependencies = Object.fromEntries(TRIALS.map(({ name, version }) => [name, version]));
  await mkdir(folder, { recursive: true });
  const write = (file: string, text: string) => writeFile(path.join(folder, file), text);
  await write("package.json", JSON.stringify({ private: true, type: "module", dependencies }));
  await write("peers.mjs", PEERS);
  for (const trial of TRIALS) await write(`${pluginName(trial)}.ts`, pluginOf(trial));
  const args = ["install", "--no-audit", "--no-fund", "--prefer-offline"];
  const { code, stdout, stderr } = await capture("npm", args, { cwd: folder });
  if (code !== 0) throw new Error(`npm could not install the packages:\n${stdout}${stderr}`);
}
