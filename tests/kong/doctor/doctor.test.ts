// gibbon doctor: real layouts that work, and each way in which they do not.
// Slow: it starts 50 processes, each of which loads gibbon; doctor starts more for each query_cmd.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { chmod, copyFile, mkdir, readlink, rm, stat, utimes, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { before, describe, test } from "node:test";
import { readStartCommand } from "../../../src/cli/start_command.ts";
import { checkDump } from "../../../src/kong/doctor/dump.ts";
import type { State } from "../../../src/kong/doctor/finding.ts";
import { checkLayout } from "../../../src/kong/doctor/layout.ts";
import { parseConf, readKongSettings } from "../../../src/kong/doctor/kong_settings.ts";
import { readPluginServers } from "../../../src/kong/doctor/plugin_servers.ts";
import { shellWords } from "../../../src/kong/doctor/shell.ts";
import { may, userName } from "../../../src/kong/doctor/users.ts";
import { RpcReturn } from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { protocolsField } from "../../../src/kong/schema/protocols.ts";
import { encode } from "../../../src/wire/msgpack/codec.ts";
import { gibbonCommand, runGibbon, writeGibbonScript } from "../../support/gibbon.ts";
import { canRun, type Started } from "../../support/process.ts";
import { until } from "../../support/until.ts";
import { useWorkspace, type Workspace } from "../../support/workspace.ts";
import { framed } from "../support/protobuf_client.ts";

const PLUGIN = `
import { definePlugin } from "gibbon";
export default definePlugin({ access() {} });
`;
const TWO = { "plugins/one.ts": PLUGIN, "plugins/two.ts": PLUGIN };

/** Why another user's permissions cannot be tried; false if they can. */
const closed = await isClosed(tmpdir()) && "the temporary folder is closed to other users";
const canChange = await canRun(["setpriv", "--reuid=65534", "true"]);

/** Whether a folder, or one that it is in, keeps other users out. */
async function isClosed(folder: string): Promise<boolean> {
  const { mode } = await stat(folder);
  return (mode & 0o001) === 0 || (folder !== "/" && await isClosed(dirname(folder)));
}

const space = useWorkspace();
const suite = useWorkspace("the suite");

/** A server of TWO, for the tests that do not change it: each start is that of two processes. */
const shared = { plugins: "", socket: "", pid: 0 };
before(async () => {
  const folder = await suite.folder(TWO);
  shared.plugins = join(folder, "plugins");
  shared.socket = join(folder, "s.sock");
  shared.pid = (await serveIn(suite, shared.plugins, shared.socket)).pid;
});

/** A folder with plugins, and the paths that are used in it. */
async function layout(files: Readonly<Record<string, string>> = TWO) {
  const folder = await space.folder(files);
  return { folder, plugins: join(folder, "plugins"), socket: join(folder, "s.sock") };
}

const serve = (plugins: string, socket: string, ...more: string[]) =>
  serveIn(space, plugins, socket, ...more);

async function serveIn(
  place: Workspace,
  plugins: string,
  socket: string,
  ...more: string[]
): Promise<Started> {
  const args = ["serve", "--plugins-directory", plugins, "--socket", socket, ...more];
  const gibbon = place.gibbon(args);
  await gibbon.saying("serving plugins");
  return gibbon;
}

/** Asks the doctor; gives its report and what of it is a problem or a warning. */
async function doctor(...args: string[]) {
  const { code, stdout, stderr } = await runGibbon(["doctor", ...args]);
  const lines = stdout.split("\n");
  const of = (state: State) =>
    lines.filter((line) => line.startsWith(`${state} `)).map((line) => line.slice(9));
  return { code, stdout, stderr, problems: of("problem"), warnings: of("warning") };
}

/** What is wrong with a layout: one problem, and exit code 1. */
async function ails(expected: RegExp, ...args: string[]) {
  const report = await doctor(...args);
  assert.equal(report.problems.length, 1, report.stdout + report.stderr);
  assert.match(report.problems[0]!, expected);
  assert.equal(report.code, 1);
  return report;
}

