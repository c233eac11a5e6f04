// Whom gibbon doctor takes Kong's workers to run as, and what that user may not do.
import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { findKongUser } from "../../../src/kong/doctor/kong_user.ts";
import { findUser, groupId } from "../../../src/kong/doctor/users.ts";
import { runGibbon, writeGibbonScript } from "../../support/gibbon.ts";
import { canRun, runProcess } from "../../support/process.ts";
import { until } from "../../support/until.ts";
import { useWorkspace } from "../../support/workspace.ts";

const PLUGIN = `
import { definePlugin } from "gibbon";
export default definePlugin({ access() {} });
`;

const space = useWorkspace();
const isRoot = process.getuid?.() === 0;

/** The user for settings, where nothing runs. */
async function userOf(settings: Record<string, string>, uid: number, kong?: [number, number]) {
  const all = new Map(Object.entries({ prefix: "/nowhere/at/all", ...settings }));
  return await findKongUser(all, { kong, uid });
}

describe("Kong's user", () => {
  const hasKong = findUser("kong") !== undefined && groupId("kong") !== undefined;

  test("is nginx's own, or kong where there is one, if it is not set and root starts Kong", async () => {
    const { user, findings } = await userOf({}, 0);
    assert.equal(user?.name, hasKong ? "kong" : "nobody");
    assert.match(findings[0]!.text, /not set: Kong's workers run as \w+ if root starts Kong/);
    assert.equal((await userOf({}, 0, [2, 2])).user?.name, "nobody");
  });

  test("is whoever starts Kong, if that is not root", async () => {
    assert.deepEqual(await userOf({}, 1000), { findings: [] });
  });

  test("is not known without settings", async () => {
    assert.deepEqual(await findKongUser(new Map(), { kong: undefined, uid: 0 }), { findings: [] });
  });

  test("is what is set, with its group, nginx_main_user before nginx_user", async () => {
    const { user } = await userOf({ nginx_user: "nobody", nginx_main_user: "root nobody" }, 1000);
    assert.equal(user?.name, "root");
    assert.equal(user?.groups[0], groupId("nobody") ?? findUser("root")?.groups[0]);
    assert.equal((await userOf({ nginx_user: "root" }, 0)).user?.id, 0);
  });

  test("is nobody where Kong's own default is set and not there", async () => {
    const { user } = await userOf({ nginx_user: "kong kong" }, 0);
    assert.equal(user?.name, hasKong ? "kong" : "nobody");
  });

  test("is to be looked at when there is no such user", async () => {
    const { user, findings } = await userOf({ nginx_user: "no-such-user" }, 0);
    assert.equal(user, undefined);
    assert.equal(findings[0]?.state, "warning");
    assert.match(findings[0]!.text, /no user no-such-user/);
  });

  const linux = process.platform !== "linux" && "a process is looked at in /proc";
  test("is that of a worker, where Kong runs, whatever is set", { skip: linux }, async () => {
    const prefix = await space.folder();
    await mkdir(join(prefix, "pids"));
    await mkdir(join(prefix, "bin"));
    const script = (path: string, text: string) =>
      writeFile(join(prefix, path), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    // The kernel calls a script by its file's name.
    await script("bin/nginx", "sleep 1000");
    for (const path of [prefix, join(prefix, "bin")]) await chmod(path, 0o755);
    const isOther = isRoot && await canRun(["setpriv", "--reuid=65534", "true"]);
    const as = isOther ? "setpriv --reuid=65534 --regid=65534 --clear-groups" : "";
    const start = (title: string) => `${prefix}/bin/nginx "nginx: ${title}" &\n`;
    const processes = `${start("privileged agent process")}${as} ${start("worker process")}wait`;
    await script("nginx", processes);
    const { pid } = space.start([join(prefix, "nginx")]);
    await writeFile(join(prefix, "pids", "nginx.pid"), `${pid}\n`);
    const found = () => userOf({ prefix, nginx_user: "kong" }, 0);
    await until(async () => (await found()).findings.some(({ text }) => /worker/.test(text)));
    const { user } = await found();
    assert.equal(user?.id, isOther ? 65534 : userInfo().uid);
    assert.equal(user?.groups[0], isOther ? 65534 : userInfo().gid);
  });
});

describe("a socket that Kong's default user cannot open", () => {
  const skip = !isRoot && "only root's Kong has another user by default";
  test("is a problem, whose remedies mend it", { skip }, async () => {
    const folder = await space.folder({ "plugins/one.ts": PLUGIN });
    const gibbon = await writeGibbonScript(folder);
    const [socket, plugins] = [join(folder, "s.sock"), join(folder, "plugins")];
    const serve = ["serve", "--socket", socket, "--plugins-directory", plugins];
    const conf = join(folder, "kong.conf");
    const lines = [
      `prefix = ${folder}`,
      "plugins = bundled,one",
      "pluginserver_names = one",
      `pluginserver_one_socket = ${socket}`,
      `pluginserver_one_query_cmd = ${gibbon} dump --plugins-directory ${plugins}`,
    ];
    await writeFile(conf, lines.join("\n"));
    const doctor = async () => {
      const { stdout } = await runGibbon(["doctor", "--kong-conf", conf]);
      return stdout.split("\n").filter((line) => line.startsWith("problem ")).join("\n");
    };
    let server = space.gibbon(serve);
    await server.saying("serving plugins");
    // The folders on the way first.
    for (let found = await doctor();; found = await doctor()) {
      const [, grant] = /may not enter .*socket: (.*)$/m.exec(found) ?? [];
      if (grant === undefined) break;
      assert.equal((await runProcess(["/bin/sh", "-c", grant])).code, 0, grant);
    }
    const [, more = ""] = /may not connect \(mode 0600.*, or with (--socket.*)$/m.exec(
      await doctor(),
    ) ?? assert.fail(await doctor());
    await server.kill();
    server = space.gibbon([...serve, ...more.split(" ")]);
    await server.saying("serving plugins");
    assert.equal(await doctor(), "");
  });
});
