// gibbon hub and gibbon plug as processes, which a program reaches over HTTP.
// Slow: 33 processes of gibbon, most of which have to come to an end of their own.
import assert from "node:assert/strict";
import { chmod, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ask } from "../brpc/http_client.ts";
import { runGibbon } from "../support/gibbon.ts";
import { useWorkspace } from "../support/workspace.ts";

const plugin = (name: string) => `
import { defineHubPlugin, method } from "gibbon/brpc";
import * as v from "valibot";
const number = v.number();
export default defineHubPlugin({
  name: "${name}",
  version: "1.2.3",
  methods: {
    double: method({ input: number, output: number }, (n) => 2 * n),
    slow: method({}, async (text) => {
      console.log("slow has begun");
      await new Promise((resolve) => setTimeout(resolve, 300));
      return text;
    }),
    leave: method({}, () => {
      setTimeout(() => {
        throw new Error("left behind on purpose");
      });
      return 1;
    }),
  },
});
`;

const pem = (name: string) => fileURLToPath(new URL(`../support/tls/${name}.pem`, import.meta.url));
const CERTIFICATE = ["--tls-cert", pem("cert"), "--tls-key", pem("key"), "--tls-ca", pem("cert")];

const space = useWorkspace();
const start = (...args: string[]) => space.gibbon(args);

