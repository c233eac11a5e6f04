// gibbon hub --nats: hubs as processes, joined through a real nats-server.
// Slow: 20 processes of gibbon; a hub that was killed is waited for until its silence is noticed.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ask } from "../brpc/http_client.ts";
import { NO_NATS, startNats } from "../brpc/nats.ts";
import { runGibbon } from "../support/gibbon.ts";
import { until } from "../support/until.ts";
import { useWorkspace } from "../support/workspace.ts";

const space = useWorkspace();
const skip = NO_NATS;

const pem = (name: string) => fileURLToPath(new URL(`../support/tls/${name}.pem`, import.meta.url));

const PLUGIN = `
import { defineHubPlugin, method } from "gibbon/brpc";
export default defineHubPlugin({
  name: "doubler",
  version: "1.2.3",
  methods: { double: method({}, (n) => 2 * Number(n)) },
});
`;

/** Starts a hub on free ports that joins others. */
async function startHub(...args: string[]) {
  const listen = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
  const gibbon = space.gibbon(["hub", ...listen, ...args]);
  await gibbon.saying("the HTTP API listens");
  const log = gibbon.stderr();
  const url = /url=(\S+)/.exec(log)?.[1] ?? "";
  return {
    gibbon,
    url,
    address: /address=(\S+)/.exec(log)?.[1] ?? "",
    id: /joined others hub=(\S+)/.exec(log)?.[1] ?? "",
    plugins: async () => (await ask(url, "/plugins")).value,
  };
}

async function plug(address: string): Promise<void> {
  const folder = await space.folder({ "doubler.ts": PLUGIN });
  await space.gibbon(["plug", folder, "--hub", address]).saying("connected");
}

/** What a hub says that cannot join; it is not to tell a secret. */
async function refused(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runGibbon(["hub", "--listen", "127.0.0.1:0", ...args]);
  assert.equal(code, 1, stderr);
  assert.doesNotMatch(stdout + stderr, /secret/);
  return stderr;
}

describe("gibbon hub --nats", () => {
  test("lists and calls the plugins of another hub until that is killed", { skip }, async () => {
    const { port } = await startNats(space);
    const nats = ["--nats", `nats://127.0.0.1:${port}`];
    const one = await startHub(...nats, "--nats-name", "one");
    const two = await startHub(...nats, "--nats-name", "two");
    assert.match(two.id, /^two-/);
    await plug(two.address);
    await until(async () => (await one.plugins()).length === 1);
    const [plugin] = await one.plugins();
    assert.deepEqual(plugin, { name: "doubler", version: "1.2.3", hub: two.id });
    const { value: shown } = await ask(one.url, "/plugins/doubler");
    assert.deepEqual([shown.hub, Object.keys(shown.functions)], [two.id, ["double"]]);
    const call = () => ask(one.url, "/plugins/doubler/call/double", { method: "POST", body: "21" });
    assert.deepEqual([(await call()).status, (await call()).value], [200, 42]);
    const { value: all } = await ask(one.url, "/broadcast/double", { method: "POST", body: "4" });
    assert.deepEqual(all, { doubler: { result: 8 } });

    two.gibbon.signal("SIGKILL");
    await two.gibbon.ended;
    const { status, value } = await call();
    assert.deepEqual([status, value.error.code], [502, "CALL_FAILED"]);
    await until(async () => (await one.plugins()).length === 0);
    assert.equal((await call()).status, 404);
  });

  test("says nothing of hubs where it is by itself", async () => {
    const hub = await startHub();
    await plug(hub.address);
    await until(async () => (await hub.plugins()).length === 1);
    assert.deepEqual(await hub.plugins(), [{ name: "doubler", version: "1.2.3" }]);
  });

  test("shows NATS a certificate, and asks for its own", { skip }, async () => {
    const files = `cert_file: "${pem("cert")}", key_file: "${pem("key")}", ca_file: "${
      pem("cert")
    }"`;
    const { port } = await startNats(space, `tls { ${files}, verify: true }`);
    const nats = ["--nats", `tls://localhost:${port}`, "--nats-tls-ca", pem("cert")];
    const own = ["--nats-tls-cert", pem("cert"), "--nats-tls-key", pem("key")];
    const one = await startHub(...nats, ...own);
    const two = await startHub(...nats, ...own);
    await plug(two.address);
    await until(async () => (await one.plugins()).length === 1);
    assert.match(await refused(...nats), /code=SOCKET_FAILED|SOCKET_FAILED/);
    assert.match(await refused("--nats", `tls://localhost:${port}`, ...own), /SOCKET_FAILED/);
  });

  test(
    "says who it is by a password or a token out of a file, or in a variable",
    { skip },
    async () => {
      const folder = await space.folder({
        password: "secret word\n",
        wrong: "secret other",
        token: "secret-token-of-nats",
      });
      const file = (name: string) => join(folder, name);
      const { port } = await startNats(space, `authorization { user: u, password: "secret word" }`);
      const servers = `nats://127.0.0.1:${port}`;
      const user = ["--nats", servers, "--nats-user", "u", "--nats-password-file"];
      await startHub(...user, file("password"));
      assert.match(await refused(...user, file("wrong")), /SOCKET_FAILED.*uthoriz/s);
      const GIBBON_NATS = `nats://u:secret%20word@127.0.0.1:${port}`;
      const listen = ["--listen", "127.0.0.1:0"];
      const hub = space.gibbon(["hub", ...listen], { env: { GIBBON_NATS } });
      await hub.saying("has joined others");
      assert.doesNotMatch(hub.stderr(), /secret/);
      const other = await startNats(space, `authorization { token: "secret-token-of-nats" }`);
      await startHub(
        "--nats",
        `nats://127.0.0.1:${other.port}`,
        "--nats-token-file",
        file("token"),
      );
    },
  );

  test("says what is wrong with its options", async () => {
    assert.match(await refused("--nats-name", "x"), /--nats-name is of no use without --nats/);
    assert.match(await refused("--nats", "nats://u:secret@127.0.0.1:1"), /NATS at 127.0.0.1:1: /);
    assert.match(await refused("--nats", "ftp://u:secret@h"), /one is no URL/);
    assert.match(
      await refused("--nats", "h", "--nats-creds", "/nowhere"),
      /--nats-creds: .*nowhere/,
    );
    assert.match(
      await refused("--nats", "h", "--nats-tls-cert", pem("cert")),
      /--nats-tls-cert and --nats-tls-key together/,
    );
  });
});
