// gibbon's plugin under prox itself, from an HTTP client. Needs the environment variable GIBBON_PROX: the path
// of prox's executable, as `go build ./cmd/prox` makes it.
import { test } from "node:test";
import { withFolder } from "../../support/folder.ts";
import { startRawService } from "./raw_http.ts";
import { noProx, proxProgram, type ProxSetup, startProx } from "./real_prox.ts";
import {
  GROUP_SCENARIOS,
  LONG_SCENARIOS,
  ODD_SCENARIOS,
  PROBE,
  pushTargets,
  runScenarios,
  SCENARIOS,
  SERVICE_ANSWER,
  type Stage,
  takesAnyTarget,
  TARGET_SCENARIOS,
} from "./scenarios.ts";

async function withProx(
  setup: Pick<ProxSetup, "route"> & { readonly hasTargets?: boolean },
  use: (stage: Stage) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder, later) => {
    const service = await startRawService(SERVICE_ANSWER, later);
    const plugin = await proxProgram(folder, PROBE);
    const upstream = setup.hasTargets ? "{target}" : `127.0.0.1:${service.port}`;
    const { port } = await startProx({ folder, plugin, upstream, ...setup }, later);
    await use({ port, service });
  });
}

test("prox itself, to a fixed upstream", { skip: noProx }, async () => {
  await withProx(
    {},
    (stage) => runScenarios(stage, [...SCENARIOS, ...ODD_SCENARIOS, ...LONG_SCENARIOS]),
  );
});

test("prox itself, to targets that a plugin pushes", { skip: noProx }, async () => {
  const balancer = { type: "roundrobin", targets: [] };
  await withProx({ hasTargets: true, route: { balancer } }, async (stage) => {
    const target = `127.0.0.1:${stage.service.port}`;
    await pushTargets(stage, [target], (seen) => seen.target === target);
    await runScenarios(stage, TARGET_SCENARIOS);
  });
});

test("prox itself, to groups of targets", { skip: noProx }, async () => {
  const balancer = { type: "roundrobin", targets: ["127.0.0.1:1"] };
  const match = { domain: "*.test", path: "/*" };
  await withProx({ hasTargets: true, route: { balancer, match } }, async (stage) => {
    const target = `127.0.0.1:${stage.service.port}`;
    await pushTargets(stage, { dev: [target] }, (seen) => seen.target === target);
    await pushTargets(stage, { other: [target] }, (seen) => seen.target === "");
    await runScenarios(stage, GROUP_SCENARIOS);
  });
});

test("prox itself, to any target where there is no group", { skip: noProx }, async () => {
  const balancer = { type: "leastconn", targets: [], fallback: true };
  const match = { domain: "*.test", path: "/*" };
  await withProx({ hasTargets: true, route: { balancer, match } }, takesAnyTarget);
});
