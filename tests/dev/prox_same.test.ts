// The development gateway with plugins of prox beside prox itself: the same requests, the same outcome.
import { test } from "node:test";
import type { DevConfig } from "../../src/dev/config.ts";
import { ProxFiles } from "../../src/dev/prox/files.ts";
import { startRawService } from "../prox/real/raw_http.ts";
import {
  GROUP_SCENARIOS,
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
import { startDev } from "./dev_gateway.ts";

async function withStage(
  prox: NonNullable<DevConfig["prox"]>,
  use: (stage: Stage) => Promise<void>,
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
    await use({ port: Number(new URL(dev.gateway.url).port), service });
  });
}

test("in the development gateway, to a fixed upstream", async () => {
  await withStage({}, (stage) => runScenarios(stage, SCENARIOS));
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
