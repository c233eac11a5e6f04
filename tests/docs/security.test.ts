// The security page: the walls that it shows leave gibbon all that it needs, and plugins no more.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmod, chown, copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { EXECUTABLE, missingExecutable } from "../support/executable.ts";
import { useWorkspace } from "../support/workspace.ts";
import { ProtobufClient } from "../kong/support/protobuf_client.ts";
import * as messages from "../../src/kong/protocol/protobuf/generated/messages.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const space = useWorkspace();

/** A plugin that tries what it has no need of, and says in a header what became of it. */
const CURIOUS = `
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { definePlugin } from "gibbon";
import * as v from "valibot";

const attempt = (what: () => unknown): string => {
  try {
    what();
    return "done";
  } catch (error) {
    return (error as { code?: string; name: string }).code ?? (error as Error).name;
  }
};
const reach = () => new Promise((resolve) => {
  const outcome = (error?: { code?: string; name: string }) => resolve(error?.code ?? error?.name ?? "done");
  try {
    connect(9, "127.0.0.1").on("error", outcome).on("connect", () => outcome());
  } catch (error) {
    outcome(error as Error);
  }
});

export default definePlugin({
  name: "curious",
  version: "1.0.0",
  config: v.object({ outside: v.string() }),
  async access(kong, { outside }) {
    const tried = {
      read: attempt(() => readFileSync(outside + "/secret")),
      write: attempt(() => writeFileSync(outside + "/left", "")),
      run: attempt(() => execFileSync("/bin/true")),
      env: attempt(() => process.env.HOME),
      net: await reach(),
    };
    await kong.response.setHeader("x-tried", JSON.stringify(tried));
  },
});
`;

/** What the plugin's attempts gave. */
async function triedOf(socket: string, outside: string): Promise<Record<string, string>> {
  const client = await ProtobufClient.connect(socket);
  const instance = await client.start("curious", { outside });
  client.handle(instance);
  const turn = await client.turn();
  assert.ok(typeof turn !== "number");
  const { k, v } = messages.KV.decode(turn.args);
  assert.equal(k, "x-tried");
  client.leave();
  return JSON.parse(new TextDecoder().decode(v?.kind?.value as Uint8Array));
}

async function block(language: string): Promise<string> {
  const page = await readFile(join(ROOT, "docs/operators/security.md"), "utf8");
  const [, text] = new RegExp("```" + language + "\\n([^]*?)```").exec(page) ?? [];
  assert.ok(text);
  return text;
}

const onDeno = "Deno" in globalThis;

test("Deno's permissions are enough for gibbon, and close the rest to plugins", {
  skip: !onDeno && "only Deno has permissions",
}, async () => {
  const [plugins, run, outside] = [
    await space.folder({ "curious.ts": CURIOUS }),
    await space.folder(),
    await space.folder({ secret: "s" }),
  ];
  const command = (await block("sh")).replaceAll("\\\n", "").trim().split(/\s+/);
  const words = command.map((word) =>
    word.replaceAll("/opt/gibbon", ROOT.replace(/\/$/, "")).replaceAll(
      "/etc/gibbon/plugins",
      plugins,
    )
      .replaceAll("/run/gibbon", run)
  );
  assert.deepEqual(words.slice(0, 2), ["deno", "run"]);
  // Checking types takes long, and is no part of this.
  const gibbon = space.start([process.execPath, "run", "--no-check", ...words.slice(2)]);
  await gibbon.saying("serving plugins");
  const tried = await triedOf(join(run, "gibbon.socket"), outside);
  const denied = Object.fromEntries(Object.keys(tried).map((what) => [what, "NotCapable"]));
  assert.deepEqual(tried, denied);
});

const noWalls = missingExecutable() ||
  (process.getuid?.() !== 0
    ? "only root can put up walls"
    : spawnSync("unshare", ["-m", "true"]).status !== 0
    ? "no mounts can be made here"
    : false);

test(
  "gibbon's executable: a root that is read-only and a user without rights are enough",
  { skip: noWalls },
  async () => {
    const [plugins, run, outside] = [
      await space.folder({ "curious.ts": CURIOUS }),
      await space.folder(),
      await space.folder({ secret: "s" }),
    ];
    for (const folder of [plugins, outside]) await chmod(folder, 0o755);
    const walls = await space.folder();
    await chmod(walls, 0o755);
    // Where the project is may be closed to others.
    const executable = join(walls, "gibbon");
    await copyFile(EXECUTABLE, executable);
    const script = join(walls, "walls.sh");

    await writeFile(
      script,
      `set -e
mount --make-rprivate /
mount --bind / /
mount --bind ${run} ${run}
mount -o remount,ro,bind /
mount -t tmpfs -o ro none /dev/shm
exec setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
`,
    );
    await chown(run, 65534, 65534);
    const socket = join(run, "gibbon.socket");
    const serve = ["serve", "--plugins-directory", plugins, "--socket", socket];
    const gibbon = space.start(["unshare", "-m", "sh", script, executable, ...serve]);
    await gibbon.saying("serving plugins");
    const { write, env } = await triedOf(socket, outside);
    assert.match(write!, /EROFS|EACCES/);
    assert.equal(env, "done");
  },
);

const noSystemd = spawnSync("systemd-analyze", ["--version"]).status !== 0 && "there is no systemd";

test("the unit is one, and systemd finds its walls good", { skip: noSystemd }, async () => {
  const folder = await space.folder({
    "gibbon.service": (await block("ini")).replace(/ExecStart=\S+/, "ExecStart=/bin/true"),
  });
  const unit = join(folder, "gibbon.service");
  assert.equal(execFileSync("systemd-analyze", ["verify", unit], { encoding: "utf8" }), "");
  const said = execFileSync("systemd-analyze", ["security", "--offline=yes", unit], {
    encoding: "utf8",
  });
  const [, level] = /Overall exposure level for gibbon\.service: ([\d.]+)/.exec(said) ?? [];
  assert.ok(Number(level) <= 2.5, said.slice(-200));
});