/** Starts a hub on free ports. */
async function startHub(...more: string[]) {
  const gibbon = start("hub", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", ...more);
  await gibbon.saying("the HTTP API listens");
  const url = /url=(\S+)/.exec(gibbon.stderr())?.[1] ?? "";
  return {
    gibbon,
    url,
    address: /address=(\S+)/.exec(gibbon.stderr())?.[1] ?? "",
    /** Settles when the hub has a plugin; that this has said so itself comes before. */
    has: (name: string) => gibbon.saying(`a plugin is connected plugin=${name} `),
    post: (path: string, body = "") => ask(url, path, { method: "POST", body }),
    names: async () => {
      const { value } = await ask(url, "/plugins");
      return value.map(({ name }: { name: string }) => name).sort();
    },
  };
}

describe("gibbon hub and gibbon plug", () => {
  test("bring callers to the plugins of a directory, and end together", async () => {
    const { gibbon, address, url, names, post, has } = await startHub();
    const directory = await space.folder({
      "one.ts": plugin("one"),
      "two/index.ts": plugin("two"),
      "helper.ts": "export const helps = true;\n",
    });
    const plug = start("plug", "--hub", address, directory);
    await plug.saying(/connected to the hub plugin=one[^]*plugin=two|plugin=two[^]*plugin=one/);
    await Promise.all([has("one"), has("two")]);
    assert.deepEqual(await names(), ["one", "two"]);
    assert.equal((await post("/plugins/one/call/double", "21")).value, 42);
    const { functions } = (await ask(url, "/plugins/two")).value;
    assert.equal(functions.double.input.type, "float64");
    const bad = await post("/plugins/two/call/double", '"x"');
    assert.deepEqual([bad.status, bad.value.error.code], [502, "CALL_FAILED"]);

    const slow = post("/plugins/one/call/slow", '"done"');
    await plug.saying("slow has begun");
    gibbon.signal("SIGTERM");
    assert.equal((await slow).value, "done");
    assert.equal((await plug.ended).code, 0);
    assert.equal((await gibbon.ended).code, 0);
    assert.equal(plug.stdout() + gibbon.stdout(), "");
  });

  test("let plugins leave when they are told to by a signal", async () => {
    const { address, names, post, has } = await startHub();
    const plug = start("plug", "--hub", address, await space.folder({ "one.ts": plugin("one") }));
    await has("one");
    const slow = post("/plugins/one/call/slow", '"done"');
    await plug.saying("slow has begun");
    plug.signal("SIGTERM");
    assert.equal((await slow).value, "done");
    assert.equal((await plug.ended).code, 0);
    assert.deepEqual(await names(), []);
  });

  test("survive what a plugin leaves behind, and say so", async () => {
    const { address, post, has } = await startHub();
    const plug = start("plug", "--hub", address, await space.folder({ "one.ts": plugin("one") }));
    await has("one");
    await post("/plugins/one/call/leave");
    await plug.saying(/an unhandled exception was left behind[^]*left behind on purpose/);
    assert.equal((await post("/plugins/one/call/double", "2")).value, 4);
  });

  test("run the good plugins of a directory, and fail in the end for the others", async () => {
    const { address, names, has } = await startHub();
    const directory = await space.folder({
      "good.ts": plugin("good"),
      "bad.ts": "export default {{",
    });
    const plug = start("plug", "--hub", address, directory);
    await has("good");
    assert.deepEqual(await names(), ["good"]);
    plug.signal("SIGTERM");
    assert.equal((await plug.ended).code, 1);
    assert.match(plug.stderr(), /gibbon: PLUGIN_BROKEN: [^]*bad\.ts/);
  });

  test("refuse a name that is taken, or rename with --rename", async () => {
    const directory = await space.folder({ "one.ts": plugin("one") });
    const strict = await startHub();
    start("plug", "--hub", strict.address, directory);
    await strict.has("one");
    const second = await runGibbon(["plug", "--hub", strict.address, directory]);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /PLUGIN_DUPLICATE: The hub refuses one: [^]*--rename/);

    const kind = await startHub("--rename");
    for (const _ of [1, 2]) start("plug", "--hub", kind.address, directory);
    await Promise.all([kind.has("one"), kind.has("one-2")]);
    assert.deepEqual(await kind.names(), ["one", "one-2"]);
  });

  test("find each other again after the hub was killed, or stopped", async () => {
    const folderOfSocket = await space.folder();
    const socket = join(folderOfSocket, "hub.socket");
    const startAgain = async () => {
      const gibbon = start("hub", "--listen", socket, "--http", "127.0.0.1:0");
      await gibbon.saying("the HTTP API listens");
      return { gibbon, url: /url=(\S+)/.exec(gibbon.stderr())?.[1] ?? "" };
    };
    const { gibbon } = await startAgain();
    const directory = await space.folder({ "one.ts": plugin("one") });
    const first = start("plug", "--hub", socket, directory);
    await gibbon.saying("a plugin is connected plugin=one");
    const again = start("plug", "--hub", socket, directory, "--reconnect");
    await again.saying("connecting again");
    gibbon.signal("SIGKILL");
    assert.equal((await first.ended).code, 1);
    assert.match(first.stderr(), /SOCKET_FAILED: The connection to the hub broke/);
    const { url, gibbon: next } = await startAgain();
    await next.saying("a plugin is connected plugin=one");
    const answer = await ask(url, "/plugins/one/call/double", { method: "POST", body: "3" });
    assert.equal(answer.value, 6);
    next.signal("SIGTERM");
    await next.ended;
    assert.deepEqual(await readdir(folderOfSocket), []);
    const last = await startAgain();
    await last.gibbon.saying("a plugin is connected plugin=one");
    await ask(last.url, "/plugins/one", { method: "DELETE" });
    assert.equal((await again.ended).code, 0);
  });

  test("ask for certificates, and say what is wrong without", async () => {
    const { gibbon, address, names } = await startHub(...CERTIFICATE);
    const directory = await space.folder({ "one.ts": plugin("one") });
    const plain = start("plug", "--hub", address, directory);
    assert.equal((await plain.ended).code, 1);
    const stranger = await runGibbon(
      ["plug", "--hub", address, directory, "--tls-ca", pem("cert")],
    );
    assert.equal(stranger.code, 1, stranger.stderr);
    assert.match(stranger.stderr, /SOCKET_FAILED/);
    const plug = start("plug", "--hub", address, directory, ...CERTIFICATE);
    await gibbon.saying("a plugin is connected plugin=one");
    assert.deepEqual(await names(), ["one"]);
    plug.signal("SIGTERM");
    assert.equal((await plug.ended).code, 0);
  });

  test("say what is wrong with their options", async () => {
    const empty = await space.folder({ "no_plugin.ts": "export const x = 1;\n", short: "abc\n" });
    const wrong: [args: string[], says: RegExp][] = [
      [["plug", empty], /OPTION_INVALID: Which hub\? --hub is missing/],
      [["plug", empty, "--hub", "127.0.0.1:1"], /PLUGIN_DIRECTORY: There is no hub plugin in/],
      [["plug", empty, "--hub", "nowhere"], /OPTION_INVALID: "nowhere" is no address/],
      [["hub", "--listen", "1"], /OPTION_INVALID: "1" is no address/],
      [["hub", "--http", "0.0.0.0:0"], /OPTION_INVALID: The HTTP API cannot listen on 0\.0\.0\.0/],
      [["hub", "--tls-cert", pem("cert")], /OPTION_INVALID: TLS takes --tls-cert and --tls-key/],
      [["hub", "--tls-ca", "/nowhere.pem"], /OPTION_INVALID: --tls-ca: .*\/nowhere\.pem/],
      [["hub", "--grace", "soon"], /OPTION_INVALID: --grace: is not a number/],
    ];
    wrong.push(
      [["hub", "--http-token-file", "/nowhere"], /OPTION_INVALID: --http-token-file: .*\/nowhere/],
      [["hub", "--http-token-file", join(empty, "short")], /short has no token of 16 characters/],
      [["hub", "--socket-mode", "660"], /OPTION_INVALID: 127\.0\.0\.1:0 has no mode/],
    );
    const listen = ["--listen", "127.0.0.1:0"];
    await Promise.all(wrong.map(async ([args, says]) => {
      const own = args[0] === "hub" && !args.includes("--listen") ? listen : [];
      const { code, stderr, stdout } = await runGibbon([...args, ...own]);
      assert.match(stderr, says);
      assert.deepEqual([code, stdout], [1, ""]);
    }));
  });

  test("ask callers for the token of a file, and open a socket to a group", async () => {
    const folder = await space.folder({ token: "0123456789abcdef\n" });
    await chmod(join(folder, "token"), 0o640);
    const socket = join(folder, "hub.socket");
    const gibbon = start(
      ...["hub", "--listen", socket, "--socket-mode", "0660"],
      ...["--http", "127.0.0.1:0", "--http-token-file", join(folder, "token")],
    );
    await gibbon.saying("the HTTP API listens");
    assert.match(gibbon.stderr(), /others than its owner have rights/);
    assert.equal((await stat(socket)).mode & 0o777, 0o660);
    const url = /url=(\S+)/.exec(gibbon.stderr())?.[1] ?? "";
    assert.equal((await ask(url, "/plugins")).status, 401);
    const headers = { authorization: "Bearer 0123456789abcdef" };
    assert.equal((await ask(url, "/plugins", { headers })).status, 200);
    assert.ok(!gibbon.stderr().includes("0123456789abcdef"));
  });

  test("do not share a socket", async () => {
    const socket = join(await space.folder(), "hub.socket");
    await start("hub", "--listen", socket).saying("the hub listens");
    const { code, stderr } = await runGibbon(["hub", "--listen", socket]);
    assert.equal(code, 1);
    assert.match(stderr, /SOCKET_IN_USE: .*hub\.socket\n {2}Choose another address with --listen/);
  });

  test("warn about an address that other machines reach", async () => {
    const gibbon = start("hub", "--listen", "0.0.0.0:0");
    await gibbon.saying(/\[warn\] the hub listens to other machines[^]*127\.0\.0\.1/);
    await gibbon.saying("the hub listens address=0.0.0.0:");
    gibbon.signal("SIGINT");
    assert.equal((await gibbon.ended).code, 0);
  });
});
