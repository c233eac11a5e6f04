// An endless loop in a handler: the others are served again, the log says whose it is, and the server
// can be stopped.
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { lives } from "../../support/process.ts";
import { useWorkspace } from "../../support/workspace.ts";
import { PROGRAMS } from "../support/programs.ts";
import { PATIENCE_MS, until } from "../../support/until.ts";
import type { Outcome } from "./nginx/outcome.ts";
import { PROTOCOLS } from "./nginx/worker.ts";
import { deadlyOver, guardOver, Stage } from "./stage.ts";

const space = useWorkspace();

/** Nobody but the signal ends a loop in the time that the test has. */
const PATIENT = ["--worker-timeout", "600", "--grace", "1"];

/** Asked again and again: one that hangs is given up soon. */
const GUARDED = { plugins: ["guard"], patienceMs: 1000 };

/** The request whose handler never ends. */
const SPINNING = {
  plugins: ["deadly"],
  headers: [["x-die", "loop"]],
  patienceMs: PATIENCE_MS,
} as const;

/** Has a handler spin; settles when it does, and gives its request. */
async function spin(stage: Stage): Promise<{ readonly request: Promise<Outcome> }> {
  await stage.served({ plugins: ["deadly"] });
  const request = stage.kong.request(SPINNING);
  await until(() => stage.deaths.length > 0);
  return { request };
}

/** Sends a signal to a server that is not to be started again; settles when all of it is gone. */
async function endWith(stage: Stage, signal: "SIGTERM" | "SIGINT", pid: number): Promise<void> {
  stage.kong.current.keepers[0]!.leave();
  process.kill(pid, signal);
  await until(() => !lives(stage.server.pid));
  await until(() => !stage.deaths.some(lives));
  assert.equal(await stage.answers(), false);
}

for (const program of PROGRAMS) {
  const { skip } = program;
  const loop = `an endless loop on ${program.what}`;

  for (const protocol of PROTOCOLS) {
    test(`${loop}, ${protocol}: it ends, and the log says whose it was`, { skip }, async () => {
      const plugins = [guardOver(protocol), deadlyOver(protocol)];
      const stage = await Stage.start(space, {
        program,
        plugins,
        serve: ["--worker-timeout", "1"],
      });
      await stage.served(GUARDED);
      const { request } = await spin(stage);
      await stage.served(GUARDED);
      assert.match(stage.log, /worker process died.*blocked.*plugin=deadly.*phase=.*access/);
      const { kind } = await request;
      assert.notEqual(kind, "hung");
      if (protocol === "ProtoBuf:1") assert.equal(kind, "failed");
      assert.ok(stage.deaths.length <= 2, `${stage.deaths.length} loops`);
    });
  }

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`${loop} ends with ${signal}`, { skip }, async () => {
      const plugins = [deadlyOver("ProtoBuf:1")];
      const stage = await Stage.start(space, { program, plugins, serve: PATIENT });
      await spin(stage);
      await endWith(stage, signal, stage.server.pid);
    });
  }

  test(`${loop} ends with Ctrl-C`, { skip }, async () => {
    const plugins = [deadlyOver("ProtoBuf:1")];
    const stage = await Stage.start(space, { program, plugins, serve: PATIENT });
    await spin(stage);
    // A terminal sends it to all processes of the group, which is the server's own here.
    await endWith(stage, "SIGINT", -stage.server.pid);
  });
}