/** A server that answers as it is told to; gives what it was sent. */
async function listen(socket: string, answer: (bytes: Uint8Array, peer: Socket) => void) {
  const received: Uint8Array[] = [];
  const peers = new Set<Socket>();
  const server = createServer((peer) => {
    peers.add(peer);
    peer.on("error", () => {});
    peer.on("data", (bytes: Uint8Array) => {
      received.push(bytes);
      answer(bytes, peer);
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  space.later(() => {
    for (const peer of peers) peer.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return received;
}

/** Kong's workers run as this user, who may use what tests make. */
const NGINX_USER = `nginx_user = ${userName(process.getuid?.() ?? 0)}\n`;

/** Writes a kong.conf; gives the arguments that name it. */
async function conf(folder: string, lines: Readonly<Record<string, string>>) {
  const path = join(folder, "kong.conf");
  const text = NGINX_USER +
    Object.entries(lines).map(([name, value]) => `${name} = ${value}\n`).join("");
  await writeFile(path, text);
  return ["--kong-conf", path];
}

/** A number that no process has: it is beyond what Linux gives out, 2^22. */
const NOBODY = 2 ** 30;

const STATUS = encode([1, 1, null, { Pid: process.pid, Plugins: { one: { Name: "one" } } }]);

describe("a layout that works", () => {
  test("is said to, by its socket alone", async () => {
    const { pid, socket } = shared;
    const { code, stdout, warnings } = await doctor("--socket", socket);
    assert.equal(code, 0, stdout);
    assert.deepEqual(warnings, []);
    assert.match(stdout, /answers MsgPack:1 and ProtoBuf:1/);
    assert.match(stdout, new RegExp(`process ${pid}`));
    assert.match(stdout, /runs one \(0 instances\), two \(0 instances\)/);
    assert.match(stdout, /0 problems, 0 warnings\n$/);
  });

  for (const version of ["2.8", "3.4", "3.9"]) {
    test(`is said to, with what kong-config prints for Kong ${version}`, async () => {
      const { folder } = await layout();
      const { plugins, socket } = shared;
      const executable = await writeGibbonScript(folder);
      const config = await runGibbon(
        ["kong-config", "--plugins-directory", plugins, "--executable", executable]
          .concat("--socket", socket, "--kong-version", version),
      );
      await writeFile(join(folder, "kong.conf"), NGINX_USER + config.stdout);
      const args = ["--kong-conf", join(folder, "kong.conf"), "--kong-version", version];
      const { code, stdout, warnings } = await doctor(...args);
      assert.equal(code, 0, stdout);
      assert.deepEqual(warnings, []);
      assert.match(stdout, /it runs what .*plugins has, as it is/);
    });
  }

  test("is said to, in the older way of Kong 2.0", async () => {
    const { folder, plugins } = await layout();
    const socket = join(folder, "go_pluginserver.sock");
    await serve(plugins, socket);
    const settings = { plugins: "bundled,one,two", prefix: folder, go_plugins_dir: plugins };
    const executable = await writeGibbonScript(folder);
    const args = await conf(folder, { ...settings, go_pluginserver_exe: executable });
    const { code, stdout } = await doctor(...args);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /Kong 2\.x can read its info of one/);
    assert.match(stdout, /gibbon is to listen on .*go_pluginserver\.sock/);
  });

  test("is JSON for programs", async () => {
    const { socket } = await layout();
    const { code, stdout } = await doctor("--socket", socket, "--json");
    assert.equal(code, 1);
    const findings = JSON.parse(stdout) as { state: State; subject: string; remedy?: string }[];
    const [last] = findings.slice(-1);
    assert.deepEqual([last?.state, last?.subject], ["problem", socket]);
    assert.ok(last?.remedy);
  });

  test("has no instances and no events by being looked at", async () => {
    const { socket } = await layout();
    const received = await listen(socket, (_, peer) => peer.write(STATUS));
    assert.equal((await doctor("--socket", socket)).code, 0);
    assert.equal(received.length, 1);
    assert.match(Buffer.from(received[0]!).toString("latin1"), /plugin\.GetStatus/);
  });
});

describe("a socket's file is a problem", () => {
  test("when it is not there, or its directory is not", async () => {
    const { folder, socket } = await layout();
    await ails(/s\.sock: there is no socket/, "--socket", socket);
    await ails(/directory .*\/no does not exist/, "--socket", join(folder, "no", "s.sock"));
    await ails(/go\.sock: there is no socket/, "--kong-prefix", folder, "--sock-name", "go.sock");
  });

  test("when it is a file or a directory", async () => {
    const { folder } = await layout({ "a file": "" });
    await ails(/there is a file, not a socket/, "--socket", join(folder, "a file"));
    await ails(/there is a directory, not a socket/, "--socket", folder);
  });

  test("when its path is longer than a socket's can be", async () => {
    await ails(
      /takes 126 bytes, and a Unix socket has room for 107/,
      "--socket",
      "/".padEnd(126, "x"),
    );
  });

  test("when the server that made it is dead", async () => {
    const { plugins, socket } = await layout();
    const gibbon = await serve(plugins, socket);
    await gibbon.kill();
    await gibbon.allGone();
    await ails(/nobody listens on it.*Start the server/, "--socket", socket);
  });

  test("when Kong's user may not connect", { skip: closed }, async () => {
    const { folder, plugins, socket } = await layout();
    await chmod(folder, 0o711);
    await serve(plugins, socket);
    const args = ["--socket", socket, "--kong-user", "nobody"];
    await ails(/Kong's user nobody may not connect \(mode 0600, .*--socket-mode 0660/, ...args);
    await chmod(folder, 0o700);
    await ails(/Kong's user nobody may not enter .*mode 0700/, ...args);
  });

  const skip = canChange ? closed : "setpriv, run by root, is what acts as another user";
  test("when this user may not connect", { skip }, async () => {
    const { folder, plugins, socket } = await layout();
    await serve(plugins, socket);
    await chmod(folder, 0o711);
    const command = ["setpriv", "--reuid=65534", "--clear-groups", ...gibbonCommand()];
    const asked = () => runGibbon(["doctor", "--socket", socket], { command });
    assert.match((await asked()).stdout, /problem +.*this user \(65534\) may not connect/);
    await chmod(folder, 0o700);
    const { code, stdout } = await asked();
    assert.match(stdout, /problem +.*this user may not enter .* \(mode 0700/);
    assert.equal(code, 1);
  });

  test("to be looked at when everybody may connect, or replace it", { skip: closed }, async () => {
    const { folder, plugins, socket } = await layout();
    await serve(plugins, socket, "--socket-mode", "0666");
    await chmod(folder, 0o777);
    const { code, warnings } = await doctor("--socket", socket);
    assert.equal(code, 0);
    assert.ok(warnings.some((line) => /everybody on this machine may connect/.test(line)));
    assert.ok(warnings.some((line) => /everybody may put another socket into/.test(line)));
  });
});

describe("what answers on a socket is a problem", () => {
  const QUICK = ["--timeout", "0.3"];

  test("when it never answers", async () => {
    const { socket } = await layout();
    await listen(socket, () => {});
    await ails(/takes connections but does not answer within 0\.3 s/, "--socket", socket, ...QUICK);
  });

  test("when it answers garbage, or closes", async () => {
    const { folder, socket } = await layout();
    await listen(socket, (_, peer) => peer.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await ails(/answers what is no plugin protocol: "HTTP/, "--socket", socket);
    const closing = join(folder, "c.sock");
    await listen(closing, (_, peer) => peer.end());
    await ails(/closes the connection without an answer/, "--socket", closing);
  });

  test("when it hangs in the middle of an answer", async () => {
    const { socket } = await layout();
    await listen(socket, (_, peer) => peer.write(STATUS.subarray(0, 9)));
    await ails(/does not answer/, "--socket", socket, ...QUICK);
  });

  test("when it does not say what it is, but only to be looked at", async () => {
    const { socket } = await layout();
    await listen(socket, (_, peer) => peer.write(encode([1, 1, "no such method", null])));
    const { code, warnings } = await doctor("--socket", socket);
    assert.equal(code, 0);
    assert.match(warnings.join(), /not plugin\.GetStatus: no such method/);
  });

  test("when Kong speaks ProtoBuf:1 to a server that may not, which is never tried", async () => {
    const { folder, socket } = await layout();
    const received = await listen(socket, (_, peer) => peer.write(STATUS));
    const args = await conf(folder, {
      plugins: "one",
      pluginserver_names: "one",
      pluginserver_one_socket: socket,
      pluginserver_one_query_cmd: `cat ${join(folder, "dump.json")}`,
    });
    const dump = { Protocol: "ProtoBuf:1", Plugins: [dumpOf("one")] };
    await writeFile(join(folder, "dump.json"), JSON.stringify(dump));
    const { code, warnings } = await doctor(...args);
    assert.equal(code, 0);
    assert.match(warnings.join(), /query_cmd says ProtoBuf:1/);
    assert.equal(received.length, 1);
  });

  test("but not when it speaks ProtoBuf:1 alone, as its query_cmd says", async () => {
    const { folder, socket } = await layout();
    const names = RpcReturn.encode({
      sequence: 1,
      return: { $case: "plugin_names", value: { names: ["one"] } },
    }).finish();
    await listen(socket, (bytes, peer) => {
      if (bytes[0] !== 0x94) peer.write(framed(names));
    });
    const dump = { Protocol: "ProtoBuf:1", Plugins: [dumpOf("one")] };
    await writeFile(join(folder, "dump.json"), JSON.stringify(dump));
    const args = await conf(folder, {
      plugins: "one",
      pluginserver_names: "one",
      pluginserver_one_socket: socket,
      pluginserver_one_query_cmd: `cat ${join(folder, "dump.json")}`,
    });
    const { code, stdout } = await doctor(...args, ...QUICK);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /answers ProtoBuf:1 and not MsgPack:1.*serves one/);
  });
});

describe("the process behind a socket is to be looked at", () => {
  /** A server that says that it is another process, or of another version. */
  async function posing(status: Record<string, unknown>) {
    const { folder, socket } = await layout();
    const bytes = encode([1, 1, null, { Plugins: { one: {} }, ...status }]);
    await listen(socket, (_, peer) => peer.write(bytes));
    const report = await doctor("--socket", socket, "--timeout", "0.3");
    return { folder, warnings: report.warnings.join("\n") };
  }

  test("when its executable has been replaced since it was started", async () => {
    const { folder } = await layout();
    const program = join(folder, "old");
    await copyFile("/bin/sleep", program);
    const { pid } = space.start([program, "60"]);
    // Until then it is a copy of this process, which has not become the program yet.
    await until(async () => await readlink(`/proc/${pid}/exe`) === program);
    await rm(program);
    const { warnings } = await posing({ Pid: pid });
    assert.match(warnings, /runs an executable that has been replaced.*Restart it/);
  });

  test("when there is no such process here, as with another container's", async () => {
    const { warnings } = await posing({ Pid: NOBODY });
    assert.match(warnings, /not to be seen here.*another container/);
  });

  test("when it is another version of gibbon", async () => {
    const { warnings } = await posing({ Pid: process.pid, Version: "0.0.1" });
    assert.match(warnings, /it is gibbon 0\.0\.1, and this is/);
  });
});

describe("the plugins are a problem", () => {
  test("when the server has another directory", async () => {
    const { folder } = await layout();
    await mkdir(join(folder, "other"));
    await writeFile(join(folder, "other", "three.ts"), PLUGIN);
    const args = ["--socket", shared.socket, "--plugins-directory", join(folder, "other")];
    const { warnings } = await ails(/it does not run three of .*other/, ...args);
    assert.match(warnings.join(), /runs one, two, not to be loaded from/);
  });

  test("when one is broken, or the directory is not there", async () => {
    const { folder, plugins, socket } = await layout();
    await serve(plugins, socket);
    await writeFile(join(plugins, "broken.ts"), "export default {(");
    const args = ["--socket", socket, "--plugins-directory"];
    await ails(/broken\.ts:1.*PLUGIN_BROKEN/, ...args, plugins);
    await ails(/directory .*nowhere does not exist/, ...args, join(folder, "nowhere"));
  });

  test("to be looked at when a file has changed since, also one that they import", async () => {
    const { plugins, socket } = await layout({ ...TWO, "plugins/lib/helper.ts": "" });
    await serve(plugins, socket);
    const later = Date.now() / 1000 + 60;
    await utimes(join(plugins, "lib", "helper.ts"), later, later);
    const args = ["--socket", socket, "--plugins-directory", plugins];
    const { code, warnings } = await doctor(...args);
    assert.equal(code, 0);
    assert.match(warnings.join(), /files have changed since it loaded them: lib\/helper\.ts/);
  });

  test("when there is none", async () => {
    const { folder, plugins, socket } = await layout({ "plugins/read.me": "" });
    await serve(plugins, socket);
    const { code, problems } = await doctor("--socket", socket, "--plugins-directory", plugins);
    assert.equal(code, 1);
    assert.match(problems.join("\n"), /no plugin that can be loaded[\s\S]*it runs no plugin/);
    await rm(folder, { recursive: true });
  });
});

function dumpOf(name: string) {
  const fields = [{ config: { type: "record", fields: [] } }];
  return { Name: name, Version: "1", Priority: 1, Phases: ["access"], Schema: { name, fields } };
}

describe("what Kong is told is a problem", () => {
  const GOOD = JSON.stringify([dumpOf("one")]);
  const server = (queryCommand: string | undefined) => ({
    name: "x",
    key: "pluginserver_x",
    socket: "/x",
    startCommand: undefined,
    queryCommand,
  });
  const COMMANDS: Record<string, [command: string | undefined, expected: RegExp]> = {
    "is missing": [undefined, /not set/],
    "names a program that is not there": ["/nowhere/gibbon dump", /no such program/],
    "fails": ["echo why >&2; exit 3", /ends with code 3; it says: why/],
    "prints nothing": ["true", /prints nothing/],
    "prints something before": [`echo loading; echo '${GOOD}'`, /not JSON: "loading/],
    "prints JSON that is no dump": [`echo '{"Plugins":[{"Name":"x"}]}'`, /Plugins\.0\./],
    "names another protocol": [`echo '{"Protocol":"gob","Plugins":[]}'`, /Protocol/],
    "names no plugins": [`echo '{"Protocol":"MsgPack:1","Plugins":[]}'`, /names no plugin/],
    "does not end": ["sleep 60; true", /does not end within 0\.3 s/],
  };
  for (const [what, [command, expected]] of Object.entries(COMMANDS)) {
    test(`when the query_cmd ${what}`, async () => {
      const { findings } = await checkDump(server(command), 300);
      assert.deepEqual(findings.map(({ state }) => state), ["problem"]);
      assert.match(findings[0]!.text, expected);
    });
  }

  test("but not when it is a bare list, which means MsgPack:1", async () => {
    const { findings, protocol, plugins } = await checkDump(server(`echo '${GOOD}'`), 10_000);
    assert.deepEqual([findings.length, protocol, plugins], [1, "MsgPack:1", ["one"]]);
  });

  test("when a plugin for streams names no protocols, or Kong listens to no streams", async () => {
    const silent = { ...dumpOf("one"), Phases: ["preread"] };
    const dump = await checkDump(server(`echo '${JSON.stringify([silent])}'`), 10_000);
    assert.deepEqual(dump.findings.map(({ state }) => state), ["ok", "warning"]);
    assert.match(dump.findings[1]!.text, /one names no protocols: Kong does not call its preread/);
    const { fields } = silent.Schema;
    const named = { name: "one", fields: [...fields, protocolsField(["preread"])] };
    const plugin = JSON.stringify([{ ...silent, Schema: named }]);
    const good = await checkDump(server(`echo '${plugin}'`), 10_000);
    assert.deepEqual(good.findings.map(({ state }) => state), ["ok"]);
    const about = (settings: [string, string][]) =>
      checkLayout(new Map(settings), [[server("unused"), good]], undefined)
        .filter(({ subject }) => subject === "stream_listen").map(({ text }) => text).join();
    assert.match(about([]), /it is off, so preread of one is never called/);
    assert.match(about([["stream_listen", "off"]]), /it is off/);
    assert.equal(about([["stream_listen", "0.0.0.0:9000"]]), "");
  });

  test("when names, sockets and commands do not fit together", async () => {
    const { folder } = await layout();
    const { plugins, socket } = shared;
    const gibbon = await writeGibbonScript(folder);
    const serving = `${gibbon} serve --plugins-directory ${plugins} --socket`;
    const args = await conf(folder, {
      plugins: "bundled",
      pluginserver_names: "a,b",
      pluginserver_a_socket: socket,
      pluginserver_a_start_cmd: `${serving} ${folder}/other.sock`,
      pluginserver_a_query_cmd: `${gibbon} dump --plugins-directory ${plugins}`,
      pluginserver_b_socket: socket,
      pluginserver_b_start_cmd: `${folder}/nothing serve --socket ${socket}`,
      pluginserver_b_query_cmd: `${gibbon} dump --plugins-directory ${plugins} --plugin two`,
    });
    const { code, problems, warnings } = await doctor(...args, "--kong-version", "3.9");
    assert.equal(code, 1);
    const expected = [
      /pluginserver_a_start_cmd: gibbon is to listen on .*other\.sock, and Kong .*s\.sock/,
      /pluginserver_b_start_cmd: there is no .*nothing/,
      /a, b all have a start_cmd/,
      /pluginserver_a_query_cmd: a stands for 2 plugins/,
    ];
    assert.equal(problems.length, expected.length, problems.join("\n"));
    for (const [at, pattern] of expected.entries()) assert.match(problems[at]!, pattern);
    assert.match(warnings.join(), /Kong does not use one, two/);
    const older = await doctor(...args, "--kong-version", "3.8");
    assert.equal(older.problems.length, expected.length - 1);
  });

  test("when the version of Kong does not know it", () => {
    const named = server("unused");
    const legacy = { ...named, key: "go_pluginserver_exe", infoCommand: () => "unused" };
    const texts = (each: typeof named, kong: [number, number]) =>
      checkLayout(new Map(), [[each, { findings: [], protocol: "ProtoBuf:1" }]], kong)
        .filter(({ state }) => state === "problem").map(({ text }) => text).join();
    assert.match(texts(legacy, [3, 0]), /Kong from 3\.0 on does not know/);
    assert.equal(texts(legacy, [2, 8]), "");
    assert.match(texts(named, [2, 2]), /Kong before 2\.3 does not know/);
    assert.match(texts(named, [2, 3]), /Kong 2\.3 speaks MsgPack:1 alone/);
    assert.equal(texts(named, [2, 4]), "");
  });

  test("when Kong 3 would not start with what a query_cmd prints", async () => {
    const plugins = [
      { ...dumpOf("one"), Version: "1.2.3.4" },
      { ...dumpOf("two"), Priority: 1.5 },
      { ...dumpOf("three"), Version: undefined },
      dumpOf("four"),
    ];
    const each = server(`echo '${JSON.stringify(plugins)}'`);
    const dump = await checkDump(each, 60_000);
    const findings = (kong?: [number, number]) =>
      checkLayout(new Map(), [[each, dump]], kong).filter(({ text }) => /not start/.test(text));
    const [found] = findings([3, 4]);
    assert.equal(found?.state, "problem");
    assert.match(
      found.text,
      /: one has the version "1\.2\.3\.4", two has the priority 1\.5, three has the version ""$/,
    );
    assert.equal(findings()[0]?.state, "warning");
    assert.deepEqual(findings([2, 8]), []);
  });

  test("when a schema has descriptions, which Kong before 3.4 refuses", async () => {
    const described = (fields: object[]) => {
      const Schema = { name: "x", fields: [{ config: { type: "record", fields } }] };
      return server(`echo '${JSON.stringify([{ ...dumpOf("x"), Schema }])}'`);
    };
    const textsOf = async (fields: object[], kong: [number, number]) => {
      const each = described(fields);
      const found = checkLayout(new Map(), [[each, await checkDump(each, 60_000)]], kong);
      return found.filter(({ state }) => state === "problem").map(({ text }) => text).join();
    };
    const field = { key: { type: "string", description: "What it is for." } };
    const nested = { list: { type: "array", elements: { type: "record", fields: [field] } } };
    assert.match(await textsOf([nested], [3, 3]), /refuses schemas with descriptions/);
    assert.equal(await textsOf([nested], [3, 4]), "");
    // A field may be called so.
    assert.equal(await textsOf([{ description: { type: "string" } }], [3, 3]), "");
  });

  test("when a file or a user that is named is not there", async () => {
    const missing = await doctor("--kong-conf", "/nowhere/kong.conf");
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /OPTION_INVALID.*--kong-conf.*nowhere/s);
    assert.match((await doctor("--kong-user", "no-such-user")).stderr, /no user no-such-user/);
  });
});

describe("settings are read", () => {
  test("as Kong reads a kong.conf", () => {
    const text = "# a = 1\n  b=2 # two\nc = x\\#y # z\nd =\r\nE = e\nnothing\n";
    const expected = [["b", "2"], ["c", "x#y"], ["d", ""], ["e", "e"]];
    assert.deepEqual(parseConf(text), expected);
  });

  test("from the environment first", async () => {
    const { folder } = await layout({ "kong.conf": "prefix = /a\nplugins = x\n" });
    const env = { KONG_PREFIX: "/b", KONG_PLUGINSERVER_NAMES: "my-one" };
    const settings = await readKongSettings(join(folder, "kong.conf"), env);
    assert.equal(settings.get("prefix"), "/b");
    assert.equal(settings.get("plugins"), "x");
    const [server] = readPluginServers(settings);
    assert.equal(server?.socket, "/b/my-one.socket");
    assert.equal(server?.key, "pluginserver_my_one");
  });

  test("as a shell takes a command apart", () => {
    const words = shellWords(`/a\\ b 'c d'"e\\"f" --g='h'  i`);
    assert.deepEqual(words, ["/a b", `c de"f`, "--g=h", "i"]);
  });

  test("with where gibbon would listen", () => {
    const socketOf = (command: string) => readStartCommand(command)?.socket;
    assert.equal(socketOf("/b/gibbon serve --socket=/x/y"), "/x/y");
    assert.equal(socketOf("/b/gibbon serve"), "/usr/local/kong/gibbon.socket");
    assert.equal(socketOf("gibbon -kong-prefix /k"), "/k/go_pluginserver.sock");
    assert.equal(socketOf("gibbon -p /k -d /p"), "/k/js_pluginserver.sock");
    assert.equal(socketOf("/b/kong-js-pluginserver -p /k"), undefined);
  });

  test("and permissions as the system has them", () => {
    const user = { name: "u", id: 7, groups: [8] };
    assert.equal(may(user, 2, { mode: 0o600, uid: 7, gid: 1 }), true);
    assert.equal(may(user, 2, { mode: 0o066, uid: 7, gid: 8 }), false);
    assert.equal(may(user, 2, { mode: 0o606, uid: 1, gid: 8 }), false);
    assert.equal(may(user, 2, { mode: 0o060, uid: 1, gid: 8 }), true);
    assert.equal(may(user, 2, { mode: 0o002, uid: 1, gid: 1 }), true);
    assert.equal(may({ ...user, id: 0 }, 2, { mode: 0, uid: 1, gid: 1 }), true);
  });
});
