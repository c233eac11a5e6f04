// A worker process that the system has stopped (SIGSTOP, a debugger, a frozen container): it is
// replaced when its time is over, and requests are answered meanwhile.
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { lives } from "../../../support/process.ts";
import { until } from "../../../support/until.ts";
import { useWorkspace } from "../../../support/workspace.ts";
import { PROTOCOLS } from "../../life/nginx/worker.ts";
import { guardOver, Stage } from "../../life/stage.ts";
import { PROGRAMS } from "../../support/programs.ts";

const space = useWorkspace();

for (const protocol of PROTOCOLS) {
  test(`a worker that is stopped is replaced, ${protocol}`, async () => {
    const stage = await Stage.start(space, {
      program: PROGRAMS[0]!,
      plugins: [guardOver(protocol)],
      serve: ["--worker-timeout", "1"],
    });
    const server = stage.server.pid;
    const { headers } = await stage.served();
    const worker = Number(headers.get("x-guard")?.split(" ")[1]);
    assert.notEqual(worker, server);
    process.kill(worker, "SIGSTOP");
    const meanwhile = stage.kong.request();
    await until(() => !lives(worker));
    assert.notEqual((await meanwhile).kind, "hung");
    if (protocol === "ProtoBuf:1") assert.notEqual((await meanwhile).kind, "unchecked");
    const after = await stage.served();
    assert.notEqual(after.headers.get("x-guard")?.split(" ")[1], String(worker));
    assert.match(stage.log, /a worker process is killed.*reason="it was blocked"/);
    assert.equal(stage.server.pid, server);
  });
}
