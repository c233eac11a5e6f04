// The development gateway with plugins of prox beside prox itself: the same requests, the same outcome.
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import type { DevConfig } from "../../src/dev/config.ts";
import { ProxFiles } from "../../src/dev/prox/files.ts";
import { sendRaw, startRawService } from "../prox/real/raw_http.ts";
import {
  GROUP_SCENARIOS,
  LONG_SCENARIOS,
  PROBE,
  pushTargets,
  runScenarios,
  SCENARIOS,
  SERVICE_ANSWER,
  type Stage,
  takesAnyTarget,
  TARGET_SCENARIOS,
} from "../prox/real/scenarios.ts";
import { withFolder } from "../support/folder.ts";
import { gibbonCommand } from "../support/gibbon.ts";
import { type RunningDev, startDev } from "./dev_gateway.ts";

async function withStage(
  prox: NonNullable<DevConfig["prox"]>,
  use: (stage: Stage, dev: RunningDev) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder, later) => {
    const service = await startRawService(SERVICE_ANSWER, later);
    const command = ["env", `TMPDIR=${folder}`, ...gibbonCommand()];
    const files = await ProxFiles.find([PROBE], { command, folder });
    const dev = await startDev([], {
      // A process of a runtime that has to compile gibbon takes its time.
      prox: { plugins: await files.renew(), patienceMs: 20_000 },
      config: { prox },
      upstream: `http://127.0.0.1:${service.port}`,
    });
    later(() => dev.close());
    await use({ port: Number(new URL(dev.gateway.url).port), service }, dev);
  });
}

test("in the development gateway, to a fixed upstream", async () => {
  await withStage({}, async (stage, dev) => {
    await runScenarios(stage, SCENARIOS);
    if (process.versions.bun === undefined) await runScenarios(stage, LONG_SCENARIOS);
    // What no runtime's HTTP server reads is said.
    const { first } = await sendRaw(stage.port, "BREW / HTTP/1.1\r\nHost: dev.test\r\n\r\n");
    assert.match(first, /^HTTP\/1\.1 400 /);
    assert.equal(dev.entries.filter((entry) => entry.includes("no plugin was asked")).length, 1);
  });
});

test("in the development gateway, to targets that a plugin pushes", async () => {
  await withStage({ domain: "*.test" }, async (stage) => {
    const target = `127.0.0.1:${stage.service.port}`;
    await pushTargets(stage, [target], (seen) => seen.target === target);
    await runScenarios(stage, TARGET_SCENARIOS);
    await pushTargets(stage, { dev: [target] }, (seen) => seen.target === target);
    await pushTargets(stage, { other: [target] }, (seen) => seen.target === "");
    await runScenarios(stage, GROUP_SCENARIOS);
  });
});

test("in the development gateway, to any target where there is no group", async () => {
  const balancer = { type: "leastconn", fallback: true } as const;
  await withStage({ domain: "*.test", balancer }, (stage) => takesAnyTarget(stage));
});
