// A Kong that is killed, its nginx with it: its server ends, and the next Kong has one of its own.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { lives } from "../../support/process.ts";
import { until } from "../../support/until.ts";
import { useWorkspace } from "../../support/workspace.ts";
import { PROGRAMS } from "../support/programs.ts";
import { guardOver, LAYOUTS, Stage } from "./stage.ts";

const space = useWorkspace();

/**
 * Starts the first worker of an nginx: it keeps a server as Kong's does. The kernel calls a script by
 * its file's name, which is how gibbon tells who started it.
 */
async function startNginx(stage: Stage) {
  const script = `#!/bin/sh\nwhile :; do (exec ${stage.startCommand}); sleep 1; done\n`;
  const path = join(stage.folder, "nginx");
  await writeFile(path, script, { mode: 0o755 });
  return space.start([path]);
}

for (const program of PROGRAMS) {
  for (const { what, serve } of LAYOUTS) {
    const skip = process.platform === "linux"
      ? program.skip
      : "what a parent is called is read from /proc";

    test(`${program.what}, ${what}: ends with a Kong that is killed`, { skip }, async () => {
      const given = { program, serve, plugins: [guardOver("ProtoBuf:1")] };
      const stage = await Stage.prepare(space, given);
      const nginx = await startNginx(stage);
      await nginx.saying("serving plugins");
      const server = Number(/serving plugins.*?\bpid=(\d+)/.exec(nginx.stderr())?.[1]);
      assert.ok(lives(server));
      nginx.signal("SIGKILL");
      await until(() => !lives(server));
      await until(async () => !await stage.answers());

      stage.kong.start();
      await stage.serving();
      const outcome = await stage.kong.request();
      assert.equal(outcome.kind, "ok", outcome.reason);
    });
  }
}
