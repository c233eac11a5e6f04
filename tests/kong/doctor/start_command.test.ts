// A start_cmd that would not start now, whatever still answers on its socket.
import assert from "node:assert/strict";
import { chmod, mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { readStartCommand } from "../../../src/cli/start_command.ts";
import { checkStartCommand } from "../../../src/kong/doctor/start_command.ts";
import type { User } from "../../../src/kong/doctor/users.ts";
import { runGibbon, writeGibbonScript } from "../../support/gibbon.ts";
import { runProcess } from "../../support/process.ts";
import { useWorkspace } from "../../support/workspace.ts";

const PLUGIN = `
import { definePlugin } from "gibbon";
export default definePlugin({ access() {} });
`;

const space = useWorkspace();

/** What a start_cmd is found to be. */
async function check(startCommand: string, socket = "/run/s.sock", user?: User) {
  const key = "pluginserver_x";
  const server = { name: "x", key, socket, startCommand, queryCommand: undefined };
  const findings = await checkStartCommand(server, { read: readStartCommand, user });
  const problems = findings.filter(({ state }) => state === "problem");
  return { findings, problems, text: problems.map(({ text }) => text).join("\n") };
}

/** Whether Kong could run a command: it hands `exec COMMAND` to a shell. */
async function isRun(command: string): Promise<boolean> {
  return (await runProcess(["/bin/sh", "-c", `exec ${command}`])).code === 0;
}

describe("a start_cmd is a problem", () => {
  test("when its program is not there, is a directory, or has no run bit", async () => {
    const folder = await space.folder({ "gibbon": "#!/bin/sh\n" });
    const program = join(folder, "gibbon");
    const serve = "serve --socket /run/s.sock";
    assert.match((await check(`${program} ${serve}`)).text, /no .*gibbon that this user may run/);
    assert.match((await check(`${folder} ${serve}`)).text, /that this user may run/);
    assert.match((await check("/nowhere/gibbon serve")).text, /no \/nowhere\/gibbon/);
    assert.match((await check(`cd ${folder} && ./gibbon`)).text, /no program cd .*PATH/);
    await chmod(program, 0o755);
    assert.equal((await check(`${program} ${serve}`)).text, "");
  });

  test("when it begins with a variable; with env before it, it runs", async () => {
    const command = "NO_COLOR=1 sh -c true";
    const { problems: [found] } = await check(command);
    assert.match(found!.text, /exec takes a program, not a variable/);
    assert.equal(await isRun(command), false);
    const [, mended = ""] = /: (env .*)\.$/.exec(found!.remedy!) ?? [];
    assert.equal(await isRun(mended), true);
    assert.equal((await check(mended)).text, "");
    assert.match((await check("env A=1 /nowhere/gibbon serve")).text, /no \/nowhere\/gibbon/);
  });

  const WRONG: Record<string, [args: string, expected: RegExp]> = {
    "an unknown option": ["serve --plugin-dir /p", /does not start with it: .*--plugin-dir/],
    "a value that makes no sense": ["serve --socket-mode 9", /--socket-mode: must be three octal/],
    "a group that is not there": ["serve --socket-group no-such-group", /no group no-such-group/],
    "a flag of another server that it does not have": [
      "-kong-prefix /k -sock x",
      /no option -sock/,
    ],
    "an option without its value": ["serve --socket", /--socket needs a value/],
  };
  for (const [what, [args, expected]] of Object.entries(WRONG)) {
    test(`when gibbon would refuse its options: ${what}`, async () => {
      const folder = await space.folder();
      const { text } = await check(`${await writeGibbonScript(folder)} ${args}`);
      assert.match(text, expected);
    });
  }

  test("when gibbon is to listen elsewhere", async () => {
    const gibbon = await writeGibbonScript(await space.folder());
    const { text } = await check(`${gibbon} serve --socket=/run/other.sock`);
    assert.match(text, /listen on \/run\/other\.sock, and Kong connects to \/run\/s\.sock/);
  });
});

/** A user that owns nothing here, in a group that this user may give files to. */
const KONG: User = { name: "kong", id: 65533, groups: [process.getgid?.() ?? 0] };

describe("a start_cmd that Kong's user cannot run is a problem, and its remedy mends it", () => {
  /** Follows remedies until there is none; gives the problems on the way. */
  async function mend(command: string, socket: string, user: User): Promise<string> {
    const texts: string[] = [];
    for (;;) {
      const { problems } = await check(command, socket, user);
      if (problems.length === 0) return texts.join("\n");
      assert.ok(texts.length < 20, texts.join("\n"));
      for (const { text, remedy = "" } of problems) {
        texts.push(text);
        const [, grant = ""] = /^Let it: (.*)$/.exec(remedy) ?? [];
        assert.equal((await runProcess(["/bin/sh", "-c", grant])).code, 0, remedy);
      }
    }
  }

  async function closedLayout() {
    const folder = await space.folder({ "it's plugins/one.ts": PLUGIN });
    await mkdir(join(folder, "run"), { mode: 0o700 });
    const gibbon = await writeGibbonScript(folder);
    const plugins = join(folder, "it's plugins");
    for (const path of [gibbon, plugins, folder]) await chmod(path, 0o700);
    const socket = join(folder, "run", "s.sock");
    const command = `${gibbon} serve --socket ${socket} --plugins-directory "${plugins}"`;
    return { folder, socket, command, gibbon };
  }

  test("by permissions for its group", async () => {
    const { command, socket, gibbon } = await closedLayout();
    const found = await mend(command, socket, KONG);
    assert.match(found, /may not run it: .* is closed to it \(mode 0700/);
    assert.match(found, /may not make a socket in .*run: /);
    assert.match(found, /may not read the plugins in .*it's plugins/);
    assert.equal((await stat(gibbon)).mode & 0o077, 0o010);
  });

  const skip = process.getuid?.() !== 0 && "only root gives files to a group that it is not in";
  test("by its group", { skip }, async () => {
    const { command, socket, gibbon } = await closedLayout();
    await mend(command, socket, { ...KONG, groups: [65533] });
    assert.equal((await stat(gibbon)).gid, 65533);
  });

  test("and so is another user's socket, where only owners may replace it", async () => {
    const folder = await space.folder({ "run/s.sock": "" });
    const gibbon = await writeGibbonScript(folder);
    await chmod(folder, 0o755);
    await chmod(join(folder, "run"), 0o1777);
    const socket = join(folder, "run", "s.sock");
    const command = `${gibbon} serve --socket ${socket}`;
    assert.match((await check(command, socket, KONG)).text, /may not replace the socket/);
    // Its server is gone, and with it the socket.
    await rm(socket);
    assert.equal((await check(command, socket, KONG)).text, "");
  });

  test("and so is a group of the socket that it is not in", async () => {
    const folder = await space.folder();
    await chmod(folder, 0o755);
    const gibbon = await writeGibbonScript(folder);
    const root: User = { name: "root", id: 0, groups: [0] };
    const command = `${gibbon} serve --socket /run/s.sock --socket-group 12345`;
    assert.match((await check(command, "/run/s.sock", KONG)).text, /not in the group 12345/);
    assert.equal((await check(command, "/run/s.sock", root)).text, "");
  });
});

describe("gibbon doctor says what keeps a start_cmd from starting", () => {
  test("while an old server answers", async () => {
    const folder = await space.folder({ "plugins/one.ts": PLUGIN, "plugins/two.ts": PLUGIN });
    const gibbon = await writeGibbonScript(folder);
    const [socket, plugins] = [join(folder, "s.sock"), join(folder, "plugins")];
    const serve = ["serve", "--socket", socket, "--plugins-directory", plugins];
    await space.gibbon(serve).saying("serving plugins");
    const conf = join(folder, "kong.conf");
    const lines = [
      "plugins = bundled,one,two",
      "pluginserver_names = gibbon",
      `pluginserver_gibbon_socket = ${socket}`,
      `pluginserver_gibbon_start_cmd = ${gibbon} ${serve.join(" ")}`,
      `pluginserver_gibbon_query_cmd = ${gibbon} dump --plugins-directory ${plugins}`,
    ];
    await writeFile(conf, lines.join("\n"));
    const doctor = async () => {
      const args = ["doctor", "--kong-conf", conf, "--kong-user", "root", "--kong-version", "3.8"];
      const { stdout } = await runGibbon(args);
      return stdout.split("\n").filter((line) => line.startsWith("problem ")).join("\n");
    };
    assert.equal(await doctor(), "");
    await writeFile(join(plugins, "two.ts"), "export default {(");
    assert.match(await doctor(), /two\.ts:1\S*: PLUGIN_BROKEN/);
    await rm(plugins, { recursive: true });
    assert.match(await doctor(), /plugins: The plugins directory .* does not exist/);
    await rm(gibbon);
    assert.match(await doctor(), /_start_cmd: there is no .*gibbon that this user may run/);
  });
});
